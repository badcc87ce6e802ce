SELECT c.`name`, GROUP_CONCAT(o.total ORDER BY o.total SEPARATOR ', ') AS totals FROM customers c STRAIGHT_JOIN orders o ON o.customer_id = c.customer_id GROUP BY c.`name` LIMIT 5, 10;
SELECT o.total FROM orders o USE INDEX (PRIMARY) WHERE o.status = "open" AND DATE_SUB(o.ordered_on, INTERVAL 1 DAY) > '2020-01-01';
SELECT a.employee_name FROM employees a NATURAL JOIN customers b WHERE a.salary > 3;
SELECT name FROM customers WHERE city = 'x' UNION (SELECT employee_name FROM employees WHERE salary > 3 LIMIT 2);
