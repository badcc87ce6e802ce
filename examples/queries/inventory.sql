-- Lots and stock as counted on the as-of date, 2025-06-30. A lot is fresh when it was roasted less than 21 days before.

-- Fresh lots with bags left: product, roast date and bags left, newest first
SELECT p.name, lt.roasted_on, lt.bags_left
FROM lots AS lt
JOIN products AS p ON p.product_id = lt.product_id
WHERE julianday('2025-06-30') - julianday(lt.roasted_on) < 21
  AND lt.bags_left > 0
ORDER BY lt.roasted_on DESC, p.name;

-- Fresh bags left by product
SELECT p.name, SUM(lt.bags_left) AS bags_left
FROM lots AS lt
JOIN products AS p ON p.product_id = lt.product_id
WHERE julianday('2025-06-30') - julianday(lt.roasted_on) < 21
GROUP BY p.name
ORDER BY bags_left DESC, p.name;

-- Fresh bags left by product category
SELECT p.category, SUM(lt.bags_left) AS bags_left
FROM lots AS lt
JOIN products AS p ON p.product_id = lt.product_id
WHERE julianday('2025-06-30') - julianday(lt.roasted_on) < 21
GROUP BY p.category
ORDER BY bags_left DESC;

-- How many bags are left in lots that are no longer fresh, by product? Only where there are any.
SELECT p.name, SUM(lt.bags_left) AS bags_left
FROM lots AS lt
JOIN products AS p ON p.product_id = lt.product_id
WHERE julianday('2025-06-30') - julianday(lt.roasted_on) >= 21
  AND lt.bags_left > 0
GROUP BY p.name
ORDER BY bags_left DESC, p.name;

-- Which current coffees have no fresh lot?
SELECT p.name
FROM products AS p
WHERE p.discontinued_on IS NULL
  AND p.roast_level IS NOT NULL
  AND NOT EXISTS (
      SELECT 1
      FROM lots AS lt
      WHERE lt.product_id = p.product_id
        AND julianday('2025-06-30') - julianday(lt.roasted_on) < 21
  )
ORDER BY p.name;

-- What are the bags we still have worth at cost, by category?
SELECT p.category, ROUND(SUM(lt.bags_left * lt.cost_cents_per_bag) / 100.0, 2) AS stock_value
FROM lots AS lt
JOIN products AS p ON p.product_id = lt.product_id
GROUP BY p.category
ORDER BY stock_value DESC;

-- Average cupping score by producer
SELECT pr.name, ROUND(AVG(lt.cupping_score), 2) AS average_score
FROM lots AS lt
JOIN producers AS pr ON pr.producer_id = lt.producer_id
WHERE lt.cupping_score IS NOT NULL
GROUP BY pr.name
ORDER BY average_score DESC;

-- Bags roasted by month in 2024
SELECT strftime('%Y-%m', roasted_on) AS month, SUM(bags_roasted) AS bags
FROM lots
WHERE strftime('%Y', roasted_on) = '2024'
GROUP BY month
ORDER BY month;

-- What percentage of the lots of each category was never cupped?
SELECT p.category, ROUND(100.0 * SUM(lt.cupping_score IS NULL) / COUNT(*), 1) AS uncupped_pct
FROM lots AS lt
JOIN products AS p ON p.product_id = lt.product_id
GROUP BY p.category
ORDER BY uncupped_pct DESC;

-- The latest lot of every current coffee: product, roast date, cupping score, oldest first
SELECT p.name, lt.roasted_on, lt.cupping_score
FROM products AS p
JOIN lots AS lt ON lt.product_id = p.product_id
WHERE p.discontinued_on IS NULL
  AND lt.roasted_on = (SELECT MAX(other.roasted_on) FROM lots AS other WHERE other.product_id = p.product_id)
ORDER BY lt.roasted_on, p.name;

-- Which producers have never sold us anything that became a lot?
SELECT pr.name, pr.country
FROM producers AS pr
LEFT JOIN lots AS lt ON lt.producer_id = pr.producer_id
WHERE lt.lot_id IS NULL
ORDER BY pr.name;
