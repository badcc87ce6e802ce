CREATE TABLE `p.d.recent` AS SELECT order_id FROM orders;
SELECT order_id FROM `p.d.recent`;

CREATE TEMP FUNCTION f(x INT64) AS (x);
SELECT f(order_id) FROM orders;

SELECT o FROM orders AS o;

SELECT x.a FROM UNNEST([STRUCT(1 AS a)]) AS x;

SELECT x FROM orders, UNNEST([1,2]) AS x WITH OFFSET AS i WHERE i > 1;

SELECT * EXCEPT (city), name AS n FROM customers QUALIFY ROW_NUMBER() OVER (PARTITION BY n ORDER BY name) = 1;
