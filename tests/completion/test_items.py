"""Instant items: tables after FROM, joins after JOIN, conditions after ON, columns of what is visible."""

from collections.abc import Callable

import pytest

from understudy_knowledge.catalog.model import Catalog, Column, Table
from understudy_server.completion.items import items, word_length
from understudy_server.context.extract import extract
from understudy_server.context.query_context import QueryContext
from understudy_server.context.text.document import Document

Labels = list[str]


def at(marked: str, catalog: Catalog) -> QueryContext:
    """The context at `|`."""
    before, _, after = marked.partition("|")
    found = extract(Document("a.sql", before + after), len(before.encode()), language="sql", catalog=catalog)
    assert found is not None
    return found


def labels(marked: str, catalog: Catalog) -> Labels:
    return [item.label for item in items(at(marked, catalog), catalog) if item.kind != "function"]


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


def kinds(context: QueryContext, catalog: Catalog) -> dict[str, str]:
    return {item.label: item.detail for item in items(context, catalog) if item.kind != "function"}


def test_a_relation_says_what_it_is(shop: Catalog) -> None:
    found = kinds(at("WITH big AS (SELECT 1 AS n) SELECT | FROM big, (SELECT 2 AS m) AS d", shop), shop)
    assert found == {"n": "big, common table expression", "m": "d, subquery"}
    source = 'import duckdb\nimport pandas as pd\nsales = pd.DataFrame({"day": [1]})\nduckdb.sql("SELECT * FROM |")'
    before, _, after = source.partition("|")
    document = Document("a.py", before + after)
    context = extract(document, len(before), language="python", catalog=shop)
    assert context is not None
    assert kinds(context, shop)["sales"] == "DataFrame"


def test_names_that_the_query_gives_are_offered_where_they_count(shop: Catalog) -> None:
    query = "SELECT city, COUNT(*) AS buyers FROM customers GROUP BY city ORDER BY |"
    assert kinds(at(query, shop), shop)["buyers"] == "named in this query"
    assert labels(query, shop).count("city") == 1
    assert "buyers" not in labels("SELECT COUNT(*) AS buyers, | FROM customers", shop)
    assert labels("SELECT name AS n FROM customers UNION SELECT city FROM customers ORDER BY |", shop) == [
        "n"
    ]


def test_columns_of_a_table_of_the_file_have_their_types(shop: Catalog) -> None:
    context = at("CREATE TABLE recent (day DATE, cents INT);\nSELECT | FROM recent", shop)
    assert kinds(context, shop) == {"day": "recent: DATE", "cents": "recent: INT"}


def test_tables_that_the_file_makes_above_stand_after_from(shop: Catalog) -> None:
    made = "CREATE TABLE recent (day DATE);\nCREATE VIEW gone AS SELECT 1;\nDROP VIEW gone;\n"
    found = kinds(at(f"{made}SELECT * FROM |;\nCREATE TABLE later (a INT);", shop), shop)
    assert found["recent"] == "table of this file"
    assert not {"gone", "later"} & set(found)


def test_a_comparison_gets_the_values_that_the_column_was_seen_to_have() -> None:
    city = Column("city", "TEXT", samples=("Lyon", "L'Isle"))
    catalog = Catalog((Table("customers", (city, Column("rank", "INTEGER", samples=(3, 1)))),))
    for marked in (
        "SELECT 1 FROM customers AS c WHERE c.city = |",
        "SELECT 1 FROM customers WHERE city = Ly|",
        "SELECT 1 FROM customers WHERE city NOT IN ('Graz', |)",
    ):
        assert labels(marked, catalog)[:2] == ["'Lyon'", "'L''Isle'"]
    assert labels("SELECT 1 FROM customers WHERE rank <> |", catalog)[:2] == ["3", "1"]
    assert labels("SELECT 1 FROM customers WHERE city > |", catalog)[0] == "city"


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        ("SELECT 1 FROM shops WHERE city = '|", {"New York": "New York'", "L'Isle": "L''Isle'"}),
        ("SELECT 1 FROM shops AS s WHERE s.city = '|'", {"New York": "New York", "L'Isle": "L''Isle"}),
        ("SELECT 1 FROM shops WHERE city IN ('L''Isle', 'new y|", {"New York": "York'"}),
        ("SELECT 1 FROM shops WHERE city = 'Graz|'", {}),
        ("SELECT 1 FROM shops WHERE note LIKE '|", {}),
        ("SELECT '|", {}),
    ],
)
def test_inside_quotes_there_are_the_values_of_what_is_compared_and_nothing_else(
    marked: str, expected: dict[str, str]
) -> None:
    city = Column("city", "TEXT", samples=("New York", "L'Isle"))
    catalog = Catalog((Table("shops", (city, Column("note", "TEXT", samples=("old",)))),))
    assert {item.label: item.text for item in items(at(marked, catalog), catalog)} == expected


def test_a_condition_goes_on_where_the_name_of_either_side_is_written(shop: Catalog) -> None:
    query = "SELECT 1 FROM orders AS o JOIN customers AS c ON {}.|"
    assert labels(query.format("c"), shop)[0] == "customer_id = o.customer_id"
    assert labels(query.format("o"), shop)[0] == "customer_id = c.customer_id"
    assert " = " not in labels("SELECT 1 FROM orders AS o JOIN customers AS c ON 1 AND c.|", shop)[0]


def test_functions_of_the_dialect_come_last(shop: Catalog) -> None:
    found = items(at("SELECT | FROM customers", shop), shop)
    assert found[0].label == "customer_id"
    assert ("COUNT()", "COUNT(") in {(item.label, item.text) for item in found if item.kind == "function"}
    assert found[-1].rank == max(item.rank for item in found) == 3
    assert "COUNT()" not in labels("SELECT c.| FROM customers AS c", shop)
