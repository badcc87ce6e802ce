CREATE TABLE "my recent" (a INT);
SELECT a FROM "my recent";

CREATE TABLE größe (a INT);
SELECT a FROM größe;

CREATE VIRTUAL TABLE docs USING fts5(body);
SELECT body, rank FROM docs WHERE docs MATCH 'x' ORDER BY rank;

SELECT name FROM customers WHERE rowid IN (SELECT rowid FROM orders);

UPDATE orders SET total_cents = n FROM (SELECT 1 AS n, 2 AS k) WHERE order_id = k;

INSERT INTO orders (order_id) SELECT customer_id FROM customers WHERE true ON CONFLICT DO UPDATE SET total_cents = excluded.order_id RETURNING order_id AS x, rowid;

SELECT value, key, type FROM json_each('[1]') WHERE atom > 1;

SELECT e.value FROM customers, json_tree(name) AS e WHERE e.fullkey = 1 AND json = 1;

SELECT seq FROM pragma_index_info('x');

SELECT count(*) filter (where city = 'x') AS n FROM customers HAVING n > 1;

SELECT * FROM orders NATURAL JOIN customers ORDER BY customer_id;

SELECT customer_id FROM orders LEFT JOIN customers USING (customer_id) LEFT JOIN customers AS c2 USING (customer_id) WHERE customer_id > 1;

SELECT 1 AS a UNION SELECT 2 AS b ORDER BY b;

SELECT max(total_cents), order_id FROM orders GROUP BY "customer_id" ORDER BY [order_id];

SELECT current_timestamp, true, false, null FROM orders;

WITH a(x) AS (VALUES (1), (2)), b AS (SELECT x AS y FROM a) SELECT y FROM b WHERE y IN a;

SELECT CASE WHEN city = 'a' THEN 1 END AS k FROM customers GROUP BY k HAVING k ORDER BY k LIMIT (SELECT count(*) FROM orders);

-- What we create: the table
CREATE TABLE recent (day TEXT);
SELECT day FROM recent;
