-- Campaigns and email. An order belongs to a campaign when orders.campaign_id says so. Rates are percent of emails sent.

-- Net revenue by campaign, highest first
SELECT m.name, ROUND(SUM(l.quantity * l.unit_price_cents - l.discount_cents) / 100.0, 2) AS net_revenue
FROM order_lines AS l
JOIN orders AS o ON o.order_id = l.order_id
JOIN campaigns AS m ON m.campaign_id = o.campaign_id
WHERE o.status NOT IN ('canceled', 'refunded')
GROUP BY m.name
ORDER BY net_revenue DESC;

-- Net revenue by campaign medium in 2024
SELECT m.medium, ROUND(SUM(l.quantity * l.unit_price_cents - l.discount_cents) / 100.0, 2) AS net_revenue
FROM order_lines AS l
JOIN orders AS o ON o.order_id = l.order_id
JOIN campaigns AS m ON m.campaign_id = o.campaign_id
WHERE o.status NOT IN ('canceled', 'refunded')
  AND strftime('%Y', o.ordered_at) = '2024'
GROUP BY m.medium
ORDER BY net_revenue DESC;

-- Orders by campaign medium, all time
SELECT m.medium, COUNT(*) AS orders
FROM orders AS o
JOIN campaigns AS m ON m.campaign_id = o.campaign_id
WHERE o.status NOT IN ('canceled', 'refunded')
GROUP BY m.medium
ORDER BY orders DESC;

-- Discounts given away by campaign, in dollars, for campaigns that had an offer
SELECT m.name, ROUND(SUM(l.discount_cents) / 100.0, 2) AS discounts
FROM order_lines AS l
JOIN orders AS o ON o.order_id = l.order_id
JOIN campaigns AS m ON m.campaign_id = o.campaign_id
WHERE o.status NOT IN ('canceled', 'refunded')
  AND m.discount_pct IS NOT NULL
GROUP BY m.name
ORDER BY discounts DESC;

-- Open rate by email campaign in percent
SELECT m.name, ROUND(100.0 * COUNT(s.opened_at) / COUNT(*), 1) AS open_rate
FROM campaign_sends AS s
JOIN campaigns AS m ON m.campaign_id = s.campaign_id
GROUP BY m.name
ORDER BY open_rate DESC;

-- Top 5 email campaigns by click rate
SELECT m.name, ROUND(100.0 * COUNT(s.clicked_at) / COUNT(*), 1) AS click_rate
FROM campaign_sends AS s
JOIN campaigns AS m ON m.campaign_id = s.campaign_id
GROUP BY m.name
ORDER BY click_rate DESC
LIMIT 5;

-- Net revenue per dollar of budget for every campaign that started in 2024 or later
SELECT m.name,
       ROUND(1.0 * SUM(l.quantity * l.unit_price_cents - l.discount_cents) / m.budget_cents, 2) AS return_on_budget
FROM campaigns AS m
JOIN orders AS o ON o.campaign_id = m.campaign_id
JOIN order_lines AS l ON l.order_id = o.order_id
WHERE o.status NOT IN ('canceled', 'refunded')
  AND m.starts_on >= '2024-01-01'
GROUP BY m.campaign_id
ORDER BY return_on_budget DESC;

-- Customers who got at least 7 emails from us and opened none: name and number of emails
SELECT c.name, COUNT(*) AS emails
FROM campaign_sends AS s
JOIN customers AS c ON c.customer_id = s.customer_id
WHERE c.deleted_at IS NULL
GROUP BY c.customer_id
HAVING emails >= 7 AND COUNT(s.opened_at) = 0
ORDER BY emails DESC, c.name;

-- How many customers opted in to marketing but never got an email campaign, by country?
SELECT c.country, COUNT(*) AS customers
FROM customers AS c
WHERE c.deleted_at IS NULL
  AND c.marketing_opt_in = 1
  AND c.customer_id NOT IN (SELECT customer_id FROM campaign_sends)
GROUP BY c.country
ORDER BY customers DESC;

-- Which of our email campaigns had an open rate above the average of all emails sent?
WITH rates AS (
    SELECT m.name, 100.0 * COUNT(s.opened_at) / COUNT(*) AS open_rate
    FROM campaign_sends AS s
    JOIN campaigns AS m ON m.campaign_id = s.campaign_id
    GROUP BY m.campaign_id
)
SELECT name, ROUND(open_rate, 1) AS open_rate
FROM rates
WHERE open_rate > (SELECT 100.0 * COUNT(opened_at) / COUNT(*) FROM campaign_sends)
ORDER BY open_rate DESC;
