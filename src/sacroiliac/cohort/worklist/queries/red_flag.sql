-- Red flags that are present, the first tier before the second (a flag of the third only adds weight to others), each
-- once for a patient: most of them have no side.
WITH met AS (
    SELECT "case", flag, unnest(met_by) AS finding, generate_subscripts(met_by, 1) AS nth
    FROM red_flags
    WHERE status = 'present' AND tier IN ('A', 'B')
),
said AS (
    SELECT m.flag, m."case",
        list([f.finding, concat_ws(' ', f.value, f.unit)] ORDER BY m.nth, f.value) AS rests_on,
        -- What the chart says itself before what was worked out of it.
        arg_min(f.file, (f.derived, m.nth, f.file, f.place)) AS file,
        arg_min(f.place, (f.derived, m.nth, f.file, f.place)) AS place
    FROM met m
    JOIN findings f USING ("case", finding)
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
