-- How many there are of each.
SELECT 'patients' AS name, count(DISTINCT patient) AS n FROM cases
UNION ALL
SELECT 'cases', count(*) FROM cases
UNION ALL
SELECT 'urgent', count(*) FILTER (urgent) FROM cases
UNION ALL
SELECT 'injected', count(DISTINCT "case") FROM injections
UNION ALL
SELECT 'injections', count(*) FROM injections
