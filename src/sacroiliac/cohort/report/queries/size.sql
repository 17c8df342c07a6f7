SELECT
    (SELECT count(DISTINCT patient) FROM cases) AS patients,
    (SELECT count(*) FROM cases) AS cases,
    (SELECT count(*) FROM cases WHERE urgent) AS urgent,
    (SELECT count(DISTINCT "case") FROM injections) AS injected,
    (SELECT count(*) FROM injections) AS injections
