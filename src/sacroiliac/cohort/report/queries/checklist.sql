-- How often the note of an injection does not state an item.
SELECT item AS name, count(*) AS n FROM (SELECT unnest(not_recorded) AS item FROM injections) GROUP BY item
