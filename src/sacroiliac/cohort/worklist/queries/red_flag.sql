-- Red flags that are present, the first tier before the second (a flag of the third only adds weight to others), each
-- once for a patient: most of them have no side. They wait since the last day of what they rest on.
WITH met AS (
    SELECT "case", flag, unnest(met_by) AS finding, generate_subscripts(met_by, 1) AS nth
    FROM red_flags
    WHERE status = 'present' AND tier IN ('A', 'B')
),
stated AS (
    SELECT "case", finding, concat_ws(' ', value, unit) AS value, derived, TRY_CAST(left(date || '-01-01', 10) AS DATE) AS day,
        file, place
    FROM findings
    UNION ALL
    -- What follows from the injections alone has no row of its own among the findings.
    SELECT i."case", 'days_since_injection', date_diff('day', max(i.last_day), any_value(c.review_date))::VARCHAR, true,
        NULL, arg_max(i.file, i.last_day), arg_max(i.place, i.last_day)
    FROM injections i
    JOIN cases c USING ("case")
    GROUP BY i."case"
),
said AS (
    SELECT m.flag, m."case", max(s.day) AS day,
        list([m.finding, s.value] ORDER BY m.nth, s.value) AS rests_on,
        -- What the chart says itself before what was worked out of it.
        arg_min(s.file, (s.derived, m.nth, s.file, s.place)) AS file,
        arg_min(s.place, (s.derived, m.nth, s.file, s.place)) AS place
    FROM met m
    LEFT JOIN stated s USING ("case", finding)
    GROUP BY ALL
),
raised AS (
    SELECT c.*, r.flag, r.tier, said.day, said.rests_on, said.file AS flag_file, said.place AS flag_place,
        row_number() OVER waiting AS number,
        string_agg(c.side, ' and ') OVER (PARTITION BY c.patient, r.flag ORDER BY c.side
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS sides
    FROM red_flags r
    JOIN chosen c USING ("case")
    LEFT JOIN said ON said."case" = r."case" AND said.flag = r.flag
    WHERE r.status = 'present' AND r.tier IN ('A', 'B')
    WINDOW waiting AS (PARTITION BY c.patient, r.flag ORDER BY c.review_date - said.day DESC NULLS LAST, c."case")
)
SELECT "case", patient, sides AS side, site, clinician, payer, review_date, day AS since, flag, tier, rests_on,
    flag_file AS file, flag_place AS place,
    row(tier, list_position($flags, flag), since - review_date, "case") AS rank
FROM raised
WHERE number = 1
