-- Every site that a case names.
SELECT DISTINCT site AS name FROM cases WHERE site IS NOT NULL ORDER BY name
