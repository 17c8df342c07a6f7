-- Cases that turn on a treatment by injection whose relief over weeks is not recorded or did not hold, and is due:
-- after how many days somebody looked again; none where nobody did.
CREATE TEMP VIEW judged AS
WITH due AS (
    SELECT c."case", i.last_day AS injected
    FROM cases c
    JOIN injections i ON i."case" = c."case" AND i.number = c.turns_on
    WHERE coalesce(i.intent IN ('therapeutic', 'both'), i.steroid_given)
      AND i.steroid IN ('not recorded', 'did not hold')
      AND date_diff('day', i.last_day, c.review_date) > (SELECT due_days FROM numbers)
)
SELECT due."case", min(date_diff('day', due.injected, looks.day)) AS days
FROM due
LEFT JOIN looks ON looks."case" = due."case"
    AND date_diff('day', due.injected, looks.day) > (SELECT settled_days FROM numbers)
GROUP BY due."case"
