CREATE TABLE orders (order_id INT, customer_id INT, total INT, ordered_on DATE, status TEXT);
CREATE TABLE customers (customer_id INT, name TEXT, city TEXT, country_id INT);
CREATE TABLE countries (country_id INT, country_name TEXT);
CREATE TABLE order_items (order_id INT, product_id INT, quantity INT, price INT);
CREATE TABLE products (product_id INT, product_name TEXT, category TEXT);
CREATE TABLE employees (employee_id INT, manager_id INT, employee_name TEXT, salary INT, department TEXT);
CREATE TABLE events (event_id INT, user_id INT, kind TEXT, payload TEXT, happened_at DATE, tags TEXT);
CREATE TABLE staging_orders (order_id INT, total INT, status TEXT);
