SELECT order_id INTO #recent FROM orders;
SELECT order_id FROM #recent;

CREATE TABLE #recent (a INT);
SELECT a FROM #recent;

DECLARE @t TABLE (a INT);
SELECT a FROM @t;

SELECT order_id INTO a.b.recent FROM orders;
SELECT order_id FROM recent;

SELECT TOP 5 name, DATEADD(day, 1, ordered_on), DATEDIFF(hour, ordered_on, GETDATE()) FROM customers, orders;

SELECT c.name, x.n FROM customers AS c CROSS APPLY (SELECT COUNT(*) AS n FROM orders AS o WHERE o.customer_id = c.customer_id) AS x;

UPDATE o SET total_cents = 1 FROM orders AS o JOIN customers AS c ON c.customer_id = o.customer_id WHERE c.name = 'x';

DELETE o FROM orders AS o WHERE o.order_id = 1;

SELECT name FROM customers WITH (NOLOCK) WHERE city = 'x' OPTION (RECOMPILE);

INSERT INTO orders (order_id) OUTPUT inserted.order_id VALUES (1);

SELECT [1], [2] FROM (SELECT customer_id, total_cents FROM orders) AS s PIVOT (SUM(total_cents) FOR customer_id IN ([1], [2])) AS p;
