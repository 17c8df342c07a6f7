-- Services of which a payer's criteria are met, at their stage, which are not barred, and of which no request names a code.
SELECT *, row(list_position($services, service), since - review_date, "case") AS rank FROM (
    SELECT c."case", c.patient, c.side, c.site, c.clinician, c.payer, c.review_date, c.injected AS since,
        a.service, list([a.policy, a.verdict] ORDER BY list_position($policies, a.policy)) AS policies, c.file, c.place
    FROM asked a
    JOIN chosen c USING ("case")
    ANTI JOIN barred b ON b."case" = a."case" AND b.service = a.service
    WHERE a.verdict = 'met'
      AND NOT EXISTS (FROM service_codes k WHERE k.service = a.service AND k.code = c.requested_code)
    GROUP BY ALL
)
