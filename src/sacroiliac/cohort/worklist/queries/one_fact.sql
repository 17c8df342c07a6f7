-- Services of which a single fact would make a payer's criteria met, at their stage.
FROM (
    SELECT c."case", c.patient, c.side, c.site, c.clinician, c.payer, c.review_date, c.injected AS since,
        a.service, m.finding, m.detail,
        list([a.policy, a.verdict] ORDER BY list_position($policies, a.policy)) AS policies, c.file, c.place
    FROM missing m
    JOIN asked a USING ("case", policy, service)
    JOIN chosen c USING ("case")
    GROUP BY ALL
)
ORDER BY
    list_position($services, service), len(policies) DESC, review_date - since DESC NULLS LAST, "case", finding, detail
