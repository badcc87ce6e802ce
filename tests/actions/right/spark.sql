SELECT name, x FROM customers LATERAL VIEW explode(split(city, ',')) t AS x;

SELECT name, pos, col FROM customers LATERAL VIEW posexplode(split(city, ',')) t;

SELECT transform(array(1), y -> y + 1), name FROM customers DISTRIBUTE BY city SORT BY name;

SELECT tab.cola, colb FROM VALUES (1, 'test'), (2, 'test2') AS tab(cola, colb);

SELECT first, second FROM (SELECT city, STACK(2, 1, 2, 3) AS (first, second) FROM customers) AS t;

SELECT /*+ BROADCAST(c), MERGE(c, o) */ c.name FROM customers AS c JOIN orders AS o ON o.customer_id = c.customer_id;

CREATE OR REPLACE TEMPORARY VIEW latest (
  a COMMENT 'x'
) AS WITH `_1` AS (SELECT order_id AS a FROM orders) SELECT `_1`.a FROM `_1`;
