-- In which period somebody looked again; none where nobody did.
SELECT
    CASE WHEN days IS NOT NULL THEN list_count(list_filter($ends, lambda end_: end_ < days)) END AS step,
    count(*) AS n
FROM judged
GROUP BY step
