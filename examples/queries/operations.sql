-- Shipping and support. An order is late when it was shipped more than three days after it was placed.

-- How many orders are there in each status?
SELECT status, COUNT(*) AS orders
FROM orders
GROUP BY status
ORDER BY orders DESC;

-- Late orders by month in 2024
SELECT strftime('%Y-%m', ordered_at) AS month, COUNT(*) AS late_orders
FROM orders
WHERE julianday(shipped_on) - julianday(date(ordered_at)) > 3
  AND strftime('%Y', ordered_at) = '2024'
GROUP BY month
ORDER BY month;

-- What percentage of shipped orders was late, by channel?
SELECT channel,
       ROUND(100.0 * SUM(julianday(shipped_on) - julianday(date(ordered_at)) > 3) / COUNT(*), 1) AS late_pct
FROM orders
WHERE shipped_on IS NOT NULL
GROUP BY channel
ORDER BY late_pct DESC;

-- Average days from shipping to delivery by carrier in 2024
SELECT carrier, ROUND(AVG(julianday(delivered_on) - julianday(shipped_on)), 1) AS average_days
FROM orders
WHERE delivered_on IS NOT NULL
  AND strftime('%Y', ordered_at) = '2024'
GROUP BY carrier
ORDER BY average_days DESC;

-- Cancellation rate of orders by channel, in percent
SELECT channel, ROUND(100.0 * SUM(status = 'canceled') / COUNT(*), 1) AS cancellation_rate
FROM orders
GROUP BY channel
ORDER BY cancellation_rate DESC;

-- Refund rate by payment method in percent
SELECT payment_method, ROUND(100.0 * SUM(status = 'refunded') / COUNT(*), 1) AS refund_rate
FROM orders
GROUP BY payment_method
ORDER BY refund_rate DESC;

-- Open tickets by topic
SELECT topic, COUNT(*) AS tickets
FROM tickets
WHERE closed_at IS NULL
GROUP BY topic
ORDER BY tickets DESC, topic;

-- Average hours until a ticket is closed, by employee
SELECT e.name, ROUND(AVG(julianday(t.closed_at) - julianday(t.opened_at)) * 24, 1) AS average_hours
FROM tickets AS t
JOIN employees AS e ON e.employee_id = t.employee_id
WHERE t.closed_at IS NOT NULL
GROUP BY e.name
ORDER BY average_hours DESC;

-- How many tickets do we get per 100 orders in each channel?
SELECT o.channel, ROUND(100.0 * COUNT(t.ticket_id) / COUNT(DISTINCT o.order_id), 1) AS tickets_per_100
FROM orders AS o
LEFT JOIN tickets AS t ON t.order_id = o.order_id
GROUP BY o.channel
ORDER BY tickets_per_100 DESC;

-- Late orders of the last 60 days before the as-of date where the customer has not complained: order, customer, ordered on
SELECT o.order_id, c.name, date(o.ordered_at) AS ordered_on
FROM orders AS o
JOIN customers AS c ON c.customer_id = o.customer_id
LEFT JOIN tickets AS t ON t.order_id = o.order_id
WHERE julianday(o.shipped_on) - julianday(date(o.ordered_at)) > 3
  AND o.ordered_at >= date('2025-06-30', '-60 days')
  AND t.ticket_id IS NULL
ORDER BY o.order_id;
