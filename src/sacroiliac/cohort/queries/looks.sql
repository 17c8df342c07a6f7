-- Every day on which somebody looked: a pain score, or a finding of the pain or the examination. The first day that a date
-- may mean: 2025-03 may be before an injection of that month.
CREATE TEMP VIEW looks AS
SELECT "case", first_day AS day FROM events WHERE finding = 'pain_nrs' OR kind = 'look'
