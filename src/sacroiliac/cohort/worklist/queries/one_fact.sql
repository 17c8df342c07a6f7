-- The facts of which each alone would make a payer's criteria met: those that do so by most policies first.
SELECT *, row(services[1], -len(policies), since - review_date, "case", finding, detail) AS rank FROM (
    SELECT c."case", c.patient, c.side, c.site, c.clinician, c.payer, c.review_date, c.injected AS since,
        o.finding, o.detail,
        list_sort(list(DISTINCT list_position($services, o.service))) AS services,
        list([o.policy, o.service] ORDER BY list_position($services, o.service), list_position($policies, o.policy)) AS policies,
        c.file, c.place
    FROM one_fact o
    JOIN chosen c USING ("case")
    GROUP BY ALL
)
