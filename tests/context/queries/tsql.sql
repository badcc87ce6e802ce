SELECT TOP 10 c.name, o.total FROM dbo.customers AS c CROSS APPLY (SELECT TOP 1 x.total FROM dbo.orders x WHERE x.customer_id = c.customer_id ORDER BY x.total DESC) AS o WHERE o.total > @least;
SELECT [c].[name], [o].[total] FROM [dbo].[customers] [c] INNER JOIN [dbo].[orders] [o] ON [o].[customer_id] = [c].[customer_id] WHERE [o].[status] = N'open';
SELECT e.employee_name, m.employee_name AS boss FROM employees e LEFT JOIN employees m ON m.employee_id = e.manager_id ORDER BY e.salary DESC OFFSET 5 ROWS FETCH NEXT 5 ROWS ONLY;
WITH ranked AS (SELECT o.customer_id, o.total, ROW_NUMBER() OVER (PARTITION BY o.customer_id ORDER BY o.total DESC) AS rn FROM orders o WITH (NOLOCK)) SELECT r.total FROM ranked r WHERE r.rn = 1;
SELECT c.city, SUM(o.total) AS amount FROM customers c JOIN orders o ON o.customer_id = c.customer_id GROUP BY ROLLUP (c.city) HAVING SUM(o.total) > 100;
