-- Red flags that are present, the first tier before the second; a flag of the third only adds weight to others.
WITH said AS (
    SELECT k.flag, f."case", list([f.finding, f.value] ORDER BY f.finding, f.value) AS rests_on,
        arg_min(f.file, (f.finding, f.file, f.place)) AS file, arg_min(f.place, (f.finding, f.file, f.place)) AS place
    FROM flag_findings k
    JOIN findings f USING (finding)
    WHERE NOT f.derived AND f.value <> 'no'
    GROUP BY ALL
)
SELECT c."case", c.patient, c.side, c.site, c.clinician, c.payer, c.review_date, c.injected AS since,
    r.flag, r.tier, said.rests_on, said.file, said.place
FROM red_flags r
JOIN chosen c USING ("case")
LEFT JOIN said ON said."case" = r."case" AND said.flag = r.flag
WHERE r.status = 'present' AND r.tier IN ('A', 'B')
ORDER BY r.tier, list_position($flags, r.flag), c.review_date - since DESC NULLS LAST, c."case"
