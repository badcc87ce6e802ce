-- Net revenue by sales rep in 2024
SELECT e.name, ROUND(SUM(l.quantity * l.unit_price_cents - l.discount_cents) / 100.0, 2) AS net_revenue
FROM order_lines AS l
JOIN orders AS o ON o.order_id = l.order_id
JOIN employees AS e ON e.employee_id = o.sales_rep_id
WHERE o.status NOT IN ('canceled', 'refunded')
  AND strftime('%Y', o.ordered_at) = '2024'
GROUP BY e.name
ORDER BY net_revenue DESC;

-- Average order value by sales rep
SELECT e.name,
       ROUND(SUM(l.quantity * l.unit_price_cents - l.discount_cents) / 100.0 / COUNT(DISTINCT o.order_id), 2)
           AS average_order_value
FROM order_lines AS l
JOIN orders AS o ON o.order_id = l.order_id
JOIN employees AS e ON e.employee_id = o.sales_rep_id
WHERE o.status NOT IN ('canceled', 'refunded')
GROUP BY e.name
ORDER BY average_order_value DESC;

-- Top 10 wholesale customers by net revenue in the first half of 2025
SELECT c.name, ROUND(SUM(l.quantity * l.unit_price_cents - l.discount_cents) / 100.0, 2) AS net_revenue
FROM order_lines AS l
JOIN orders AS o ON o.order_id = l.order_id
JOIN customers AS c ON c.customer_id = o.customer_id
WHERE o.status NOT IN ('canceled', 'refunded')
  AND c.segment = 'wholesale'
  AND o.ordered_at >= '2025-01-01' AND o.ordered_at < '2025-07-01'
GROUP BY c.customer_id
ORDER BY net_revenue DESC
LIMIT 10;

-- Every sales rep's three biggest customers by net revenue since 2024: rep, customer, net revenue
WITH sold AS (
    SELECT e.name AS rep, c.name AS customer,
           SUM(l.quantity * l.unit_price_cents - l.discount_cents) / 100.0 AS net_revenue
    FROM order_lines AS l
    JOIN orders AS o ON o.order_id = l.order_id
    JOIN customers AS c ON c.customer_id = o.customer_id
    JOIN employees AS e ON e.employee_id = o.sales_rep_id
    WHERE o.status NOT IN ('canceled', 'refunded')
      AND o.ordered_at >= '2024-01-01'
    GROUP BY e.employee_id, c.customer_id
)
SELECT rep, customer, ROUND(net_revenue, 2) AS net_revenue
FROM (SELECT sold.*, ROW_NUMBER() OVER (PARTITION BY rep ORDER BY net_revenue DESC) AS place FROM sold)
WHERE place <= 3
ORDER BY rep, net_revenue DESC;

-- Who works under Ruth Okafor, directly or not? Name and how many levels below her
WITH RECURSIVE team AS (
    SELECT employee_id, name, 0 AS level
    FROM employees
    WHERE name = 'Ruth Okafor'
    UNION ALL
    SELECT e.employee_id, e.name, team.level + 1
    FROM employees AS e
    JOIN team ON e.manager_id = team.employee_id
    WHERE e.left_on IS NULL
)
SELECT name, level
FROM team
WHERE level > 0
ORDER BY level, name;

-- How many people does each manager lead today?
SELECT m.name, COUNT(*) AS reports
FROM employees AS e
JOIN employees AS m ON m.employee_id = e.manager_id
WHERE e.left_on IS NULL
GROUP BY m.employee_id
ORDER BY reports DESC, m.name;

-- Our 5 most frequent wholesale customers: name, number of orders, average days between consecutive orders
WITH gaps AS (
    SELECT o.customer_id,
           julianday(date(o.ordered_at))
               - julianday(LAG(date(o.ordered_at)) OVER (PARTITION BY o.customer_id ORDER BY o.ordered_at)) AS days
    FROM orders AS o
    WHERE o.channel = 'wholesale'
      AND o.status NOT IN ('canceled', 'refunded')
)
SELECT c.name, COUNT(*) AS orders, ROUND(AVG(g.days), 1) AS average_days
FROM gaps AS g
JOIN customers AS c ON c.customer_id = g.customer_id
GROUP BY g.customer_id
ORDER BY orders DESC
LIMIT 5;
