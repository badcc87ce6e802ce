"""A rewrite keeps the answer and every byte that is not its business, or is declined with a reason."""

import ast
import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from understudy_knowledge.catalog.model import Catalog
from understudy_knowledge.catalog.sqlite import read_sqlite
from understudy_knowledge.execution import Executor
from understudy_knowledge.memory.records import DataSource
from understudy_server.actions.changes import Change, applied, edits_of
from understudy_server.actions.declined import DeclinedError
from understudy_server.actions.diagnose import Known
from understudy_server.actions.edits import Snapshot
from understudy_server.actions.optimise import optimised
from understudy_server.actions.proof import proof_on
from understudy_server.actions.rewrites import Proof, edits_for, rewrites_at, statement_near
from understudy_server.context.query_context import Span
from understudy_server.context.text.document import Document


def snapshot_of(
    marked: str, catalog: Catalog, language: Any = "sql", dialect: str = "sqlite"
) -> tuple[Snapshot, Span]:
    before, _, after = marked.partition("|")
    cursor = len(before.encode())
    known = Known(catalog, dialect, live=True)
    return Snapshot(Document("test", before + after), language, known), Span(cursor, cursor)


@pytest.fixture
def rewrite(shop: Catalog) -> Any:
    """The document after a rewrite at `|`."""

    def at(
        name: str, marked: str, language: Any = "sql", dialect: str = "sqlite", proof: Proof | None = None
    ) -> str:
        snapshot, span = snapshot_of(marked, shop, language, dialect)
        edits = asyncio.run(edits_for(name, snapshot, span, proof))
        return applied(snapshot.document.slice(), edits).decode()

    return at


@pytest.fixture
def offered(shop: Catalog) -> Any:
    def at(marked: str, language: Any = "sql") -> list[str]:
        snapshot, span = snapshot_of(marked, shop, language)
        return [each.name for each in rewrites_at(snapshot, span, proof=False)]

    return at


JOINED = "SELECT name, total_cents FROM customers AS c JOIN orders AS o ON o.customer_id = c.customer_id"


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("qualify", f"|{JOINED} -- é\nORDER BY name",
         f"{JOINED.replace('name', 'c.name').replace('total_cents', 'o.total_cents')} -- é\nORDER BY name"),
        ("qualify", '|SELECT "name" FROM customers WHERE city = 1', 'SELECT customers."name" FROM customers WHERE customers.city = 1'),
        ("extract", "SELECT d.n FROM (|SELECT name AS n FROM customers) AS d",
         "WITH d AS (SELECT name AS n FROM customers) SELECT d.n FROM d"),
        ("extract", "-- kept\nSELECT name\nFROM customers\nWHERE customer_id IN (SELECT |customer_id /* é */ FROM orders)",
         ("-- kept\nWITH orders_rows AS (SELECT customer_id /* é */ FROM orders)\nSELECT name\nFROM customers\n"
         "WHERE customer_id IN (SELECT * FROM orders_rows)")),
        ("extract", "WITH a AS (SELECT 1 AS x) SELECT x FROM a, (SELECT| name FROM customers) b",
         "WITH a AS (SELECT 1 AS x), b AS (SELECT name FROM customers) SELECT x FROM a, b"),
        ("inline", "WITH |d AS (SELECT name AS n FROM customers) SELECT d.n FROM d",
         "SELECT d.n FROM (SELECT name AS n FROM customers) AS d"),
        ("inline", "WITH a AS (SELECT 1 AS x), b AS (SELECT 2 AS y) SELECT x, y FROM a JOIN |b AS c ON 1",
         "WITH a AS (SELECT 1 AS x) SELECT x, y FROM a JOIN (SELECT 2 AS y) AS c ON 1"),
        ("optimise", "SELECT| name FROM customers\nWHERE 1 = 1\n  AND city = 'Lyon'\n  AND city = 'Lyon'\nORDER BY name -- last",
         "SELECT name FROM customers\nWHERE city = 'Lyon'\nORDER BY name -- last"),
        ("optimise", "SELECT| name FROM customers WHERE customer_id IN (SELECT DISTINCT customer_id FROM orders ORDER BY 1)",
         "SELECT name FROM customers WHERE customer_id IN (SELECT customer_id FROM orders)"),
        ("transpile:mysql", 'SELECT| "name" -- é\nFROM customers LIMIT 3', "SELECT `name` -- é\nFROM customers LIMIT 3"),
        ("transpile:tsql", "SELECT| name\nFROM customers LIMIT 3", "SELECT TOP 3 name\nFROM customers"),
        ("format", "  SELECT| name, city -- both\n  FROM customers WHERE city = 'a  b'",
         "  SELECT\n    name,\n    city -- both\n  FROM customers\n  WHERE\n    city = 'a  b'"),
    ],
)  # fmt: skip
def test_only_what_must_change_changes(rewrite: Any, name: str, before: str, after: str) -> None:
    assert rewrite(name, before) == after


