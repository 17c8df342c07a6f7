-- The single facts that are missing: in how many cases one of them would meet a payer's criteria, apart by the services and
-- policies for which it would. What is asked for more closely may name the day of an injection: where it has a figure, the
-- fact is told without it.
WITH each_case AS (
    SELECT "case", finding, CASE WHEN regexp_matches(detail, '[0-9]') THEN '' ELSE coalesce(detail, '') END AS detail,
        string_agg(DISTINCT service || ' ' || policy, ',' ORDER BY service || ' ' || policy) AS asked
    FROM one_fact
    GROUP BY ALL
)
SELECT finding, detail, asked, count(*) AS n FROM each_case GROUP BY ALL
