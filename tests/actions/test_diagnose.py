"""Diagnostics find what is wrong, and are silent wherever they cannot be sure."""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlglot
from sqlglot import exp

from understudy_knowledge.catalog.model import Catalog
from understudy_server.actions.diagnose import Known, diagnose, judged
from understudy_server.actions.problem import Problem
from understudy_server.mining.mine import mine

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="module")
def gold() -> list[str]:
    """The example project's own queries, which all run."""
    return [example.gold for example in mine(EXAMPLES, source=None, dialect="sqlite").examples]


def test_no_false_alarm_over_the_example_project(gold: list[str], roastery: Catalog) -> None:
    known = Known(roastery, live=True)
    assert len(gold) >= 60
    assert [(sql, found) for sql in gold if (found := diagnose(f"{sql};".encode(), "sql", known))] == []
    for path in EXAMPLES.rglob("*.[sp][qy]*"):
        language: Any = {".sql": "sql", ".py": "python"}.get(path.suffix)
        if language:
            assert diagnose(path.read_bytes(), language, known) == [], path


def test_most_misspellings_are_found_with_what_was_meant(
    gold: list[str], roastery: Catalog, record_property: Any
) -> None:
    known = Known(roastery, live=True)
    found = meant = total = 0
    for sql, wrong, right, start in misspelled(gold, roastery, random.Random(7)):
        total += 1
        here = [
            problem for problem in diagnose(f"{sql};".encode(), "sql", known) if problem.span.start == start
        ]
        found += any(
            sql.encode()[problem.span.start : problem.span.end].decode() == wrong for problem in here
        )
        meant += any(problem.meant == right for problem in here)
    record_property("shares", {"misspelled": total, "found": found, "with the name that was meant": meant})
    assert total >= 300
    assert found >= 0.98 * total
    assert meant >= 0.98 * total


def misspelled(
    gold: list[str], catalog: Catalog, chance: random.Random
) -> Iterator[tuple[str, str, str, int]]:
    """(statement, the wrong name, the right one, its byte): one letter lost, doubled, swapped or changed in a name."""
    for sql in gold:
        names = [
            node
            for kind in (exp.Table, exp.Column)
            for parent in sqlglot.parse_one(sql, read="sqlite").find_all(kind)
            if isinstance(node := parent.this, exp.Identifier) and len(node.name) >= 4 and not node.args.get("quoted")
        ]  # fmt: skip
        known = [node for node in names if _right(node, catalog)]
        for node in chance.sample(known, min(3, len(known))):
            wrong = _mistyped(node.name, chance)
            start, end = node.meta["start"], node.meta["end"] + 1
            if wrong.lower() not in sql.lower() and not _is_name(wrong, catalog):
                yield sql[:start] + wrong + sql[end:], wrong, _right(node, catalog), len(sql[:start].encode())


def _right(node: exp.Identifier, catalog: Catalog) -> str:
    if isinstance(node.parent, exp.Table):
        table = catalog.table(node.name)
        return table.name if table else ""
    return next((found.name for table in catalog.tables if (found := table.column(node.name))), "")


def _is_name(word: str, catalog: Catalog) -> bool:
    return any(table.name.lower() == word.lower() or table.column(word) for table in catalog.tables)


def _mistyped(name: str, chance: random.Random) -> str:
    at = chance.randrange(1, len(name) - 1)
    return chance.choice(
        (
            name[:at] + name[at + 1 :],
            name[:at] + name[at] + name[at:],
            name[:at] + name[at + 1] + name[at] + name[at + 2 :],
            name[:at] + chance.choice("aeiourstn") + name[at + 1 :],
        )
    )


@pytest.fixture
def problems(shop: Catalog) -> Any:
    def at(text: str, language: Any = "sql", live: bool = True, dialect: str = "sqlite") -> list[Problem]:
        return diagnose(text.encode(), language, Known(shop, dialect, live))

    return at


