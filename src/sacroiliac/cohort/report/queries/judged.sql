-- Treatments by injection, that cases turn on, whose relief over weeks is not recorded or did not hold, and is due:
-- after how many days somebody looked again.
CREATE OR REPLACE TEMP TABLE judged AS
WITH looks AS (
    SELECT "case", first_day AS day FROM events WHERE finding = 'pain_nrs'
    UNION ALL
    SELECT "case", TRY_CAST(left(date || '-01-01', 10) AS DATE) FROM findings
    WHERE list_contains($looked_at, finding) AND NOT derived
),
due AS (
    SELECT c."case", c.site, c.clinician, c.payer, i.last_day AS injected
    FROM cases c
    JOIN injections i ON i."case" = c."case" AND i.number = c.turns_on
    WHERE coalesce(i.intent IN ('therapeutic', 'both'), i.steroid_given)
      AND i.steroid IN ('not recorded', 'did not hold')
      AND date_diff('day', i.last_day, c.review_date) > $due_days
)
SELECT due.*, min(date_diff('day', due.injected, looks.day)) AS days
FROM due
LEFT JOIN looks ON looks."case" = due."case" AND date_diff('day', due.injected, looks.day) > $settled_days
GROUP BY ALL
