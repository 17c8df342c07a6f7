SELECT
    (SELECT year(min(last_day)) FROM injections) AS first_year,
    (SELECT year(max(review_date)) FROM cases) AS last_year
