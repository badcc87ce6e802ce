-- Customers. Closed accounts (deleted_at is set) are not customers. Loyal means at least five orders that were neither
-- canceled nor refunded; lapsed means no such order in the 180 days before the as-of date, 2025-06-30.

-- How many customers do we have in each country?
SELECT country, COUNT(*) AS customers
FROM customers
WHERE deleted_at IS NULL
GROUP BY country
ORDER BY customers DESC;

-- Customers by acquisition source, counting missing ones as 'unknown'
SELECT COALESCE(acquisition_source, 'unknown') AS source, COUNT(*) AS customers
FROM customers
WHERE deleted_at IS NULL
GROUP BY source
ORDER BY customers DESC;

-- How many loyal customers are there in each country?
WITH loyal AS (
    SELECT customer_id
    FROM orders
    WHERE status NOT IN ('canceled', 'refunded')
    GROUP BY customer_id
    HAVING COUNT(*) >= 5
)
SELECT c.country, COUNT(*) AS loyal_customers
FROM customers AS c
JOIN loyal ON loyal.customer_id = c.customer_id
WHERE c.deleted_at IS NULL
GROUP BY c.country
ORDER BY loyal_customers DESC;

-- Which loyal wholesale customers have not ordered anything since the end of March 2025? Name and last order date.
SELECT c.name, MAX(date(o.ordered_at)) AS last_order
FROM customers AS c
JOIN orders AS o ON o.customer_id = c.customer_id
WHERE c.deleted_at IS NULL
  AND c.segment = 'wholesale'
  AND o.status NOT IN ('canceled', 'refunded')
GROUP BY c.customer_id
HAVING COUNT(*) >= 5 AND last_order <= '2025-03-31'
ORDER BY last_order DESC;

-- Lapsed customers by country
WITH last_orders AS (
    SELECT customer_id, MAX(date(ordered_at)) AS last_order
    FROM orders
    WHERE status NOT IN ('canceled', 'refunded')
    GROUP BY customer_id
)
SELECT c.country, COUNT(*) AS lapsed_customers
FROM customers AS c
JOIN last_orders AS lo ON lo.customer_id = c.customer_id
WHERE c.deleted_at IS NULL
  AND lo.last_order < date('2025-06-30', '-180 days')
GROUP BY c.country
ORDER BY lapsed_customers DESC;

-- Customers who joined in 2024 and never placed any order, by country
SELECT c.country, COUNT(*) AS customers
FROM customers AS c
LEFT JOIN orders AS o ON o.customer_id = c.customer_id
WHERE c.deleted_at IS NULL
  AND strftime('%Y', c.joined_on) = '2024'
  AND o.order_id IS NULL
GROUP BY c.country
ORDER BY customers DESC;

-- Top 10 retail customers by number of orders: name, country, orders
SELECT c.name, c.country, COUNT(*) AS orders
FROM customers AS c
JOIN orders AS o ON o.customer_id = c.customer_id
WHERE c.deleted_at IS NULL
  AND c.segment = 'retail'
  AND o.status NOT IN ('canceled', 'refunded')
GROUP BY c.customer_id
ORDER BY orders DESC
LIMIT 10;

-- What percentage of the customers with at least one order came back for a second one?
SELECT ROUND(100.0 * SUM(orders >= 2) / COUNT(*), 1) AS repeat_pct
FROM (
    SELECT customer_id, COUNT(*) AS orders
    FROM orders
    WHERE status NOT IN ('canceled', 'refunded')
    GROUP BY customer_id
);

-- Who referred at least four customers? Name and number of people referred
SELECT r.name, COUNT(*) AS referred
FROM customers AS c
JOIN customers AS r ON r.customer_id = c.referred_by
WHERE c.deleted_at IS NULL
GROUP BY r.customer_id
HAVING referred >= 4
ORDER BY referred DESC, r.name;

-- How many customers bought in 2023 but not in 2024?
SELECT COUNT(*) AS customers
FROM (
    SELECT customer_id
    FROM orders
    WHERE status NOT IN ('canceled', 'refunded') AND strftime('%Y', ordered_at) = '2023'
    EXCEPT
    SELECT customer_id
    FROM orders
    WHERE status NOT IN ('canceled', 'refunded') AND strftime('%Y', ordered_at) = '2024'
);

-- The customer with the highest net revenue in every country
WITH spent AS (
    SELECT c.country, c.name, SUM(l.quantity * l.unit_price_cents - l.discount_cents) / 100.0 AS net_revenue
    FROM customers AS c
    JOIN orders AS o ON o.customer_id = c.customer_id
    JOIN order_lines AS l ON l.order_id = o.order_id
    WHERE o.status NOT IN ('canceled', 'refunded')
    GROUP BY c.customer_id
)
SELECT country, name, ROUND(net_revenue, 2) AS net_revenue
FROM (SELECT spent.*, RANK() OVER (PARTITION BY country ORDER BY net_revenue DESC) AS place FROM spent)
WHERE place = 1
ORDER BY net_revenue DESC;

-- How many retail customers bought from us once, two to four times, or at least five times?
WITH counts AS (
    SELECT c.customer_id, COUNT(*) AS orders
    FROM customers AS c
    JOIN orders AS o ON o.customer_id = c.customer_id
    WHERE c.deleted_at IS NULL
      AND c.segment = 'retail'
      AND o.status NOT IN ('canceled', 'refunded')
    GROUP BY c.customer_id
)
SELECT CASE WHEN orders = 1 THEN 'once' WHEN orders < 5 THEN 'two to four' ELSE 'loyal' END AS bucket,
       COUNT(*) AS customers
FROM counts
GROUP BY bucket
ORDER BY customers DESC;
