-- Services that are not for a case now: every option of the ladder behind it is barred, or a red flag of the first tier is
-- present.
CREATE TEMP VIEW barred AS
SELECT o."case", s.service
FROM options o
JOIN service_options s USING (option)
GROUP BY ALL
HAVING bool_and(o.status = 'not now')
UNION
SELECT c."case", s.service FROM cases c CROSS JOIN (SELECT DISTINCT service FROM service_options) s WHERE c.urgent
