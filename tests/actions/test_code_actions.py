"""A code action changes exactly what it says and nothing else, or is not offered."""

import ast
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from understudy_knowledge.catalog.model import Catalog, Column, Table
from understudy_knowledge.catalog.sqlite import read_sqlite
from understudy_server.actions.code_actions import Action, code_actions
from understudy_server.actions.diagnose import Known
from understudy_server.actions.edits import Snapshot
from understudy_server.actions.written_names import written
from understudy_server.context.query_context import Span
from understudy_server.context.text.document import Document

ODD = Catalog((Table("odd", (Column("order"), Column("two words"), Column('q"uote'), Column("name"))),))


@pytest.fixture
def act(shop: Catalog) -> Any:
    """(title, the document after it) of each action at `|`."""

    def at(
        marked: str, language: Any = "sql", catalog: Catalog | None = None, dialect: str = "sqlite"
    ) -> list[tuple[str, str]]:
        before, _, after = marked.partition("|")
        document = Document("test", before + after)
        cursor = len(before.encode())
        snapshot = Snapshot(document, language, Known(catalog or shop, dialect, live=True))
        actions = code_actions(snapshot, Span(cursor, cursor))
        return [(action.title, applied(before + after, action)) for action in actions]

    return at


def applied(text: str, action: Action) -> str:
    changed = text.encode()
    for edit in sorted(action.edits, key=lambda edit: edit.span.start, reverse=True):
        changed = changed[: edit.span.start] + edit.text.encode() + changed[edit.span.end :]
    return changed.decode()


@pytest.mark.parametrize(
    ("marked", "title", "after"),
    [
        (
            "SELECT * FROM cust|mers WHERE é = 1",
            "Change to `customers`",
            "SELECT * FROM customers WHERE é = 1",
        ),
        (
            "SELECT 'é🦀', c.nm|e FROM customers c",
            "Change to `name`",
            "SELECT 'é🦀', c.name FROM customers c",
        ),
        ('SELECT c."citt|y" FROM customers c', "Change to `city`", 'SELECT c."city" FROM customers c'),
        (
            "SELECT o.na|me FROM customers AS c JOIN orders AS o ON o.customer_id = c.customer_id",
            "Change to `c`",
            "SELECT c.name FROM customers AS c JOIN orders AS o ON o.customer_id = c.customer_id",
        ),
    ],
)
def test_a_misspelled_name_is_changed_to_what_was_meant(
    act: Any, marked: str, title: str, after: str
) -> None:
    assert act(marked)[0] == (title, after)


def test_a_name_is_changed_inside_of_python_strings(act: Any) -> None:
    ((_, changed),) = act("x('é')\ncursor.execute('SELECT \\'é\\', nm|e FROM customers')", "python")
    assert changed == "x('é')\ncursor.execute('SELECT \\'é\\', name FROM customers')"
    ((_, changed),) = act("cursor.execute('SELECT two_word|s FROM odd')", "python", ODD)
    assert changed == "cursor.execute('SELECT \"two words\" FROM odd')"
    ((_, changed),) = act('cursor.execute("SELECT two_word|s FROM odd")', "python", ODD)
    assert changed == 'cursor.execute("SELECT \\"two words\\" FROM odd")'