def value_of(source: str) -> str:
    (call,) = ast.parse(source).body
    node = call.value.args[0]  # type: ignore[attr-defined]
    return "".join(
        part.value if isinstance(part, ast.Constant) else "{" + ast.unparse(part.value) + "}"  # type: ignore[attr-defined]
        for part in (node.values if isinstance(node, ast.JoinedStr) else [node])
    )


SUBQUERY = "SELECT d.n FROM (|SELECT name AS n FROM customers WHERE city = {}) AS d WHERE d.n <> {}"


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("f('" + SUBQUERY.format("\\'é\\'", "1") + "')",
         "WITH d AS (SELECT name AS n FROM customers WHERE city = 'é') SELECT d.n FROM d WHERE d.n <> 1"),
        ('f(f"' + SUBQUERY.format("'{city}'", "{other!r}") + '")',
         "WITH d AS (SELECT name AS n FROM customers WHERE city = '{city}') SELECT d.n FROM d WHERE d.n <> {other}"),
        ('f("SELECT d.n "\n  "FROM (|SELECT name AS n "  # inner\n  "FROM customers) AS d")',
         "WITH d AS (SELECT name AS n FROM customers) SELECT d.n FROM d"),
        ("f('''" + SUBQUERY.format("%(city)s", "1") + "''')",
         "WITH d AS (SELECT name AS n FROM customers WHERE city = %(city)s) SELECT d.n FROM d WHERE d.n <> 1"),
    ],
)  # fmt: skip
def test_a_subquery_is_moved_with_its_escapes_and_holes(rewrite: Any, source: str, value: str) -> None:
    changed = rewrite("extract", source, "python")
    assert value_of(changed) == value
    assert ("# inner" in source) == ("# inner" in changed)


def test_names_are_qualified_around_holes_and_escapes(rewrite: Any) -> None:
    changed = rewrite("qualify", "f(f'SELECT| name FROM customers WHERE city = \\'{x}\\'')", "python")
    assert changed == "f(f'SELECT customers.name FROM customers WHERE customers.city = \\'{x}\\'')"
    changed = rewrite("qualify", 'f("SELECT| \\"name\\" FROM customers")', "python")
    assert changed == 'f("SELECT customers.\\"name\\" FROM customers")'


@pytest.mark.parametrize(
    ("name", "marked", "reason"),
    [
        ("qualify", "SELECT| customers.name FROM customers", "every column says already"),
        ("qualify", "SELECT| name FROM parcels, lorries", "not certain"),
        ("extract", "SELECT| name FROM customers", "no subquery is here"),
        ("extract", "SELECT name FROM customers AS c WHERE 1 = (SELECT |1 FROM orders AS o WHERE o.customer_id = c.customer_id)",
         "look at the query around it"),
        ("extract", "SELECT name FROM customers WHERE EXISTS (SELECT |1 FROM orders)", "EXISTS"),
        ("extract", "SELECT * FROM (SELECT |RANDOM() AS r) AS d", "by chance"),
        ("extract", "SELECT ? FROM (SELECT |name FROM customers WHERE city = ?) AS d", "change places"),
        ("inline", "WITH |a AS (SELECT 1 AS x) SELECT * FROM a, a AS b", "read 2 times"),
        ("inline", "WITH |a(x) AS (SELECT 1) SELECT * FROM a", "more than a name"),
        ("inline", "WITH |a AS (SELECT name FROM b), b AS (SELECT 1 AS x) SELECT * FROM a", "further below"),
        ("inline", "WITH |a /* why */ AS (SELECT 1 AS x) SELECT * FROM a", "comment"),
        ("optimise", "SELECT| name FROM customers", "nothing in it"),
        ("transpile:postgres", "SELECT| name FROM customers WHERE city LIKE 'ly%'", "capitals"),
        ("transpile:postgres", "SELECT| name, COUNT(*) FROM customers GROUP BY city", "does not group by"),
        ("transpile:postgres", "SELECT| name FROM customers WHERE city = \"Lyon\"", "quotes of a name"),
        ("transpile:postgres", "SELECT| name FROM customers WHERE city = 3", "another type"),
        ("transpile:postgres", "SELECT| total_cents / 100 FROM orders", "divide"),
        ("transpile:duckdb", "SELECT| name FROM customers WHERE my_own(name)", "not known"),
    ],
)  # fmt: skip
def test_what_is_not_certain_is_declined_with_a_reason(
    rewrite: Any, name: str, marked: str, reason: str
) -> None:
    with pytest.raises(DeclinedError, match=reason):
        rewrite(name, marked)


