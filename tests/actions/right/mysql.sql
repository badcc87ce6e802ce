CREATE TABLE recent LIKE orders;
SELECT order_id FROM recent;

CREATE TABLE recent (note TEXT) AS SELECT * FROM orders;
SELECT order_id, note FROM recent;

CREATE TABLE recent (note TEXT) SELECT order_id FROM orders;
SELECT order_id, note FROM recent;

RENAME TABLE orders TO recent;
SELECT order_id FROM recent;

SELECT name FROM customers WHERE city = "x" AND @a = 1;

INSERT INTO orders (order_id, total_cents) VALUES (1, 2) ON DUPLICATE KEY UPDATE total_cents = VALUES(total_cents) + 1;

INSERT INTO orders (order_id, total_cents) VALUES (1, 2) AS n ON DUPLICATE KEY UPDATE total_cents = n.total_cents;

UPDATE orders AS o JOIN customers AS c ON c.customer_id = o.customer_id SET o.total_cents = c.customer_id WHERE c.name = 'x';

DELETE o FROM orders AS o JOIN customers AS c USING (customer_id) WHERE c.name = 'x';

SELECT DATE_ADD(ordered_on, INTERVAL 1 DAY), TIMESTAMPDIFF(MINUTE, ordered_on, NOW()) FROM orders;

SELECT name AS n FROM customers GROUP BY n HAVING n > 1 ORDER BY FIELD(n, 'a');

SELECT j.a FROM customers, JSON_TABLE(name, '$[*]' COLUMNS (a INT PATH '$.a')) AS j;
