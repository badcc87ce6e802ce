"""Instant items: tables after FROM, joins after JOIN, conditions after ON, columns of what is visible."""

from collections.abc import Callable

from understudy_knowledge.catalog.model import Catalog, Column, Table
from understudy_server.completion.items import items, word_length
from understudy_server.context.document import Document
from understudy_server.context.extract import extract
from understudy_server.context.query_context import QueryContext

Labels = list[str]


def at(marked: str, catalog: Catalog) -> QueryContext:
    """The context at `|`."""
    before, _, after = marked.partition("|")
    found = extract(Document("a.sql", before + after), len(before.encode()), language="sql", catalog=catalog)
    assert found is not None
    return found


def labels(marked: str, catalog: Catalog) -> Labels:
    return [item.label for item in items(at(marked, catalog), catalog)]


def test_tables_stand_after_from(shop: Catalog) -> None:
    assert labels("SELECT * FROM |", shop) == ["customers", "orders", "order_lines"]


def test_a_half_written_table_still_gets_tables(shop: Catalog) -> None:
    assert labels("SELECT * FROM cus|", shop) == ["customers", "orders", "order_lines"]
    assert word_length(at("SELECT * FROM cus|", shop)) == 3


def test_a_qualifier_gets_the_columns_of_its_relation(shop: Catalog) -> None:
    assert labels("SELECT c.| FROM customers AS c", shop) == ["customer_id", "name", "city"]
    assert labels("SELECT c.na| FROM customers AS c", shop) == ["customer_id", "name", "city"]


def test_an_unknown_qualifier_gets_nothing(shop: Catalog) -> None:
    assert labels("SELECT z.| FROM customers AS c", shop) == []


def test_a_column_of_two_relations_is_qualified(shop: Catalog) -> None:
    found = labels("SELECT | FROM customers AS c JOIN orders AS o ON o.customer_id = c.customer_id", shop)
    assert "c.customer_id" in found
    assert "o.customer_id" in found
    assert "customer_id" not in found
    assert "total_cents" in found


def test_a_join_follows_the_keys_both_ways(shop: Catalog) -> None:
    found = labels("SELECT * FROM orders AS o JOIN |", shop)
    assert "customers ON o.customer_id = customers.customer_id" in found
    assert "order_lines ON order_lines.order_id = o.order_id" in found


def test_on_gets_the_condition_first(shop: Catalog) -> None:
    found = labels("SELECT * FROM orders AS o JOIN customers AS c ON |", shop)
    assert found[0] == "o.customer_id = c.customer_id"


def test_before_from_every_column_may_be_meant(shop: Catalog) -> None:
    assert {"name", "total_cents", "quantity"} <= set(labels("SELECT |", shop))


def test_a_column_says_its_type_its_key_and_some_values(shop: Catalog) -> None:
    found = {item.label: item for item in items(at("SELECT | FROM customers", shop), shop)}
    assert found["city"].detail == "customers: TEXT"
    assert "'Lyon', 'Graz'" in found["city"].documentation
    orders = {item.label: item for item in items(at("SELECT | FROM orders", shop), shop)}
    assert orders["customer_id"].detail.endswith("→ customers.customer_id")


def test_a_name_that_needs_quotes_gets_them(make_context: Callable[..., QueryContext]) -> None:
    odd = Catalog((Table('my "odd" table', (Column("a b"),)),))
    (item,) = items(make_context("SELECT * FROM ", clause="from"), odd)
    assert item.text == '"my ""odd"" table"'


def test_a_cte_is_a_table_too(shop: Catalog) -> None:
    assert "big" in labels("WITH big AS (SELECT customer_id FROM orders) SELECT * FROM |", shop)