def seen(text: str, problems: list[Problem]) -> list[tuple[str, str]]:
    """(what is underlined, what is said) of each."""
    return [(text.encode()[each.span.start : each.span.end].decode(), each.message) for each in problems]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT * FROM custmers;", [("custmers", "Unknown table custmers; did you mean customers?")]),
        ("SELECT * FROM parcels", [("parcels", "Unknown table parcels")]),
        ("SELECT nme FROM customers", [("nme", "Unknown column nme; did you mean name?")]),
        ('SELECT c."citty" FROM customers c', [('"citty"', "Unknown column citty; did you mean city?")]),
        ("SELECT d.name FROM customers AS c", [("d", "Unknown table or alias d; did you mean c?")]),
        ("SELECT customers.name FROM customers AS c",
         [("customers", "Unknown table or alias customers; did you mean c?")]),
        ("SELECT o.city FROM customers AS c JOIN orders AS o USING (customer_id)", [("city", "Unknown column city; did you mean c.city?")]),
        ("-- é🦀\nSELECT 'é🦀', nme FROM customers;\nSELECT ordred_on FROM orders",
         [("nme", "Unknown column nme; did you mean name?"),
          ("ordred_on", "Unknown column ordred_on; did you mean ordered_on?")]),
        ("UPDATE orders SET totl_cents = 1", [("totl_cents", "Unknown column totl_cents; did you mean total_cents?")]),
        ("DELETE FROM ordrs WHERE 1", [("ordrs", "Unknown table ordrs; did you mean orders?")]),
        ("CREATE TEMP TABLE recent AS SELECT 1 AS day;\nSELECT day, dya FROM recent",
         [("dya", "Unknown column dya; did you mean day?")]),
        ("CREATE TABLE recent (day TEXT);\nSELECT 1 FROM recnt", [("recnt", "Unknown table recnt; did you mean recent?")]),
        ("SELECT c.name FROM customers AS c, (SELECT c.city FROM orders AS o) AS d",
         [("c", "Unknown table or alias c")]),
        ("SELECT spent FROM customers WHERE 1 = (SELECT 1 AS spent)", [("spent", "Unknown column spent")]),
        ("SELECT customer_id FROM customers AS c JOIN orders AS o ON c.customer_id = o.customer_id",
         [("customer_id", "Ambiguous column customer_id: c and o have it; write which one is meant")]),
        ("SELECT name FORM customers;", [("customers", "Syntax error: Invalid expression / Unexpected token")]),
        ("SELECT (name FROM customers;", [("FROM", "Syntax error: Expecting )")]),
        ("SELECT name\r\nFROM customers\r\nWHERE;", [("WHERE", "Syntax error: something is missing after WHERE")]),
        ("SELECT 'name FROM customers;\nSELECT 1", [("'name FROM customers", "Syntax error: this quote is not closed")]),
    ],
)  # fmt: skip
def test_what_is_wrong_is_underlined_exactly(
    problems: Any, sql: str, expected: list[tuple[str, str]]
) -> None:
    assert seen(sql, problems(sql)) == expected


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT ",
        "SELECT name FROM customers WHERE",
        "SELECT name, FROM",
        "SELECT 'name FROM customers",
        "CREATE TEMP TABLE recent AS SELECT 1 AS day;\nSELECT day FROM recent",
        "SELECT later FROM recent;\nCREATE TABLE recent AS SELECT 1 AS day",
        "CREATE TABLE recent (day TEXT);\nALTER TABLE recent RENAME COLUMN day TO on_day;\nSELECT on_day FROM recent",
        "CREATE TABLE recent AS SELECT * FROM elsewhere.parcels;\nSELECT parcel FROM recent",
        "CREATE TABLE orders (note TEXT);\nSELECT note, total_cents FROM orders",
        "ALTER TABLE orders ADD COLUMN note TEXT;\nSELECT note FROM orders",
        "CREATE TRIGGER t AFTER INSERT ON orders BEGIN\n  UPDATE orders SET note = new.whatever;\nEND;",
        "ATTACH DATABASE 'other.db' AS other;\nSELECT * FROM parcels",
        "SELECT * FROM other.parcels",
        "SELECT name FROM sqlite_master",
        "SELECT rowid FROM customers",
        'SELECT name FROM customers WHERE city = "Lyon"',
        "SELECT j.value FROM customers, json_each(customers.city) AS j WHERE value > 1",
        "INSERT INTO orders (order_id) VALUES (1) ON CONFLICT (order_id) DO UPDATE SET total_cents = excluded.total_cents",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n",
        "WITH v AS (VALUES (1, 2)) SELECT column1 FROM v",
        "SELECT n FROM (SELECT COUNT(*) AS n FROM orders)",
        "SELECT name FROM customers WHERE name = :name AND city = ? AND customer_id IN (@a, $b, ?3)",
        "{{ config(x=1) }} SELECT nme FROM {{ ref('custmers') }}",
        "SELECT nme FROM customers {% if x %} WHERE city = 1 {% endif %}",
        "PRAGMA table_info(custmers); EXPLAIN SELECT nme FROM customers; DROP TABLE custmers; VACUUM;",
        "SELECT name FROM customers INDEXED BY ix WHERE name ISNULL OR name GLOB 'A*' OR city NOT NULL;",
        "SELECT name ->> '$.a', CAST(city AS INTEGER), name COLLATE NOCASE, x'00ff' FROM customers LIMIT 5, 10;",
        "SELECT SUM(total_cents) FILTER (WHERE order_id > 1) OVER (ORDER BY ordered_on ROWS 3 PRECEDING) FROM orders;",
        "REPLACE INTO orders VALUES (1, 2, 3, 4); INSERT OR IGNORE INTO orders DEFAULT VALUES;",
        "(SELECT nothing",
    ],
)
def test_silence_where_nothing_is_sure(problems: Any, sql: str) -> None:
    assert seen(sql, problems(sql)) == []


