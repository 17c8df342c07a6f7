SELECT
    (SELECT count(DISTINCT patient) FROM cases) AS patients,
    (SELECT count(*) FROM cases) AS cases,
    (SELECT count(*) FROM cases WHERE urgent) AS urgent,
    (SELECT count(DISTINCT "case") FROM injections) AS injected,
    (SELECT count(*) FROM injections) AS injections,
    (SELECT year(min(last_day)) FROM injections) AS first_year,
    (SELECT year(max(review_date)) FROM cases) AS last_year
