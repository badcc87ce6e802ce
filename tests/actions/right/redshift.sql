SELECT name, SYSDATE, GETDATE() FROM customers WHERE city ILIKE 'x';

CREATE TEMP TABLE #recent AS SELECT order_id FROM orders;
SELECT order_id FROM #recent;
