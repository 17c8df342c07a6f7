-- Every clinician that a case names.
SELECT DISTINCT clinician AS name FROM cases WHERE clinician IS NOT NULL ORDER BY name