@pytest.mark.parametrize(
    "python",
    [
        'cursor.execute(f"SELECT {columns} FROM customers WHERE {condition} ORDER BY total")',
        'cursor.execute(f"SELECT c.name FROM {source} WHERE c.name = 1")',
        'cursor.execute(f"SELECT c.name, x.a FROM customers AS c {joins}")',
        'cursor.execute(f"SELECT name FROM custmers_{year}")',
        "cursor.execute(\"SELECT name FROM customers WHERE name = %s AND city = %(city)s AND name LIKE 'a%%'\", [1])",
        'cursor.execute("SELECT x.a FROM customers AS c " + joins)',
        'cursor.execute("SELECT {} FORM customers".format(x))',
        'sql = "SELECT x.a FROM customers AS c"\nsql += " JOIN xs AS x"\ncursor.execute(sql)',
        'custmers = load()\nduckdb.sql("SELECT * FROM custmers")',
        'con.register("custmers", frame)\ncon.execute("SELECT * FROM custmers")',
        'other.execute("SELECT * FROM parcels")',
        'def f():\n    """Select nme from custmers."""\n',
    ],
)
def test_silence_about_sql_that_python_puts_together(problems: Any, python: str) -> None:
    assert seen(python, problems(python, "python")) == []


@pytest.mark.parametrize(
    ("python", "underlined"),
    [
        ("cursor.execute('SELECT \\'é\\', nme FROM customers')", "nme"),
        ("cursor.execute(f\"SELECT {x} AS x, c.nme FROM customers AS c WHERE city = '{city}'\")", "nme"),
        ('cursor.execute("SELECT name "\n  "FROM custmers")', "custmers"),
        ('cursor.execute("""\n  SELECT name FORM customers;\n""")', "customers"),
        ('cursor.execute("SELECT nme FROM customers WHERE name = %s", [1])', "nme"),
    ],
)
def test_strings_of_python_are_read_in_place(problems: Any, python: str, underlined: str) -> None:
    assert [text for text, _ in seen(python, problems(python, "python"))] == [underlined]


def test_without_a_catalog_only_the_syntax_is_judged() -> None:
    known = Known(Catalog(), live=True)
    assert diagnose(b"SELECT x FROM nowhere;", "sql", known) == []
    assert [each.kind for each in diagnose(b"SELECT x FORM nowhere y;", "sql", known)] == ["syntax"]


def test_ddl_files_alone_do_not_know_all_tables(problems: Any) -> None:
    assert problems("SELECT * FROM custmers; SELECT parcel FROM orders", live=False) == []
    assert [each.meant for each in problems("SELECT nme FROM customers", live=False)] == ["name"]


@pytest.mark.parametrize(
    ("text", "language", "live", "underlined", "said"),
    [
        ("SELECT parcel FROM parcels", "sql", False, ["parcels"], "no table parcels is in what was read"),
        ("SELECT * FROM custmers", "sql", False, ["custmers"], "did you mean customers?"),
        ("SELECT parcel FROM orders", "sql", False, ["parcel"], "no column parcel is in what was read"),
        ('c.execute("SELECT a FROM parcels")', "python", True, ["parcels"], "its columns are not checked"),
        ("SELECT SHOUT(name), o.field FROM customers", "sql", False, [], ""),
        ("ATTACH DATABASE 'x' AS y; SELECT 1 FROM parcels", "sql", False, [], ""),
        ("WITH parcels AS (SELECT 1 AS a) SELECT a FROM parcels", "sql", False, [], ""),
        ("SELECT * FROM {{ ref('parcels') }}", "sql", False, [], ""),
    ],
)
def test_what_is_not_known_is_said_to_be_so_and_is_no_problem(
    shop: Catalog, text: str, language: Any, live: bool, underlined: list[str], said: str
) -> None:
    known = Known(shop, "sqlite", live)
    found = list(judged(text.encode(), language, known))
    assert [text[each.span.start : each.span.end] for each in found] == underlined
    assert all(each.kind == "not known" and said in each.message for each in found)
    assert diagnose(text.encode(), language, known) == []


