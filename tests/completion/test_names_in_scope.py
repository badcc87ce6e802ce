"""Names are judged in their scope, against the file's own tables and frames as much as the catalog's."""

from typing import Any, Literal

import pytest
import sqlglot

from understudy_knowledge.catalog.model import Catalog, Column, Table
from understudy_server.completion.schema_check import verify
from understudy_server.completion.unknown_names import unknown_names
from understudy_server.context.extract import extract
from understudy_server.context.text.document import Document


def unknown(sql: str, catalog: Catalog, dialect: str = "sqlite") -> list[str]:
    tree: Any = sqlglot.parse_one(sql, read=dialect)
    found = unknown_names(tree, sql, catalog, dialect=dialect)
    return [sql[name.start : name.end] for name in sorted(found, key=lambda name: name.start)]


@pytest.mark.parametrize(
    ("sql", "names"),
    [
        # A derived table does not see the query around it; a subquery of an expression does.
        ("SELECT c.name FROM customers AS c, (SELECT c.city FROM orders AS o) AS d", ["c"]),
        ("SELECT name FROM customers AS c, (SELECT city FROM orders AS o) AS d", ["city"]),
        ("SELECT name FROM customers WHERE EXISTS (SELECT 1 FROM orders WHERE total_cents > city)", []),
        ("SELECT name FROM customers AS c WHERE 1 IN (SELECT o.order_id FROM orders AS o WHERE c.city = 'x')", []),
        # What a CTE or a subquery names inside is not seen outside.
        ("WITH a AS (SELECT name AS n FROM customers) SELECT n, city FROM a", ["city"]),
        ("WITH a AS (SELECT o.order_id FROM orders AS o) SELECT o.order_id FROM a", ["o"]),
        ("SELECT o.order_id FROM customers AS c WHERE EXISTS (SELECT 1 FROM orders AS o)", ["o"]),
        ("SELECT spent FROM customers WHERE 1 = (SELECT SUM(total_cents) AS spent FROM orders)", ["spent"]),
        ("SELECT * FROM (WITH a AS (SELECT 1 AS x) SELECT x FROM a) AS d JOIN a ON 1 = 1", ["a"]),
        # Each branch of a set operation is a query of its own.
        ("SELECT name FROM customers UNION SELECT name FROM orders", ["name"]),
        ("SELECT name AS n FROM customers UNION SELECT total_cents FROM orders ORDER BY n", []),
        # What a query gives its columns.
        ("SELECT city AS town FROM customers WHERE town = 'Graz' GROUP BY town HAVING town > 1 ORDER BY town", []),
        ("SELECT city AS town, town FROM customers", ["town"]),
        ("SELECT n FROM (SELECT COUNT(*) AS n FROM orders)", []),
        ("SELECT m FROM (SELECT COUNT(*) AS n FROM orders)", ["m"]),
        # A unit of time is no column, but nothing else than columns is added up.
        ("SELECT DATE_TRUNC(month, ordered_on), MAX(year) FROM orders", ["year"]),
        # Text in the wrong quotes.
        ('SELECT name FROM customers WHERE city = "Graz" OR city IN ("Lyon") OR name LIKE "G%"', []),
        ('SELECT "towm" FROM customers ORDER BY "nme"', ['"towm"', '"nme"']),
        # Columns that nobody can list leave their scope open, and only theirs.
        ("SELECT anything FROM customers, json_each(city)", []),
        ("SELECT anything FROM orders WHERE 1 IN (SELECT value FROM json_each('[]'))", ["anything"]),
        # Two relations have it, and no join merges them.
        ("SELECT customer_id FROM customers JOIN orders ON 1 = 1", ["customer_id"]),
        ("SELECT customer_id FROM customers JOIN orders USING (customer_id)", []),
        ("SELECT customer_id FROM customers NATURAL JOIN orders", []),
        ("SELECT c.customer_id FROM customers AS c JOIN orders AS o ON 1 = 1 ORDER BY customer_id", []),
        ("SELECT name FROM customers WHERE customer_id IN (SELECT customer_id FROM orders)", []),
        # What CREATE makes need not be there.
        ("CREATE TABLE recent AS SELECT order_id FROM orders", []),
    ],
)  # fmt: skip
def test_a_name_is_unknown_where_its_scope_does_not_have_it(
    shop: Catalog, sql: str, names: list[str]
) -> None:
    assert unknown(sql, shop) == names


@pytest.mark.parametrize(
    ("dialect", "names"),
    [("sqlite", []), ("duckdb", []), ("postgres", ["town"]), ("mysql", ["town"]), ("", [])],
)
def test_an_alias_of_the_select_list_in_where_is_a_matter_of_dialect(
    shop: Catalog, dialect: str, names: list[str]
) -> None:
    assert (
        unknown("SELECT city AS town FROM customers WHERE town = 'Graz' ORDER BY town", shop, dialect)
        == names
    )


def test_of_a_table_that_is_not_wholly_known_nothing_is_unknown() -> None:
    catalog = Catalog((Table("notes", (Column("id"),), partial=True), Table("tags", (Column("tag"),))))
    assert unknown("SELECT body, n.day FROM notes AS n", catalog) == []
    assert unknown("WITH a AS (SELECT * FROM notes) SELECT a.body FROM a", catalog) == []
    assert unknown("SELECT t.body FROM tags AS t, notes", catalog) == ["body"]


def checked(
    marked: str, text: str, catalog: Catalog, language: Literal["sql", "python"], dialect: str
) -> str | None:
    before, _, after = marked.partition("|")
    context = extract(
        Document("file", before + after), len(before), language=language, catalog=catalog, dialect=dialect
    )
    assert context is not None
    return verify(text, context, catalog)


RECENT = "CREATE TEMP TABLE recent AS SELECT order_id, total_cents AS cents FROM orders;\n"


@pytest.mark.parametrize(
    ("marked", "text", "shown"),
    [
        (RECENT + "SELECT |", "cents FROM recent", "cents FROM recent"),
        (RECENT + "SELECT r.| FROM recent AS r", "cent", "cents"),
        (RECENT + "SELECT r.| FROM recent AS r", "weather", None),
        (RECENT + "SELECT |", "cents FROM recnt", "cents FROM recent"),
        ("SELECT |", "cents FROM recent_ones_of_mine", None),
    ],
)
def test_a_suggestion_may_name_the_tables_of_its_file(
    shop: Catalog, marked: str, text: str, shown: str | None
) -> None:
    assert checked(marked, text, shop, "sql", "sqlite") == shown


FRAME = 'import duckdb\nimport pandas as pd\nsales = pd.DataFrame({"day": [1], "cents": [2]})\n'


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("day FROM sales", "day FROM sales"),
        ("s.cent FROM sales AS s", "s.cents FROM sales AS s"),
        ("weather FROM sales", None),
        ("day FROM sails_at_sea", None),
    ],
)
def test_a_suggestion_may_name_the_frames_around_it(shop: Catalog, text: str, shown: str | None) -> None:
    assert checked(FRAME + 'duckdb.sql("SELECT |")', text, shop, "python", "duckdb") == shown
