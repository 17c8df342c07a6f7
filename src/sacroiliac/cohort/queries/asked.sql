-- What payers' policies say of the cases that have come to the stage of a service.
CREATE TEMP VIEW asked AS
SELECT p."case", p.policy, p.service, p.verdict, p.met
FROM policies p
JOIN payers USING (policy)
SEMI JOIN cases c ON c."case" = p."case"
LEFT JOIN reached r ON r."case" = p."case" AND r.service = p.service
ANTI JOIN not_theirs n ON n."case" = p."case" AND n.policy = p.policy
WHERE coalesce(r.here, true)
