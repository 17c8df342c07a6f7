-- Every day on which somebody looked: a pain score, or a finding of the pain or the examination.
CREATE TEMP VIEW looks AS
SELECT "case", first_day AS day FROM events WHERE finding = 'pain_nrs'
UNION ALL
-- The first day that a date may mean: 2025-03 may be before an injection of that month.
SELECT "case", TRY_CAST(left(date || '-01-01', 10) AS DATE) FROM findings JOIN looked_at USING (finding) WHERE NOT derived
