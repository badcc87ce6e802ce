"""How texts read, whatever stands around them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy_server.context.sql.look import begins_firm_clause, look_at

STATEMENTS = """
SELECT 1
select count(*) from t
select name, total from orders
select distinct name as n from orders o where paid
select name from orders order by name
delete from orders where paid
SELECT DISTINCT a FROM t
(SELECT 1) OFFSET 1
SELECT @@version
SELECT c1:['price'] FROM t
Select * From t
WITH RECURSIVE n(i) AS (SELECT 1)
with a as (select 1) select * from a
INSERT OR IGNORE INTO t VALUES (1)
insert into t (a) values (1)
UPDATE t SET a = 1
UPDATE users INNER JOIN addresses ON users.id = addresses.user_id SET users.name = 'x'
DELETE FROM t WHERE a = 1
CREATE OR REPLACE TEMP TABLE x AS SELECT 1
create table t (a int)
DROP TABLE IF EXISTS t
ALTER TABLE t RENAME TO u
PRAGMA table_info(t)
COPY _table_ FROM STDIN
GRANT SELECT ON t TO u
SET SESSION CHARACTERISTICS AS TRANSACTION
EXPLAIN SELECT 1
VALUES (1, 2)
"""
PARTS = """
a IS NOT NULL AND b = :b
CASE WHEN x > 0 THEN x ELSE 0 END
nodes JOIN nodes AS n ON nodes.id = n.parent_id
rowid in (select rowid from t where a = :p0)
(a > :p0 or (a = :p0 and b > :p1))
CAST(x AS INTEGER)
MAX(a) OVER (ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)
"""
OTHERS = """
Select a file from the list.
Select the rows
select an option from drop down
select files from list to start
select from orders
update the index if it is old
Create a table for each user
Insert the card
with all of them
values must be a list
Delete the given row from the table
use just one of these
Set the default value
drop x is cascading to y
x and y
df.a == 1 and b > 2
INSERT
the SELECT clause must not be empty
<select name="x">
\\d+ AND|OR (?:a = 1)
NOT NULL
Variance(F(a), filter=(AND: ('a', 1)))
Column(s) missing: a and b
"""


@pytest.mark.parametrize("text", STATEMENTS.strip().splitlines())
def test_a_statement(text: str) -> None:
    assert look_at(text.encode()) == "statement"


@pytest.mark.parametrize("text", PARTS.strip().splitlines())
def test_a_part_of_one(text: str) -> None:
    assert look_at(text.encode()) == "part"


@pytest.mark.parametrize("text", OTHERS.strip().splitlines())
def test_something_else(text: str) -> None:
    assert look_at(text.encode()) in ("none", "begun")


@pytest.mark.parametrize("text", ["SELECT", "SEL", "select ", "WITH ", "INSERT INTO"])
def test_the_beginning_of_a_statement(text: str) -> None:
    assert look_at(text.encode()) == "begun"


@pytest.mark.parametrize(
    ("text", "firm"),
    [
        (" WHERE a = 1", True),
        ("order by _x_", True),
        ("LIMIT 5", True),
        ("JOIN LATERAL", False),
        ("where it was found", False),
        ("and so on", False),
    ],
)
def test_a_clause_that_hardly_begins_the_rest_of_a_sentence(text: str, firm: bool) -> None:
    assert begins_firm_clause(text.encode()) is firm


@given(st.binary(max_size=300))
def test_any_bytes_read_as_something(text: bytes) -> None:
    assert look_at(text) in ("statement", "begun", "part", "empty", "none")
    begins_firm_clause(text)


def test_a_long_list_of_plain_words_is_read_up_to_what_it_is_from() -> None:
    names = ",\n    ".join(("city", "amount", "name") * 30)
    assert look_at(f"select\n    {names}\nfrom orders o".encode()) == "statement"
    assert look_at(f"select\n    {names}\nand so on".encode()) == "begun"
