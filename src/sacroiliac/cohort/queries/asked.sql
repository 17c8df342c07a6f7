-- What payers' policies say of the cases that have come to the stage of a service, or of which that is not documented.
CREATE TEMP VIEW asked AS
SELECT p."case", p.policy, p.service, p.verdict
FROM policies p
JOIN payers USING (policy)
LEFT JOIN stages s ON s."case" = p."case" AND s.service = p.service
ANTI JOIN not_theirs n ON n."case" = p."case" AND n.policy = p.policy
WHERE coalesce(s.reached, 'met') <> 'not met'