@pytest.mark.parametrize(
    ("marked", "after"),
    [
        ("SELECT |* FROM customers", "SELECT customer_id, name, city FROM customers"),
        ("SELECT *| FROM customers;", "SELECT customer_id, name, city FROM customers;"),
        ("SELECT c.*| FROM customers AS c", "SELECT c.customer_id, c.name, c.city FROM customers AS c"),
        ("SELECT 1, c.*|, 2 FROM customers AS c, orders", "SELECT 1, c.customer_id, c.name, c.city, 2 FROM customers AS c, orders"),
        ("-- é\nSELECT *|\nFROM customers c -- all\nWHERE city = 'é'",
         "-- é\nSELECT customer_id, name, city\nFROM customers c -- all\nWHERE city = 'é'"),
        ("SELECT *| FROM customers AS c JOIN orders AS o ON o.customer_id = c.customer_id",
         "SELECT c.customer_id, c.name, c.city, o.order_id, o.customer_id, o.ordered_on, o.total_cents FROM customers AS c JOIN orders AS o ON o.customer_id = c.customer_id"),
        ("\n  SELECT 'it takes a line of its own when there is no room', o.*| FROM orders AS o, orders AS p",
         "\n  SELECT 'it takes a line of its own when there is no room', o.order_id,\n         o.customer_id,\n         o.ordered_on,\n         o.total_cents FROM orders AS o, orders AS p"),
        ("WITH a AS (SELECT name AS n, city FROM customers) SELECT *| FROM a",
         "WITH a AS (SELECT name AS n, city FROM customers) SELECT n, city FROM a"),
        ("SELECT name FROM customers AS c WHERE EXISTS (SELECT *| FROM customers AS d WHERE d.city = c.city)",
         "SELECT name FROM customers AS c WHERE EXISTS (SELECT customer_id, name, city FROM customers AS d WHERE d.city = c.city)"),
        ("INSERT INTO customers SELECT *| FROM customers", "INSERT INTO customers SELECT customer_id, name, city FROM customers"),
        ("SELECT 1, 2, 3 UNION SELECT *| FROM customers", "SELECT 1, 2, 3 UNION SELECT customer_id, name, city FROM customers"),
    ],
)  # fmt: skip
def test_a_star_becomes_its_columns_and_nothing_else_changes(act: Any, marked: str, after: str) -> None:
    assert ("Expand * to column names", after) in act(marked)


RECENT = "CREATE TEMP TABLE recent AS SELECT order_id, total_cents AS cents FROM orders;\n"
SALES = 'import duckdb\nimport pandas as pd\nsales = pd.DataFrame({"day": [1], "cents": [2]})\n'


def test_a_star_becomes_the_columns_of_a_table_that_the_file_makes(act: Any) -> None:
    expanded = act(RECENT + "SELECT *| FROM recent")
    assert expanded == [("Expand * to column names", RECENT + "SELECT order_id, cents FROM recent")]
    # What ALTER takes away nobody lists.
    assert act(RECENT + "ALTER TABLE recent DROP COLUMN cents;\nSELECT *| FROM recent") == []


def test_a_star_becomes_the_columns_of_a_frame_where_duckdb_may_name_it(act: Any) -> None:
    expanded = act(f'{SALES}duckdb.sql("SELECT *| FROM sales")', "python", dialect="duckdb")
    assert expanded == [("Expand * to column names", f'{SALES}duckdb.sql("SELECT day, cents FROM sales")')]
    loose = f'{SALES}sales = sales[chosen]\nduckdb.sql("SELECT *| FROM sales")'
    assert act(loose, "python", dialect="duckdb") == []


