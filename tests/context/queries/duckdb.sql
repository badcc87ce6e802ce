SELECT * EXCLUDE (status) FROM orders o JOIN customers c ON o.customer_id = c.customer_id WHERE o.total > 10;
SELECT t.* FROM (SELECT * EXCLUDE (total, status) FROM orders) t ORDER BY t.ordered_on;
SELECT r.* FROM (SELECT * REPLACE (total * 2 AS total) FROM orders) r WHERE r.total > 4;
SELECT o.customer_id, list(o.total) FILTER (WHERE o.status = 'x') AS totals FROM orders o GROUP BY ALL ORDER BY ALL;
SELECT c.name, o.total FROM customers c SEMI JOIN orders o ON o.customer_id = c.customer_id;
SELECT c.city, avg(o.total) AS mean FROM customers c JOIN orders o USING (customer_id) GROUP BY c.city QUALIFY rank() OVER (ORDER BY mean DESC) < 3;
WITH m AS MATERIALIZED (SELECT customer_id, max(total) AS top FROM orders GROUP BY 1) SELECT m.top, c.* FROM m, customers c WHERE m.customer_id = c.customer_id;
