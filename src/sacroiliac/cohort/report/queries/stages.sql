-- How many cases have come to the stage of a service, or of how many that is not documented; services without a stage
-- have no row.
SELECT service AS name, count(*) FILTER (reached <> 'not met') AS n FROM stages GROUP BY service
