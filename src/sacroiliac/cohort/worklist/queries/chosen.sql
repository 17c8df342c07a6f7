-- The cases that are asked for, each with the injection it turns on. For those who died nothing is to be done.
CREATE OR REPLACE TEMP TABLE chosen AS
SELECT
    c."case", c.patient, c.side, c.site, c.clinician, c.payer, c.review_date, c.turns_on, c.requested_code,
    c.repeat_radiofrequency, i.last_day AS injected, i.steroid, i.sustained_percent, i.sustained_weeks, i.file, i.place
FROM cases c
LEFT JOIN injections i ON i."case" = c."case" AND i.number = c.turns_on
WHERE c.deceased IS NOT TRUE
  AND ($site IS NULL OR c.site = $site)
  AND ($clinician IS NULL OR c.clinician = $clinician)
  AND ($payer IS NULL OR c.payer = $payer)
