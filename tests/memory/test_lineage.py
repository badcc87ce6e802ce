"""Lineage names what a statement touches, and leaves out what is uncertain."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy_knowledge.catalog import Catalog, Column, Table
from understudy_knowledge.memory.lineage import lineage

CATALOG = Catalog(
    (
        Table("Customers", (Column("id"), Column("name"), Column("city"))),
        Table("orders", (Column("id"), Column("customer_id"), Column("placed_at"))),
    )
)


@pytest.mark.parametrize(
    ("sql", "tables", "columns"),
    [
        (
            "SELECT c.name, COUNT(*) FROM customers c JOIN orders o ON c.id = o.customer_id WHERE placed_at > 3",
            ("customers", "orders"),
            ("customers.id", "customers.name", "orders.customer_id", "orders.placed_at"),
        ),
        ("SELECT * FROM orders", ("orders",), ("orders.customer_id", "orders.id", "orders.placed_at")),
        ("SELECT COUNT(*) FROM orders", ("orders",), ()),
        (
            "WITH q AS (SELECT id AS i FROM orders) SELECT i, name FROM q, customers",
            ("customers", "orders"),
            ("customers.name", "orders.id"),
        ),
        (
            "SELECT name FROM customers c WHERE EXISTS (SELECT 1 FROM orders WHERE customer_id = c.id)",
            ("customers", "orders"),
            ("customers.id", "customers.name", "orders.customer_id"),
        ),
        ("UPDATE customers SET name = 'a' WHERE id = 3", ("customers",), ("customers.id", "customers.name")),
        ("SELECT name FROM customers WHERE (", ("customers",), ("customers.name",)),
        ("SELECT x FROM unknown_table", ("unknown_table",), ()),
        ("", (), ()),
    ],
)
def test_lineage_of(sql: str, tables: tuple[str, ...], columns: tuple[str, ...]) -> None:
    found = lineage(sql, CATALOG, "sqlite")
    assert found.tables == tables
    assert found.columns == columns


@given(st.text(max_size=100))
@settings(max_examples=100, deadline=None)
def test_any_text_has_a_lineage(text: str) -> None:
    found = lineage(text, CATALOG, "sqlite")
    assert found.tables == tuple(sorted(set(found.tables)))


def test_a_large_catalog_does_not_slow_a_small_statement() -> None:
    wide = Catalog(tuple(Table(f"t{i}", tuple(Column(f"c{j}") for j in range(20))) for i in range(3_000)))
    lineage("SELECT c1 FROM t1", wide, "sqlite")
    start = time.perf_counter()
    assert lineage("SELECT c1 FROM t2999", wide, "sqlite").columns == ("t2999.c1",)
    assert time.perf_counter() - start < 0.1
