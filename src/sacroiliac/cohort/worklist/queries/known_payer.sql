-- Every payer that a case names.
SELECT DISTINCT payer AS name FROM cases WHERE payer IS NOT NULL ORDER BY name
