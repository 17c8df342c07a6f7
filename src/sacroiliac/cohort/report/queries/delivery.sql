SELECT reached, delivery, count(*) AS n FROM injections GROUP BY ALL
