SELECT order_id INTO TEMP recent FROM orders;
SELECT order_id FROM recent;

CREATE MATERIALIZED VIEW recent AS SELECT order_id FROM orders;
SELECT order_id FROM recent;

CREATE UNLOGGED TABLE IF NOT EXISTS recent (a INT);
SELECT a FROM recent;

CREATE FOREIGN TABLE recent (a INT) SERVER s;
SELECT a FROM recent;

CREATE TABLE recent PARTITION OF orders FOR VALUES IN (1);
SELECT order_id FROM recent;

CREATE TABLE recent (LIKE orders);
SELECT order_id FROM recent;

CREATE TABLE recent () INHERITS (orders);
SELECT order_id FROM recent;

CREATE TABLE recent (note TEXT) INHERITS (orders);
SELECT order_id, note FROM recent;

CREATE TABLE recent (LIKE orders, note TEXT);
SELECT order_id, note FROM recent;

UPDATE orders AS o SET total_cents = c.customer_id FROM customers AS c WHERE c.customer_id = o.customer_id RETURNING o.order_id, c.name;

DELETE FROM orders USING customers WHERE orders.customer_id = customers.customer_id AND name = 'x';

SELECT c.name, l.n FROM customers AS c CROSS JOIN LATERAL (SELECT COUNT(*) AS n FROM orders AS o WHERE o.customer_id = c.customer_id) AS l;

SELECT c FROM customers AS c;

SELECT (c).name, (c).* FROM customers AS c;

SELECT g FROM generate_series(1, 3) AS g;

SELECT g.n FROM generate_series(1, 3) AS g(n);

SELECT ordinality, x FROM unnest(ARRAY[1]) WITH ORDINALITY AS t(x, ordinality);

SELECT name, EXTRACT(epoch FROM now()), current_date, current_user, localtimestamp FROM customers;

INSERT INTO orders (order_id) VALUES (1) ON CONFLICT (order_id) DO UPDATE SET total_cents = orders.total_cents + excluded.total_cents RETURNING order_id, xmax;

WITH d AS (DELETE FROM orders RETURNING *) SELECT order_id, total_cents FROM d;

WITH d AS (INSERT INTO orders (order_id) VALUES (1) RETURNING order_id AS id) SELECT id FROM d;

WITH RECURSIVE t(n, p) AS (SELECT 1, 2 UNION ALL SELECT n + 1, p FROM t) SEARCH DEPTH FIRST BY n SET o CYCLE n SET c USING path SELECT n, o, c, path FROM t;

SELECT order_id AS k, SUM(total_cents) OVER w FROM orders WINDOW w AS (PARTITION BY customer_id);

SELECT name FROM customers ORDER BY name COLLATE "C";

SELECT name FROM customers GROUP BY GROUPING SETS ((name), (city)) HAVING GROUPING(city) = 1;

SELECT jsonb_path_query(name::jsonb, '$.a') AS j FROM customers ORDER BY j;

SELECT key, value FROM customers, jsonb_each(name::jsonb);

SELECT name FROM customers FOR UPDATE OF customers SKIP LOCKED;

MERGE INTO orders AS t USING customers AS s ON t.customer_id = s.customer_id WHEN MATCHED THEN UPDATE SET total_cents = s.customer_id WHEN NOT MATCHED THEN INSERT (order_id) VALUES (s.customer_id);
