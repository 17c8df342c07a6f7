-- Treatments by injection that did not hold, or of which nobody wrote it down, that are due, and not looked at again.
SELECT c."case", c.patient, c.side, c.site, c.clinician, c.payer, c.review_date, c.injected AS since,
    c.steroid, c.sustained_percent, c.sustained_weeks, c.file, c.place,
    row(since - c.review_date, c."case") AS rank
FROM judged j
JOIN chosen c USING ("case")
WHERE j.days IS NULL
