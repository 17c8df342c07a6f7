SELECT pattern AS name, count(*) AS n FROM injections GROUP BY pattern