@pytest.mark.parametrize(
    ("name", "marked"),
    [
        ("transpile:tsql", 'f(f"SELECT| name FROM customers LIMIT {n}")'),
        ("format", 'f("SELECT| name, city FROM customers")'),
        ("extract", "f('SELECT d.n '\n  r\"FROM (SELECT |name AS n FROM customers) AS d\")"),
    ],
)
def test_a_string_that_takes_no_exact_change_is_left_alone(rewrite: Any, name: str, marked: str) -> None:
    with pytest.raises(DeclinedError):
        rewrite(name, marked, "python")


def test_a_word_on_the_border_of_two_strings_stays_a_word(rewrite: Any) -> None:
    source = 'f("SELECT |name FROM customers "\n  "WHERE 1 = 1 "\n  "ORDER BY name")'
    assert (
        value_of(rewrite("optimise", source, "python")).split()
        == "SELECT name FROM customers ORDER BY name".split()
    )


def test_what_is_offered_fits_the_place(offered: Any) -> None:
    assert offered("SELECT| 1") == ["format", "transpile:duckdb", "transpile:postgres"]
    inner = offered("WITH a AS (SELECT 1) SELECT name FROM (|SELECT * FROM customers)")
    assert inner[:2] == ["extract", "qualify"]
    assert offered("WITH |a AS (SELECT 1) SELECT 1 FROM a")[0] == "inline"
    assert offered("DELETE| FROM customers") == []
    assert offered("x = 1|\n", "python") == []


@pytest.fixture
def shop_file(tmp_path: Path) -> Path:
    with closing(sqlite3.connect(tmp_path / "shop.db")) as connection:
        connection.executescript(
            "CREATE TABLE customers (customer_id INTEGER PRIMARY KEY, name TEXT, city TEXT);"
            "INSERT INTO customers VALUES (1, 'Ada', 'Lyon'), (2, 'Ben', 'Graz');"
        )
    return tmp_path / "shop.db"


def optimized(where: str, source: Path) -> str:
    marked = f"SELECT| d.name FROM (SELECT name, city FROM customers) AS d WHERE d.city = {where}"

    async def run() -> str:
        async with Executor() as executor:
            snapshot, span = snapshot_of(marked, read_sqlite(source))
            edits = await edits_for("optimise", snapshot, span, proof_on(DataSource(source), executor))
            return applied(snapshot.document.slice(), edits).decode()

    return asyncio.run(run())


def test_an_optimized_query_is_held_against_the_original(shop_file: Path) -> None:
    assert "(SELECT" not in optimized("'Lyon'", shop_file)
    with pytest.raises(DeclinedError, match="proves nothing"):
        optimized("'nowhere'", shop_file)


def test_a_text_that_runs_over_two_strings_is_moved_and_never_written_anew(
    rewrite: Any, shop: Catalog
) -> None:
    source = 'f("SELECT d.name FROM (|SELECT name FROM customers WHERE city = \'New "\n  "York\') AS d")'
    assert value_of(rewrite("extract", source, "python")) == (
        "WITH d AS (SELECT name FROM customers WHERE city = 'New York') SELECT d.name FROM d"
    )
    spread = 'f("SELECT| name FROM customers WHERE city = \'New "\n  "York\' LIMIT 3")'
    assert value_of(rewrite("transpile:tsql", spread, "python")) == (
        "SELECT TOP 3 name FROM customers WHERE city = 'New York'"
    )
    snapshot, span = snapshot_of(spread, shop, "python")
    statement = statement_near(snapshot, span)
    assert statement is not None
    text = next(token for token in statement.tokens if token.kind == "string")
    with pytest.raises(DeclinedError, match="written anew"):
        edits_of(statement, [Change(0, 0, (f"{text.text} ",))], snapshot)


def test_an_optimized_query_keeps_the_names_of_its_outputs(shop: Catalog) -> None:
    sql = "SELECT COUNT(*), d.City FROM (SELECT city, name FROM customers) AS d GROUP BY d.City"
    better = optimised(sql, shop, "sqlite")
    assert better is not None
    assert "name" not in better
    assert " AS " not in better
    assert (
        optimised("SELECT c.name FROM customers AS c WHERE c.city <> 'x' AND 1 < c.name", shop, "sqlite")
        is None
    )


def test_words_stay_apart_where_what_touched_one_of_them_goes(rewrite: Any) -> None:
    async def equal(*_: str) -> str:
        return ""

    derived = "SELECT city FROM (SELECT city, name FROM customers) AS c WHERE 1 = 1 AND c.city| = 'Lyon';"
    assert rewrite("optimise", derived, proof=equal) == "SELECT city FROM customers WHERE city = 'Lyon';"
