-- Subscriptions. An active subscriber has a subscription with canceled_on IS NULL and paused = 0.
-- MRR is the price of the plan scaled to 30 days of the cadence, over active subscriptions, in dollars.

-- How many active subscribers do we have?
SELECT COUNT(DISTINCT customer_id) AS active_subscribers
FROM subscriptions
WHERE canceled_on IS NULL AND paused = 0;

-- Active subscribers by plan
SELECT p.name, COUNT(DISTINCT s.customer_id) AS active_subscribers
FROM subscriptions AS s
JOIN plans AS p ON p.plan_id = s.plan_id
WHERE s.canceled_on IS NULL AND s.paused = 0
GROUP BY p.name
ORDER BY active_subscribers DESC;

-- Active subscribers by country
SELECT c.country, COUNT(DISTINCT s.customer_id) AS active_subscribers
FROM subscriptions AS s
JOIN customers AS c ON c.customer_id = s.customer_id
WHERE s.canceled_on IS NULL AND s.paused = 0
GROUP BY c.country
ORDER BY active_subscribers DESC;

-- Monthly recurring revenue by plan
SELECT p.name, ROUND(SUM(p.price_cents * 30.0 / s.cadence_days) / 100.0, 2) AS mrr
FROM subscriptions AS s
JOIN plans AS p ON p.plan_id = s.plan_id
WHERE s.canceled_on IS NULL AND s.paused = 0
GROUP BY p.name
ORDER BY mrr DESC;

-- Monthly recurring revenue by country
SELECT c.country, ROUND(SUM(p.price_cents * 30.0 / s.cadence_days) / 100.0, 2) AS mrr
FROM subscriptions AS s
JOIN plans AS p ON p.plan_id = s.plan_id
JOIN customers AS c ON c.customer_id = s.customer_id
WHERE s.canceled_on IS NULL AND s.paused = 0
GROUP BY c.country
ORDER BY mrr DESC;

-- What monthly recurring revenue are the paused subscriptions holding back, per plan?
SELECT p.name, ROUND(SUM(p.price_cents * 30.0 / s.cadence_days) / 100.0, 2) AS paused_mrr
FROM subscriptions AS s
JOIN plans AS p ON p.plan_id = s.plan_id
WHERE s.canceled_on IS NULL AND s.paused = 1
GROUP BY p.name
ORDER BY paused_mrr DESC;

-- Canceled subscriptions by month in 2024
SELECT strftime('%Y-%m', canceled_on) AS month, COUNT(*) AS cancellations
FROM subscriptions
WHERE strftime('%Y', canceled_on) = '2024'
GROUP BY month
ORDER BY month;

-- Why did people cancel their subscription since 2024? Reasons given, most common first
SELECT cancel_reason, COUNT(*) AS cancellations
FROM subscriptions
WHERE canceled_on >= '2024-01-01'
  AND cancel_reason IS NOT NULL
GROUP BY cancel_reason
ORDER BY cancellations DESC;

-- How many days did canceled subscriptions last on average, by plan?
SELECT p.name, ROUND(AVG(julianday(s.canceled_on) - julianday(s.started_on)), 1) AS average_days
FROM subscriptions AS s
JOIN plans AS p ON p.plan_id = s.plan_id
WHERE s.canceled_on IS NOT NULL
GROUP BY p.name
ORDER BY average_days DESC;

-- Of the subscriptions started in 2024, what percentage was canceled within 90 days, by cadence?
SELECT cadence_days,
       ROUND(100.0 * SUM(CASE WHEN julianday(canceled_on) - julianday(started_on) <= 90 THEN 1 ELSE 0 END) / COUNT(*), 1)
           AS early_cancel_pct
FROM subscriptions
WHERE strftime('%Y', started_on) = '2024'
GROUP BY cadence_days
ORDER BY early_cancel_pct DESC;

-- Who came back? Customers who canceled a subscription and started another one later: name, canceled on, restarted on
SELECT DISTINCT c.name, earlier.canceled_on, later.started_on AS restarted_on
FROM subscriptions AS earlier
JOIN subscriptions AS later ON later.customer_id = earlier.customer_id AND later.started_on > earlier.canceled_on
JOIN customers AS c ON c.customer_id = earlier.customer_id
WHERE c.deleted_at IS NULL
ORDER BY restarted_on, c.name;

-- Subscriptions started, canceled and the net change for every month of 2025
WITH moves AS (
    SELECT strftime('%Y-%m', started_on) AS month, 1 AS started, 0 AS canceled FROM subscriptions
    UNION ALL
    SELECT strftime('%Y-%m', canceled_on), 0, 1 FROM subscriptions WHERE canceled_on IS NOT NULL
)
SELECT month, SUM(started) AS started, SUM(canceled) AS canceled, SUM(started) - SUM(canceled) AS net_change
FROM moves
WHERE month LIKE '2025-%'
GROUP BY month
ORDER BY month;
