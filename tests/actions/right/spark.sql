SELECT name, x FROM customers LATERAL VIEW explode(split(city, ',')) t AS x;

SELECT name, pos, col FROM customers LATERAL VIEW posexplode(split(city, ',')) t;

SELECT transform(array(1), y -> y + 1), name FROM customers DISTRIBUTE BY city SORT BY name;
