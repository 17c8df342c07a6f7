-- Services of which a single fact would make a payer's criteria met, at their stage.
FROM (
    SELECT c."case", c.patient, c.side, c.site, c.clinician, c.payer, c.review_date, c.injected AS since,
        m.service, m.finding, m.detail, list([m.policy, 'not documented'] ORDER BY list_position($policies, m.policy)) AS policies,
        c.file, c.place
    FROM missing m
    JOIN chosen c USING ("case")
    LEFT JOIN stages s ON s."case" = m."case" AND s.service = m.service
    WHERE list_contains($policies, m.policy) AND coalesce(s.reached, 'met') <> 'not met'
    GROUP BY ALL
)
ORDER BY list_position($services, service), len(policies) DESC, review_date - since DESC NULLS LAST, "case", finding, detail
