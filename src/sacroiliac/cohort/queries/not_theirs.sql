-- Policies that do not hold for a case, as its payer is in the list of the service, and they are not in that payer's.
CREATE TEMP VIEW not_theirs AS
SELECT c."case", o.policy
FROM cases c
JOIN others o ON o.payer = lower(trim(regexp_replace(c.payer, '[\s\p{Z}]+', ' ', 'g')))
