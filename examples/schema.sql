-- Lantern Street Coffee: the tables behind the shop, the subscriptions and the wholesale business.
-- Dates are ISO text: YYYY-MM-DD in columns named *_on, YYYY-MM-DD HH:MM:SS in columns named *_at.
-- Money is integer US cents in columns named *_cents.

CREATE TABLE employees (
    employee_id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    role TEXT NOT NULL,                 -- 'roaster', 'support', 'sales', 'fulfillment' or 'management'
    manager_id INTEGER REFERENCES employees (employee_id),  -- NULL for the two founders
    hired_on TEXT NOT NULL,
    left_on TEXT                        -- NULL while employed
);

-- Farms and cooperatives we buy green coffee from.
CREATE TABLE producers (
    producer_id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,                 -- 'farm', 'cooperative' or 'washing station'
    country TEXT NOT NULL,
    altitude_m INTEGER,                 -- NULL when the producer never told us
    partner_since TEXT NOT NULL         -- date of the first contract
);

CREATE TABLE products (
    product_id INTEGER PRIMARY KEY,
    sku TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    category TEXT NOT NULL,             -- 'single origin', 'blend', 'espresso', 'decaf', 'equipment' or 'merch'
    roast_level TEXT,                   -- 'light', 'medium' or 'dark'; NULL for equipment and merch
    weight_grams INTEGER,               -- weight of one bag; NULL for equipment and merch
    list_price_cents INTEGER NOT NULL,  -- today's retail price
    launched_on TEXT NOT NULL,
    discontinued_on TEXT                -- NULL while we still sell it
);

CREATE TABLE flavor_notes (
    flavor_id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,          -- as printed on the bag, e.g. 'blueberry'
    family TEXT NOT NULL                -- 'fruit', 'floral', 'sweet', 'nutty' or 'spice'
);

-- Which flavor notes are printed on which coffee.
CREATE TABLE product_flavors (
    product_id INTEGER NOT NULL REFERENCES products (product_id),
    flavor_id INTEGER NOT NULL REFERENCES flavor_notes (flavor_id),
    PRIMARY KEY (product_id, flavor_id)
);

-- One roast of one coffee.
CREATE TABLE lots (
    lot_id INTEGER PRIMARY KEY,
    product_id INTEGER NOT NULL REFERENCES products (product_id),
    producer_id INTEGER REFERENCES producers (producer_id),   -- NULL for blends of several producers
    roaster_id INTEGER NOT NULL REFERENCES employees (employee_id),
    roasted_on TEXT NOT NULL,
    bags_roasted INTEGER NOT NULL,
    bags_left INTEGER NOT NULL,         -- counted on the as-of date
    cost_cents_per_bag INTEGER NOT NULL,  -- green coffee, labor and packaging
    cupping_score REAL                  -- 0 to 100; NULL when the lot was not cupped
);

CREATE TABLE customers (
    customer_id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    email TEXT,                         -- NULL for walk-ins and after deletion
    segment TEXT NOT NULL,              -- 'retail' or 'wholesale'
    country TEXT NOT NULL,
    region TEXT,                        -- US state or Canadian province; NULL elsewhere
    acquisition_source TEXT,            -- 'organic', 'search', 'social', 'podcast' or 'referral'; NULL when unknown
    referred_by INTEGER REFERENCES customers (customer_id),
    joined_on TEXT NOT NULL,
    marketing_opt_in INTEGER NOT NULL,  -- 1 or 0
    deleted_at TEXT                     -- soft delete: the account is closed, its orders stay
);

CREATE TABLE plans (
    plan_id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    bags_per_shipment INTEGER NOT NULL,
    price_cents INTEGER NOT NULL        -- per shipment, shipping included
);

CREATE TABLE subscriptions (
    subscription_id INTEGER PRIMARY KEY,
    customer_id INTEGER NOT NULL REFERENCES customers (customer_id),
    plan_id INTEGER NOT NULL REFERENCES plans (plan_id),
    product_id INTEGER REFERENCES products (product_id),  -- NULL means roaster's choice
    cadence_days INTEGER NOT NULL,      -- days between shipments: 14, 28 or 42
    started_on TEXT NOT NULL,
    paused INTEGER NOT NULL,            -- 1 while on hold
    canceled_on TEXT,
    cancel_reason TEXT                  -- NULL when running, or when the customer did not say
);

CREATE TABLE campaigns (
    campaign_id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    medium TEXT NOT NULL,               -- 'email', 'social', 'search' or 'podcast'
    starts_on TEXT NOT NULL,
    ends_on TEXT,                       -- NULL for campaigns that never end
    budget_cents INTEGER NOT NULL,
    discount_pct INTEGER                -- NULL when there was no offer
);

-- Who got which email campaign, and what they did with it.
CREATE TABLE campaign_sends (
    campaign_id INTEGER NOT NULL REFERENCES campaigns (campaign_id),
    customer_id INTEGER NOT NULL REFERENCES customers (customer_id),
    sent_at TEXT NOT NULL,
    opened_at TEXT,
    clicked_at TEXT,
    PRIMARY KEY (campaign_id, customer_id)
);

CREATE TABLE orders (
    order_id INTEGER PRIMARY KEY,
    customer_id INTEGER NOT NULL REFERENCES customers (customer_id),
    subscription_id INTEGER REFERENCES subscriptions (subscription_id),  -- set when channel = 'subscription'
    campaign_id INTEGER REFERENCES campaigns (campaign_id),              -- campaign the order is credited to
    sales_rep_id INTEGER REFERENCES employees (employee_id),             -- set when channel = 'wholesale'
    channel TEXT NOT NULL,              -- 'web', 'subscription', 'wholesale', 'cafe' or 'marketplace'
    status TEXT NOT NULL,               -- 'placed', 'packed', 'shipped', 'delivered', 'canceled' or 'refunded'
    payment_method TEXT NOT NULL,       -- 'card', 'paypal', 'invoice' or 'cash'
    ordered_at TEXT NOT NULL,
    shipped_on TEXT,                    -- NULL before shipping, and for everything sold over the counter
    delivered_on TEXT,                  -- NULL when the carrier did not report it
    carrier TEXT,
    shipping_cents INTEGER NOT NULL     -- what the customer paid for shipping
);

CREATE TABLE order_lines (
    order_line_id INTEGER PRIMARY KEY,
    order_id INTEGER NOT NULL REFERENCES orders (order_id),
    product_id INTEGER NOT NULL REFERENCES products (product_id),
    lot_id INTEGER REFERENCES lots (lot_id),  -- NULL for equipment and merch
    quantity INTEGER NOT NULL,
    unit_price_cents INTEGER NOT NULL,
    discount_cents INTEGER NOT NULL     -- off the whole line, not per unit
);

CREATE TABLE tickets (
    ticket_id INTEGER PRIMARY KEY,
    customer_id INTEGER NOT NULL REFERENCES customers (customer_id),
    order_id INTEGER REFERENCES orders (order_id),          -- NULL when not about an order
    employee_id INTEGER REFERENCES employees (employee_id),  -- NULL until someone takes it
    topic TEXT NOT NULL,                -- 'late', 'damaged', 'wrong item', 'billing', 'subscription' or 'question'
    priority INTEGER NOT NULL,          -- 1 urgent, 2 normal, 3 can wait
    opened_at TEXT NOT NULL,
    closed_at TEXT,                     -- NULL while open
    satisfaction INTEGER                -- 1 to 5; NULL when the customer did not rate us
);

CREATE INDEX idx_orders_customer ON orders (customer_id);
CREATE INDEX idx_order_lines_order ON order_lines (order_id);
