-- Revenue. Net revenue is quantity times unit price minus the line discount, in dollars, on orders that were
-- neither canceled nor refunded. Shipping is never part of it.

-- Net revenue by country in 2024, highest first
SELECT c.country, ROUND(SUM(l.quantity * l.unit_price_cents - l.discount_cents) / 100.0, 2) AS net_revenue
FROM order_lines AS l
JOIN orders AS o ON o.order_id = l.order_id
JOIN customers AS c ON c.customer_id = o.customer_id
WHERE o.status NOT IN ('canceled', 'refunded')
  AND strftime('%Y', o.ordered_at) = '2024'
GROUP BY c.country
ORDER BY net_revenue DESC;

-- Net revenue by product category, all time
SELECT p.category, ROUND(SUM(l.quantity * l.unit_price_cents - l.discount_cents) / 100.0, 2) AS net_revenue
FROM order_lines AS l
JOIN orders AS o ON o.order_id = l.order_id
JOIN products AS p ON p.product_id = l.product_id
WHERE o.status NOT IN ('canceled', 'refunded')
GROUP BY p.category
ORDER BY net_revenue DESC;

-- Net revenue by channel so far in 2025
SELECT o.channel, ROUND(SUM(l.quantity * l.unit_price_cents - l.discount_cents) / 100.0, 2) AS net_revenue
FROM order_lines AS l
JOIN orders AS o ON o.order_id = l.order_id
WHERE o.status NOT IN ('canceled', 'refunded')
  AND o.ordered_at >= '2025-01-01'
GROUP BY o.channel
ORDER BY net_revenue DESC;

-- Net revenue by month in 2024
SELECT strftime('%Y-%m', o.ordered_at) AS month,
       ROUND(SUM(l.quantity * l.unit_price_cents - l.discount_cents) / 100.0, 2) AS net_revenue
FROM order_lines AS l
JOIN orders AS o ON o.order_id = l.order_id
WHERE o.status NOT IN ('canceled', 'refunded')
  AND strftime('%Y', o.ordered_at) = '2024'
GROUP BY month
ORDER BY month;

-- Net revenue by US state in 2024
SELECT c.region, ROUND(SUM(l.quantity * l.unit_price_cents - l.discount_cents) / 100.0, 2) AS net_revenue
FROM order_lines AS l
JOIN orders AS o ON o.order_id = l.order_id
JOIN customers AS c ON c.customer_id = o.customer_id
WHERE o.status NOT IN ('canceled', 'refunded')
  AND c.country = 'United States'
  AND strftime('%Y', o.ordered_at) = '2024'
GROUP BY c.region
ORDER BY net_revenue DESC;

-- Net revenue from retail customers by acquisition source, leaving out the unknown ones
SELECT c.acquisition_source,
       ROUND(SUM(l.quantity * l.unit_price_cents - l.discount_cents) / 100.0, 2) AS net_revenue
FROM order_lines AS l
JOIN orders AS o ON o.order_id = l.order_id
JOIN customers AS c ON c.customer_id = o.customer_id
WHERE o.status NOT IN ('canceled', 'refunded')
  AND c.segment = 'retail'
  AND c.acquisition_source IS NOT NULL
GROUP BY c.acquisition_source
ORDER BY net_revenue DESC;

-- Top 10 products by net revenue in 2024
SELECT p.name, ROUND(SUM(l.quantity * l.unit_price_cents - l.discount_cents) / 100.0, 2) AS net_revenue
FROM order_lines AS l
JOIN orders AS o ON o.order_id = l.order_id
JOIN products AS p ON p.product_id = l.product_id
WHERE o.status NOT IN ('canceled', 'refunded')
  AND strftime('%Y', o.ordered_at) = '2024'
GROUP BY p.name
ORDER BY net_revenue DESC
LIMIT 10;

-- Top 5 retail customers by net revenue, with their country
SELECT c.name, c.country, ROUND(SUM(l.quantity * l.unit_price_cents - l.discount_cents) / 100.0, 2) AS net_revenue
FROM order_lines AS l
JOIN orders AS o ON o.order_id = l.order_id
JOIN customers AS c ON c.customer_id = o.customer_id
WHERE o.status NOT IN ('canceled', 'refunded')
  AND c.segment = 'retail'
GROUP BY c.customer_id
ORDER BY net_revenue DESC
LIMIT 5;

-- Bottom 5 current products by net revenue in the first half of 2025
SELECT p.name, ROUND(SUM(l.quantity * l.unit_price_cents - l.discount_cents) / 100.0, 2) AS net_revenue
FROM order_lines AS l
JOIN orders AS o ON o.order_id = l.order_id
JOIN products AS p ON p.product_id = l.product_id
WHERE o.status NOT IN ('canceled', 'refunded')
  AND o.ordered_at >= '2025-01-01' AND o.ordered_at < '2025-07-01'
  AND p.discontinued_on IS NULL
