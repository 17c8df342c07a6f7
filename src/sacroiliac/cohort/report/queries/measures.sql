-- Of each measure: of how many, and of how many it is true; in each site, clinician or payer where that is asked for.
WITH each_case AS (
    SELECT *, CASE $by WHEN 'site' THEN site WHEN 'clinician' THEN clinician WHEN 'payer' THEN payer END AS part
    FROM cases
),
unanswered AS (SELECT DISTINCT "case" FROM red_flags WHERE tier = 'A' AND status = 'not asked'),
each_injection AS (SELECT c.part, i.* FROM injections i JOIN each_case c USING ("case")),
told AS (
    SELECT 'flags_answered' AS measure, part, u."case" IS NULL AS true_
    FROM each_case c LEFT JOIN unanswered u USING ("case")
    UNION ALL
    SELECT 'anaesthetic_recorded', part, anaesthetic <> 'not_recorded' FROM each_injection
    UNION ALL
    SELECT 'steroid_recorded', part, steroid <> 'not recorded' FROM each_injection WHERE steroid <> 'none given'
    UNION ALL
    -- What is aimed behind the joint is said to have reached it by the target alone: nothing shows that.
    SELECT 'delivery_shown', part, reached <> 'unproven' FROM each_injection WHERE reached <> 'posterior'
    UNION ALL
    SELECT 're_evaluated', c.part, coalesce(j.days <= (SELECT due_days FROM numbers), FALSE) FROM judged j JOIN each_case c USING ("case")
    UNION ALL
    SELECT 'no_contradiction', part, contradictions = 0 FROM each_case
    UNION ALL
    -- All of whom the measures speak of some: what is left over follows from the two.
    SELECT 'cases', part, TRUE FROM each_case
    UNION ALL
    SELECT 'injections', part, TRUE FROM each_injection
)
SELECT measure, part, count(*) AS n, count(*) FILTER (true_) AS true_ FROM told GROUP BY ALL
