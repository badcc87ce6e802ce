SELECT c.name, ARRAY_AGG(STRUCT(o.order_id, o.total) ORDER BY o.total LIMIT 3) AS best FROM `shop.sales.customers` AS c JOIN `shop.sales.orders` AS o ON o.customer_id = c.customer_id GROUP BY c.name;
SELECT * EXCEPT (status, ordered_on) FROM orders WHERE total > 3 QUALIFY ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY total DESC) = 1;
SELECT d.* FROM (SELECT * EXCEPT (city) FROM customers) AS d WHERE d.name IS NOT NULL;
SELECT e.kind, COUNTIF(e.user_id > 3) FROM events AS e WHERE DATE(e.happened_at) > DATE_SUB(CURRENT_DATE(), INTERVAL 7 DAY) GROUP BY e.kind ORDER BY 2 DESC;
WITH daily AS (SELECT DATE_TRUNC(o.ordered_on, MONTH) AS month, SUM(o.total) AS amount FROM orders o GROUP BY month) SELECT d.month, d.amount, LAG(d.amount) OVER (ORDER BY d.month) AS before FROM daily d;
SELECT (SELECT AS STRUCT p.product_name, p.category FROM products p WHERE p.product_id = i.product_id) AS product FROM order_items i;
SELECT name, SAFE_CAST(city AS INT64), IF(country_id > 1, 'a', 'b') FROM customers UNION DISTINCT SELECT product_name, product_id, category FROM products;
