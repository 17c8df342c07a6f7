-- The single facts that are missing, by in how many cases one of them would meet a payer's criteria. What is asked for
-- more closely may name the day of an injection: where it has a figure, the fact is told without it.
SELECT finding, CASE WHEN NOT regexp_matches(detail, '[0-9]') THEN detail END AS detail, count(DISTINCT "case") AS n
FROM one_fact
GROUP BY ALL
