-- How many cases have come to the stage of a service; services without a stage have no row.
SELECT service AS name, count(*) FILTER (here) AS n FROM reached GROUP BY service
