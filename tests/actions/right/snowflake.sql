CREATE TABLE db.s.recent (a INT);
SELECT a FROM recent;

CREATE OR REPLACE TRANSIENT TABLE recent (a INT);
SELECT a FROM recent;

CREATE OR REPLACE DYNAMIC TABLE recent TARGET_LAG = '1 minute' AS SELECT order_id FROM orders;
SELECT order_id FROM recent;

CREATE TABLE recent CLONE orders;
SELECT order_id FROM recent;

SELECT f.value:a::string, f.index FROM customers, LATERAL FLATTEN(input => PARSE_JSON(name)) AS f;

SELECT $1, t.$2, metadata$filename FROM @stage/x AS t;

SELECT name AS n, n || 'x' AS m FROM customers WHERE n = 'a' QUALIFY ROW_NUMBER() OVER (ORDER BY m) = 1;

SELECT * FROM orders SAMPLE (10) WHERE total_cents > 1;

SELECT * FROM TABLE(RESULT_SCAN(LAST_QUERY_ID())) WHERE x = 1;

SELECT name, LEVEL FROM customers START WITH name = 'a' CONNECT BY PRIOR customer_id = city;

SELECT CURRENT_DATE, 1 AS one FROM dual;
