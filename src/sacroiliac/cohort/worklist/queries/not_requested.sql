-- Services of which a payer's criteria are met, at their stage, and which no request names.
FROM (
    SELECT c."case", c.patient, c.side, c.site, c.clinician, c.payer, c.review_date, c.injected AS since,
        p.service, list([p.policy, p.verdict] ORDER BY list_position($policies, p.policy)) AS policies, c.file, c.place
    FROM policies p
    JOIN chosen c USING ("case")
    LEFT JOIN stages s ON s."case" = p."case" AND s.service = p.service
    WHERE p.verdict = 'met' AND list_contains($policies, p.policy)
      AND coalesce(s.reached, 'met') <> 'not met'
      AND NOT EXISTS (FROM service_codes k WHERE k.service = p.service AND k.code = c.requested_code)
    GROUP BY ALL
)
ORDER BY list_position($services, service), review_date - since DESC NULLS LAST, "case"
