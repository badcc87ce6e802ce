SELECT e.event_id, t.tag FROM events e LATERAL VIEW explode(split(e.tags, ',')) t AS tag WHERE t.tag = 'a';
SELECT o.status, collect_list(o.total) AS totals FROM orders o GROUP BY o.status DISTRIBUTE BY o.status;
SELECT c.name FROM customers c LEFT ANTI JOIN orders o ON o.customer_id = c.customer_id WHERE c.city = 'Oslo';
SELECT `c`.`name`, transform(split(c.city, ' '), x -> upper(x)) AS words FROM customers c WHERE c.country_id = 1;