GROUP BY p.name
ORDER BY net_revenue
LIMIT 5;

-- Which countries brought in more than $10,000 of net revenue in total?
SELECT c.country, ROUND(SUM(l.quantity * l.unit_price_cents - l.discount_cents) / 100.0, 2) AS net_revenue
FROM order_lines AS l
JOIN orders AS o ON o.order_id = l.order_id
JOIN customers AS c ON c.customer_id = o.customer_id
WHERE o.status NOT IN ('canceled', 'refunded')
GROUP BY c.country
HAVING net_revenue > 10000
ORDER BY net_revenue DESC;

-- Average order value by channel
SELECT o.channel,
       ROUND(SUM(l.quantity * l.unit_price_cents - l.discount_cents) / 100.0 / COUNT(DISTINCT o.order_id), 2)
           AS average_order_value
FROM order_lines AS l
JOIN orders AS o ON o.order_id = l.order_id
WHERE o.status NOT IN ('canceled', 'refunded')
GROUP BY o.channel
ORDER BY average_order_value DESC;

-- Average order value of the web shop by month in 2025
SELECT strftime('%Y-%m', o.ordered_at) AS month,
       ROUND(SUM(l.quantity * l.unit_price_cents - l.discount_cents) / 100.0 / COUNT(DISTINCT o.order_id), 2)
           AS average_order_value
FROM order_lines AS l
JOIN orders AS o ON o.order_id = l.order_id
WHERE o.status NOT IN ('canceled', 'refunded')
  AND o.channel = 'web'
  AND strftime('%Y', o.ordered_at) = '2025'
GROUP BY month
ORDER BY month;

-- What share of 2024 net revenue came through each channel, in percent?
WITH by_channel AS (
    SELECT o.channel, SUM(l.quantity * l.unit_price_cents - l.discount_cents) AS net_cents
    FROM order_lines AS l
    JOIN orders AS o ON o.order_id = l.order_id
    WHERE o.status NOT IN ('canceled', 'refunded')
      AND strftime('%Y', o.ordered_at) = '2024'
    GROUP BY o.channel
)
SELECT channel, ROUND(100.0 * net_cents / SUM(net_cents) OVER (), 1) AS share_pct
FROM by_channel
ORDER BY share_pct DESC;

-- Running total of net revenue over the months of 2024
WITH monthly AS (
    SELECT strftime('%Y-%m', o.ordered_at) AS month,
           SUM(l.quantity * l.unit_price_cents - l.discount_cents) / 100.0 AS net_revenue
    FROM order_lines AS l
    JOIN orders AS o ON o.order_id = l.order_id
    WHERE o.status NOT IN ('canceled', 'refunded')
      AND strftime('%Y', o.ordered_at) = '2024'
    GROUP BY month
)
SELECT month, ROUND(SUM(net_revenue) OVER (ORDER BY month), 2) AS running_total
FROM monthly
ORDER BY month;

-- Net revenue per category in 2023 and in 2024 side by side, with the growth in percent, fastest growing first
WITH yearly AS (
    SELECT p.category,
           SUM(CASE WHEN strftime('%Y', o.ordered_at) = '2023'
                    THEN l.quantity * l.unit_price_cents - l.discount_cents END) / 100.0 AS net_2023,
           SUM(CASE WHEN strftime('%Y', o.ordered_at) = '2024'
                    THEN l.quantity * l.unit_price_cents - l.discount_cents END) / 100.0 AS net_2024
    FROM order_lines AS l
    JOIN orders AS o ON o.order_id = l.order_id
    JOIN products AS p ON p.product_id = l.product_id
    WHERE o.status NOT IN ('canceled', 'refunded')
    GROUP BY p.category
)
SELECT category, ROUND(net_2023, 2) AS net_2023, ROUND(net_2024, 2) AS net_2024,
       ROUND(100.0 * (net_2024 - net_2023) / net_2023, 1) AS growth_pct
FROM yearly
ORDER BY growth_pct DESC;

-- The best month of every year by net revenue
WITH monthly AS (
    SELECT strftime('%Y', o.ordered_at) AS year, strftime('%Y-%m', o.ordered_at) AS month,
           SUM(l.quantity * l.unit_price_cents - l.discount_cents) / 100.0 AS net_revenue
    FROM order_lines AS l
    JOIN orders AS o ON o.order_id = l.order_id
    WHERE o.status NOT IN ('canceled', 'refunded')
    GROUP BY 1, 2
),
ranked AS (
    SELECT year, month, net_revenue, ROW_NUMBER() OVER (PARTITION BY year ORDER BY net_revenue DESC) AS place
    FROM monthly
)
SELECT year, month, ROUND(net_revenue, 2) AS net_revenue
FROM ranked
WHERE place = 1
ORDER BY year;