def test_names_are_quoted_only_where_they_must_be(act: Any) -> None:
    ((_, changed),) = act("SELECT *| FROM odd", catalog=ODD)
    assert changed == 'SELECT "order", "two words", "q""uote", name FROM odd'
    assert written("order", "mysql") == "`order`"
    assert [written(name, "sqlite") for name in ("date", "status", "user", "1st")] == [
        "date",
        "status",
        '"user"',
        '"1st"',
    ]


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("f('SELECT *| FROM odd')", 'SELECT "order", "two words", "q""uote", name FROM odd'),
        ('f("SELECT *| FROM odd")', 'SELECT "order", "two words", "q""uote", name FROM odd'),
        ('f("""SELECT *| FROM odd""")', 'SELECT "order", "two words", "q""uote", name FROM odd'),
        ('f(r"SELECT *| FROM odd")', 'SELECT "order", "two words", "q""uote", name FROM odd'),
        ('f("SELECT *| "\n  "FROM odd")', 'SELECT "order", "two words", "q""uote", name FROM odd'),
    ],
)
def test_inside_of_python_the_string_evaluates_to_the_expanded_sql(act: Any, source: str, value: str) -> None:
    ((_, changed),) = act(source, "python", ODD)
    (call,) = ast.parse(changed).body
    assert ast.literal_eval(call.value.args[0]) == value  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "marked",
    [
        "SELECT COUNT(*|) FROM customers",
        "SELECT total_cents *| 2 FROM orders",
        "SELECT total_cents, 3 *| total_cents, 1 FROM orders",
        "SELECT *| FROM parcels",
        "SELECT *| FROM customers, json_each('[]')",
        "SELECT *| FROM customers JOIN orders USING (customer_id)",
        "SELECT *| FROM customers NATURAL JOIN orders",
        "SELECT *| FROM (SELECT COUNT(*), city FROM customers GROUP BY city) AS d",
        "WITH a AS (SELECT name FROM customers UNION SELECT 1) SELECT *| FROM a, b",
        "SELECT *|",
        "SELECT x.*| FROM customers",
        "SELECT '*|' FROM customers",
        "SELECT *| FROM {{ ref('customers') }}",
    ],
)
def test_a_star_stays_where_its_columns_are_not_certain(act: Any, marked: str) -> None:
    assert [title for title, _ in act(marked) if "Expand" in title] == []


@pytest.mark.parametrize(
    "source",
    [
        'f(f"SELECT *| FROM customers {joins}")',
        'f("SELECT *| FROM customers" + rest)',
        'f("SELECT *| FROM customers {}".format(rest))',
        'sql = "SELECT *| FROM customers"\nsql += joins\nf(sql)',
    ],
)
def test_a_star_of_sql_that_python_puts_together_stays(act: Any, source: str) -> None:
    assert act(source, "python") == []


def test_expanded_statements_give_the_same_rows_and_names(act: Any, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "d.db")) as connection:
        connection.executescript(
            'CREATE TABLE a (id INTEGER PRIMARY KEY, "group" TEXT, b_id INTEGER, twice INTEGER AS (id * 2));'
            "CREATE TABLE b (id INTEGER PRIMARY KEY, label TEXT);"
            "CREATE VIEW v AS SELECT a.id AS n, label FROM a JOIN b ON b.id = a.b_id;"
            "INSERT INTO a VALUES (1, 'x', 1), (2, 'y', 1), (3, NULL, NULL); INSERT INTO b VALUES (1, 'one'), (2, 'two');"
        )
        catalog = read_sqlite(tmp_path / "d.db")
        for marked in (
            "SELECT *| FROM a",
            "SELECT *| FROM v",
            "SELECT *| FROM a LEFT JOIN b ON b.id = a.b_id",
            "SELECT b.*|, a.id FROM a JOIN b ON b.id = a.b_id",
            "SELECT *| FROM (SELECT id AS k, label FROM b) AS d, a",
            "WITH a AS (SELECT label, id FROM b) SELECT *| FROM a",
            "SELECT *| FROM a AS x, a AS y WHERE x.id < y.id",
        ):
            ((_, changed),) = act(marked, catalog=catalog)
            assert "*" not in changed
            before, after = (connection.execute(sql) for sql in (marked.replace("|", ""), changed))
            assert [column[0] for column in before.description] == [column[0] for column in after.description]
            assert before.fetchall() == after.fetchall()


def test_of_an_ambiguous_column_each_owner_is_offered(act: Any) -> None:
    text = "SELECT customer_id| FROM customers JOIN orders AS o ON o.customer_id = customers.customer_id"
    assert act(text) == [
        (f"Change to `{owner}.customer_id`", text.replace("customer_id|", f"{owner}.customer_id"))
        for owner in ("customers", "o")
    ]
