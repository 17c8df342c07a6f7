-- The two phases by the year of the injection.
SELECT year(last_day) AS year, anaesthetic, steroid, count(*) AS n FROM injections GROUP BY ALL
