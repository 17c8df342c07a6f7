-- The single facts that are missing, by in how many cases one of them would meet a payer's criteria.
SELECT m.finding, m.detail, count(DISTINCT m."case") AS n
FROM missing m
JOIN asked USING ("case", policy, service)
GROUP BY ALL
ORDER BY n DESC, m.finding, m.detail
