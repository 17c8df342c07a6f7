-- The single facts that are missing, by in how many cases one of them would meet a payer's criteria.
SELECT m.finding, m.detail, count(DISTINCT m."case") AS n
FROM missing m
LEFT JOIN stages s ON s."case" = m."case" AND s.service = m.service
WHERE list_contains($policies, m.policy) AND coalesce(s.reached, 'met') <> 'not met'
GROUP BY ALL
ORDER BY n DESC, finding, detail
