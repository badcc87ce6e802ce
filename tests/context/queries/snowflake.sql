SELECT e.payload:user.name::string AS who, e.kind FROM shop.public.events e WHERE e.tags IS NOT NULL QUALIFY ROW_NUMBER() OVER (PARTITION BY e.user_id ORDER BY e.happened_at DESC) = 1;
SELECT c.name, o.total FROM customers c LEFT JOIN orders o ON c.customer_id = o.customer_id AND o.status ILIKE 'p%' WHERE o.total IS NOT NULL ORDER BY o.total NULLS LAST LIMIT 3;
WITH x AS (SELECT customer_id, sum(total) AS s FROM orders GROUP BY customer_id) SELECT c.name, x.s FROM x JOIN customers c ON c.customer_id = x.customer_id WHERE x.s > (SELECT avg(s) FROM x);
SELECT t.* FROM (SELECT * RENAME (total AS amount) FROM orders) t WHERE t.amount > 3;
SELECT k.country_name, count(DISTINCT c.customer_id) FROM countries k, customers c WHERE k.country_id = c.country_id GROUP BY k.country_name;
