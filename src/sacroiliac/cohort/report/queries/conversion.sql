-- Radiofrequency and fusion after the first injection of a case, and after how many days; no row where neither was done.
WITH first_one AS (SELECT "case", min(last_day) AS day FROM injections GROUP BY "case"),
later AS (
    SELECT e.finding, e."case", min(date_diff('day', f.day, e.first_day)) AS days
    FROM events e
    JOIN first_one f USING ("case")
    WHERE e.kind = 'procedure' AND e.finding IN ('rfa_history', 'sij_fusion') AND e.first_day > f.day
    GROUP BY ALL
)
SELECT finding AS name, list_count(list_filter($ends, lambda end_: end_ < days)) AS step, count(*) AS n
FROM later
GROUP BY ALL
