-- Treatments by injection that did not hold, or of which nobody wrote it down, are due, and were not looked at again.
WITH looks AS (
    SELECT "case", first_day AS day FROM events WHERE finding = 'pain_nrs'
    UNION ALL
    -- The first day that a date may mean: 2025-03 may be before an injection of that month.
    SELECT "case", TRY_CAST(left(date || '-01-01', 10) AS DATE) FROM findings
    WHERE list_contains($looked_at, finding) AND NOT derived
),
last_look AS (SELECT "case", max(day) AS day FROM looks GROUP BY "case")
SELECT c."case", c.patient, c.side, c.site, c.clinician, c.payer, c.review_date, c.injected AS since,
    c.steroid, c.sustained_percent, c.sustained_weeks, c.file, c.place
FROM chosen c
LEFT JOIN last_look l USING ("case")
WHERE coalesce(c.intent IN ('therapeutic', 'both'), c.steroid_given)
  AND c.steroid IN ('not recorded', 'did not hold')
  AND date_diff('day', c.injected, c.review_date) > $due_days
  AND (l.day IS NULL OR date_diff('day', c.injected, l.day) <= $settled_days)
ORDER BY c.review_date - since DESC, c."case"
