-- A radiofrequency that helped and wore off, or one long ago of which this is not documented; a policy on it is open.
WITH last_one AS (
    SELECT "case", max(first_day) AS day FROM events WHERE finding = 'rfa_history' AND kind = 'procedure' GROUP BY "case"
),
written AS (
    -- Where the chart says so last; what has no date before what has one.
    SELECT "case", arg_max(file, (coalesce(date, ''), place)) AS file, arg_max(place, (coalesce(date, ''), place)) AS place
    FROM findings WHERE finding = 'rfa_history' GROUP BY "case"
),
open_policies AS (
    SELECT p."case", list([p.policy, p.verdict] ORDER BY p.verdict, list_position($policies, p.policy)) AS policies
    FROM policies p
    ANTI JOIN not_theirs n ON n."case" = p."case" AND n.policy = p.policy
    WHERE list_contains($services, p.service) AND p.verdict IN ('met', 'not documented')
    GROUP BY p."case"
)
SELECT c."case", c.patient, c.side, c.site, c.clinician, c.payer, c.review_date, l.day AS since,
    c.repeat_radiofrequency AS answer, o.policies, w.file, w.place,
    row(answer, since - c.review_date, c."case") AS rank
FROM chosen c
LEFT JOIN last_one l USING ("case")
LEFT JOIN written w USING ("case")
JOIN open_policies o USING ("case")
JOIN options x ON x."case" = c."case" AND list_contains($options, x.option) AND x.status <> 'not now'
WHERE c.repeat_radiofrequency = 'met'
   OR (c.repeat_radiofrequency = 'not documented' AND c.review_date >= l.day + to_months($ask_months))
