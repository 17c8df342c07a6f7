-- Red flags that are present, the first tier before the second (a flag of the third only adds weight to others), each
-- once for a patient: most of them have no side.
WITH said AS (
    SELECT k.flag, f."case", list([f.finding, f.value] ORDER BY f.finding, f.value) AS rests_on,
        arg_min(f.file, (f.finding, f.file, f.place)) AS file, arg_min(f.place, (f.finding, f.file, f.place)) AS place
    FROM flag_findings k
    JOIN findings f USING (finding)
    WHERE NOT f.derived AND f.value <> 'no'
    GROUP BY ALL
),
raised AS (
    SELECT c.*, r.flag, r.tier, said.rests_on, said.file AS flag_file, said.place AS flag_place,
        row_number() OVER waiting AS number,
        string_agg(c.side, ' and ') OVER (PARTITION BY c.patient, r.flag ORDER BY c.side
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS sides
    FROM red_flags r
    JOIN chosen c USING ("case")
    LEFT JOIN said ON said."case" = r."case" AND said.flag = r.flag
    WHERE r.status = 'present' AND r.tier IN ('A', 'B')
    WINDOW waiting AS (PARTITION BY c.patient, r.flag ORDER BY c.review_date - c.injected DESC NULLS LAST, c."case")
)
SELECT "case", patient, sides AS side, site, clinician, payer, review_date, injected AS since, flag, tier, rests_on,
    flag_file AS file, flag_place AS place,
    row(tier, list_position($flags, flag), since - review_date, "case") AS rank
FROM raised
WHERE number = 1
