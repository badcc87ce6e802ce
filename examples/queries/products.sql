-- Products, flavors and margin. Gross margin is net revenue minus what the lots cost; it exists for coffee only.

-- Units sold by product category in 2024
SELECT p.category, SUM(l.quantity) AS units
FROM order_lines AS l
JOIN orders AS o ON o.order_id = l.order_id
JOIN products AS p ON p.product_id = l.product_id
WHERE o.status NOT IN ('canceled', 'refunded')
  AND strftime('%Y', o.ordered_at) = '2024'
GROUP BY p.category
ORDER BY units DESC;

-- Units of coffee sold by country of the producer
SELECT pr.country, SUM(l.quantity) AS units
FROM order_lines AS l
JOIN orders AS o ON o.order_id = l.order_id
JOIN lots AS lt ON lt.lot_id = l.lot_id
JOIN producers AS pr ON pr.producer_id = lt.producer_id
WHERE o.status NOT IN ('canceled', 'refunded')
GROUP BY pr.country
ORDER BY units DESC;

-- Top 5 equipment and merch products by units sold since 2024
SELECT p.name, SUM(l.quantity) AS units
FROM order_lines AS l
JOIN orders AS o ON o.order_id = l.order_id
JOIN products AS p ON p.product_id = l.product_id
WHERE o.status NOT IN ('canceled', 'refunded')
  AND p.category IN ('equipment', 'merch')
  AND o.ordered_at >= '2024-01-01'
GROUP BY p.name
ORDER BY units DESC
LIMIT 5;

-- Gross margin by product category in 2024
SELECT p.category,
       ROUND(SUM(l.quantity * l.unit_price_cents - l.discount_cents - l.quantity * lt.cost_cents_per_bag) / 100.0, 2)
           AS gross_margin
FROM order_lines AS l
JOIN orders AS o ON o.order_id = l.order_id
JOIN products AS p ON p.product_id = l.product_id
JOIN lots AS lt ON lt.lot_id = l.lot_id
WHERE o.status NOT IN ('canceled', 'refunded')
  AND strftime('%Y', o.ordered_at) = '2024'
GROUP BY p.category
ORDER BY gross_margin DESC;

-- The 5 coffees with the lowest gross margin in percent of net revenue, all time
SELECT p.name,
       ROUND(100.0 * SUM(l.quantity * l.unit_price_cents - l.discount_cents - l.quantity * lt.cost_cents_per_bag)
             / SUM(l.quantity * l.unit_price_cents - l.discount_cents), 1) AS margin_pct
FROM order_lines AS l
JOIN orders AS o ON o.order_id = l.order_id
JOIN products AS p ON p.product_id = l.product_id
JOIN lots AS lt ON lt.lot_id = l.lot_id
WHERE o.status NOT IN ('canceled', 'refunded')
GROUP BY p.name
ORDER BY margin_pct
LIMIT 5;

-- How many coffees carry a note of each flavor family?
SELECT f.family, COUNT(DISTINCT pf.product_id) AS coffees
FROM flavor_notes AS f
JOIN product_flavors AS pf ON pf.flavor_id = f.flavor_id
GROUP BY f.family
ORDER BY coffees DESC;

-- Which coffees taste of both caramel and dark chocolate?
SELECT p.name
FROM products AS p
JOIN product_flavors AS pf ON pf.product_id = p.product_id
JOIN flavor_notes AS f ON f.flavor_id = pf.flavor_id
WHERE f.name IN ('caramel', 'dark chocolate')
GROUP BY p.product_id
HAVING COUNT(DISTINCT f.name) = 2
ORDER BY p.name;

-- Flavor notes that are on no bag at all
SELECT name
FROM flavor_notes
WHERE flavor_id NOT IN (SELECT flavor_id FROM product_flavors)
ORDER BY name;

-- Products nobody ever ordered
SELECT p.name
FROM products AS p
LEFT JOIN order_lines AS l ON l.product_id = p.product_id
WHERE l.order_line_id IS NULL
ORDER BY p.name;

-- Which pairs of products were in the same web order at least 75 times? Both names and the number of orders
SELECT a.name AS product, b.name AS other_product, COUNT(DISTINCT la.order_id) AS orders
FROM order_lines AS la
JOIN order_lines AS lb ON lb.order_id = la.order_id AND lb.product_id > la.product_id
JOIN orders AS o ON o.order_id = la.order_id
JOIN products AS a ON a.product_id = la.product_id
JOIN products AS b ON b.product_id = lb.product_id
WHERE o.status NOT IN ('canceled', 'refunded')
  AND o.channel = 'web'
GROUP BY a.product_id, b.product_id
HAVING orders >= 75
ORDER BY orders DESC;

-- Current products that cost more than the average current product of their category: name, category, price in dollars
SELECT p.name, p.category, p.list_price_cents / 100.0 AS price
FROM products AS p
WHERE p.discontinued_on IS NULL
  AND p.list_price_cents > (
      SELECT AVG(other.list_price_cents)
      FROM products AS other
      WHERE other.category = p.category AND other.discontinued_on IS NULL
  )
ORDER BY p.category, price DESC, p.name;

-- Units per roast level for the years 2022 to 2025, one column per year
SELECT p.roast_level,
       SUM(CASE WHEN strftime('%Y', o.ordered_at) = '2022' THEN l.quantity ELSE 0 END) AS units_2022,
       SUM(CASE WHEN strftime('%Y', o.ordered_at) = '2023' THEN l.quantity ELSE 0 END) AS units_2023,
       SUM(CASE WHEN strftime('%Y', o.ordered_at) = '2024' THEN l.quantity ELSE 0 END) AS units_2024,
       SUM(CASE WHEN strftime('%Y', o.ordered_at) = '2025' THEN l.quantity ELSE 0 END) AS units_2025
FROM order_lines AS l
JOIN orders AS o ON o.order_id = l.order_id
JOIN products AS p ON p.product_id = l.product_id
WHERE o.status NOT IN ('canceled', 'refunded')
  AND p.roast_level IS NOT NULL
GROUP BY p.roast_level
ORDER BY p.roast_level;