def test_without_any_catalog_not_every_name_is_said_to_be_unknown() -> None:
    assert list(judged(b"SELECT x FROM nowhere;", "sql", Known(Catalog()))) == []


def test_large_documents_cost_nothing_and_a_stop_is_heeded(shop: Catalog) -> None:
    known = Known(shop, live=True)
    assert diagnose(b"SELECT nme FROM customers;\n" * 20_000, "sql", known) == []
    assert len(diagnose(b"SELECT nme FROM customers;\n" * 1_000, "sql", known)) == 100
    assert diagnose(b"SELECT nme FROM customers;", "sql", known, stopped=lambda: True) == []
    deep = b"SELECT " + b"(" * 3_000 + b"1" + b")" * 3_000 + b";"
    assert diagnose(deep, "sql", known) == []


def test_a_long_file_is_looked_at_to_its_end(problems: Any) -> None:
    statements = "".join(f"SELECT name FROM customers WHERE customer_id = {n};\n" for n in range(500))
    text = f"{statements}SELECT nme FROM customers;"
    assert [found for found, _ in seen(text, problems(text))] == ["nme"]


@pytest.mark.parametrize(
    ("sql", "dialect", "underlined", "said"),
    [
        ("SELECT city, name, COUNT(*) FROM customers GROUP BY city", "duckdb", "name", "neither grouped by"),
        ("SELECT name, COUNT(*) FROM customers", "postgres", "name", "neither grouped by"),
        ("SELECT city FROM customers WHERE COUNT(name) > 1 GROUP BY city", "sqlite", "name", "HAVING"),
        ("SELECT name FROM customers WHERE city = 3", "postgres", "city", "compared with a number"),
        ("SELECT SUM(name) FROM customers", "duckdb", "name", "is text"),
        ("SELECT DATEADD('x', 1, ordered_on) FROM orders", "sqlite", "DATEADD", "T-SQL"),
    ],
)
def test_what_the_dialect_refuses_is_underlined(
    problems: Any, sql: str, dialect: str, underlined: str, said: str
) -> None:
    ((found, message),) = seen(sql, problems(sql, dialect=dialect))
    assert found == underlined
    assert said in message


@pytest.mark.parametrize(
    ("sql", "dialect"),
    [
        ("SELECT name, COUNT(*) FROM customers GROUP BY city", "sqlite"),
        ("SELECT customer_id, name, COUNT(*) FROM customers GROUP BY customer_id", "postgres"),
        ("SELECT name, COUNT(*) OVER () FROM customers", "duckdb"),
        ("SELECT UPPER(city), COUNT(*) FROM customers GROUP BY UPPER(city)", "duckdb"),
        ("SELECT city AS c, COUNT(*) FROM customers GROUP BY 1 HAVING c > 'a'", "duckdb"),
        ("SELECT city, name, COUNT(*) FROM customers GROUP BY ROLLUP (city, name)", "postgres"),
        ("SELECT city, name, COUNT(*) FROM customers GROUP BY ALL", "duckdb"),
        ("SELECT o.city, (SELECT COUNT(*) || o.city FROM orders) FROM customers AS o", "duckdb"),
        ("SELECT name FROM customers WHERE MAX(name, city) > 'a'", "sqlite"),
        ("SELECT SUM(CAST(name AS INTEGER)) FROM customers WHERE city = '3'", "postgres"),
        ("SELECT name FROM customers AS dateadd WHERE dateadd.city = 'x'", "sqlite"),
        ("CREATE FUNCTION DATEADD(a, b) AS 1;\nSELECT DATEADD(1, 2)", "duckdb"),
    ],
)
def test_what_the_dialect_takes_is_no_problem(problems: Any, sql: str, dialect: str) -> None:
    assert seen(sql, problems(sql, dialect=dialect)) == []


FRAME = 'import duckdb\nimport pandas as pd\nsales = pd.DataFrame({"day": [1], "cents": [2]})\n'


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT day, cents FROM sales", []),
        ("SELECT s.dy FROM sales AS s", [("dy", "Unknown column dy; did you mean day?")]),
        ("SELECT name FROM customers WHERE name IN (SELECT cnts FROM sales)", []),
        ("SELECT day FROM sale", [("sale", "Unknown table sale; did you mean sales?")]),
    ],
)
def test_columns_of_a_frame_are_known_where_duckdb_may_name_it(
    problems: Any, query: str, expected: list[tuple[str, str]]
) -> None:
    python = f'{FRAME}duckdb.sql("{query}")'
    assert seen(python, problems(python, "python", dialect="duckdb")) == expected
