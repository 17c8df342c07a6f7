SELECT a.policy, a.service,
    CASE WHEN m."case" IS NOT NULL THEN 'one fact' ELSE a.verdict END AS verdict,
    count(*) AS n
FROM asked a
LEFT JOIN missing m USING ("case", policy, service)
GROUP BY ALL
