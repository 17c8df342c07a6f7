-- The injection a case turns on, or a later one, that says nothing: no relief of the first hours, or such a pattern.
SELECT c."case", c.patient, c.side, c.site, c.clinician, c.payer, c.review_date, i.last_day AS since,
    i.anaesthetic, i.pattern, i.number, i.file, i.place,
    row(since - c.review_date, c."case", i.number) AS rank
FROM injections i
JOIN chosen c ON c."case" = i."case" AND i.number >= c.turns_on
WHERE i.anaesthetic = 'not_recorded' OR list_contains($unreadable, i.pattern)
