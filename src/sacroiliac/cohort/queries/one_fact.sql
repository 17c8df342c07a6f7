-- Where one fact that can be found out would make a payer's criteria met, at the stage of the service.
CREATE TEMP VIEW one_fact AS
SELECT m."case", m.policy, m.service, m.finding, m.detail
FROM missing m
JOIN asked USING ("case", policy, service)
ANTI JOIN decided USING (finding)
