-- Where one fact that can be found out would make a payer's criteria met, at the stage of a service that is not barred.
-- Of a policy none of whose criteria is met yet, one fact would say next to nothing.
CREATE TEMP VIEW one_fact AS
SELECT m."case", m.policy, m.service, m.finding, m.detail
FROM missing m
JOIN asked USING ("case", policy, service)
ANTI JOIN decided USING (finding)
ANTI JOIN barred USING ("case", service)
WHERE asked.met > 0
