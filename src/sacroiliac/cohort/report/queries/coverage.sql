SELECT a.policy, a.service, CASE WHEN o."case" IS NULL THEN a.verdict ELSE 'one fact' END AS verdict, count(*) AS n
FROM asked a
LEFT JOIN (SELECT DISTINCT "case", policy, service FROM one_fact) o USING ("case", policy, service)
GROUP BY ALL
