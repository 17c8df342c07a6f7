-- What the payers' policies say of the cases that have come to the stage of a service.
SELECT p.policy, p.service,
    CASE WHEN p.verdict = 'not documented' AND EXISTS (
        FROM missing m WHERE m."case" = p."case" AND m.policy = p.policy AND m.service = p.service
    ) THEN 'one fact' ELSE p.verdict END AS verdict,
    count(*) AS n
FROM policies p
LEFT JOIN stages s ON s."case" = p."case" AND s.service = p.service
WHERE list_contains($policies, p.policy) AND coalesce(s.reached, 'met') <> 'not met'
GROUP BY ALL
