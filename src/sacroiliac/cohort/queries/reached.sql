-- Whether a case has come to the stage of a service. Where the stage is what is planned (the device, the approach) and
-- nobody has written a plan down, that is still to be decided, so no stage is shut.
CREATE TEMP VIEW reached AS
SELECT s."case", s.service, s.reached = 'met' OR (s.reached = 'not documented' AND p.service IS NOT NULL) AS here
FROM stages s
SEMI JOIN cases c ON c."case" = s."case"
LEFT JOIN planned_stages p USING (service)
