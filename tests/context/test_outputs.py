"""What a query yields, by name."""

import pytest

from understudy_knowledge.catalog import Catalog, Column, Table
from understudy_server.context.sql.outputs import output_columns

CATALOG = Catalog(
    (
        Table("orders", (Column("order_id"), Column("customer_id"), Column("total"))),
        Table("customers", (Column("customer_id"), Column("name"))),
    )
)


@pytest.mark.parametrize(
    ("sql", "names"),
    [
        ("SELECT name, total AS t, total * 2 twice FROM orders", ("name", "t", "twice")),
        ("SELECT * FROM orders", ("order_id", "customer_id", "total")),
        ("SELECT o.*, name FROM orders o, customers", ("order_id", "customer_id", "total", "name")),
        ("SELECT name FROM customers UNION SELECT 1", ("name",)),
        ("WITH t AS (SELECT name AS n FROM customers) SELECT * FROM t", ("n",)),
        ("SELECT count(*), max(total) AS top FROM orders", ("top",)),
        ("SELECT * FROM nowhere", None),
        ("", None),
        ("DROP TABLE orders", None),
        ("CREATE TEMP TABLE t AS SELECT 1 AS one; SELECT name FROM customers;", ("name",)),
    ],
)
def test_names_are_known_or_said_not_to_be(sql: str, names: tuple[str, ...] | None) -> None:
    assert output_columns(sql.encode(), CATALOG) == names
