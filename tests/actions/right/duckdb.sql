CREATE MACRO f(a) AS TABLE SELECT a AS b;
SELECT b FROM f(1);

FROM orders SELECT order_id WHERE total_cents > 1;

SELECT COLUMNS('order.*') FROM orders;

SELECT x.order_id FROM (FROM orders) AS x;

SELECT list_transform([1], y -> y + total_cents) FROM orders;

SELECT [y * 2 FOR y IN [1,2] IF y > 1] FROM orders;

SELECT a FROM (VALUES (1)) AS t(a);

-- not suggested: only queries, changes of rows and CREATE may be suggested
PIVOT orders ON customer_id USING SUM(total_cents);

SELECT order_id FROM orders ASOF JOIN customers USING (customer_id);

SELECT orders FROM orders;

SELECT total: SUM(total_cents), total + 1 FROM orders;

INSERT INTO orders BY NAME SELECT 1 AS order_id;

UPDATE orders SET total_cents = x.n FROM (SELECT 1 AS n) AS x WHERE order_id = x.n;

SELECT payload.field, r.payload.field FROM READ_PARQUET('data.parquet') AS r;

WITH cte AS (SELECT from_json(name, '{}') AS s FROM customers) SELECT s.f1.f2.f3, cte.s.f1.f2 FROM cte;
