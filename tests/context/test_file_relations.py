"""Tables that an SQL file defines itself, seen by the queries below."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy_knowledge.catalog import Catalog, Column, Table
from understudy_server.context.document import Document
from understudy_server.context.extract import extract
from understudy_server.context.file_relations import FileTables

CATALOG = Catalog(
    (
        Table("orders", (Column("order_id", "INTEGER"), Column("total", "REAL"))),
        Table("customers", (Column("name"), Column("city"))),
    )
)


def seen(text: str) -> dict[str, tuple[str, ...] | None]:
    before, after = text.split("⎸")
    context = extract(
        Document("x.sql", before + after), len(before.encode()), language="sql", catalog=CATALOG
    )
    assert context is not None
    return {relation.name: relation.columns for relation in context.relations}


@pytest.mark.parametrize(
    ("text", "relations"),
    [
        ("CREATE TEMP TABLE t AS SELECT order_id, total AS x FROM orders;\nSELECT ⎸ FROM t", {"t": ("order_id", "x")}),
        ("CREATE TABLE t (a INT PRIMARY KEY, b DECIMAL(10, 2), CONSTRAINT k UNIQUE (a));\nSELECT ⎸ FROM t", {"t": ("a", "b")}),
        ("CREATE TABLE t (a INT);\nALTER TABLE t ADD COLUMN b DATE;\nSELECT ⎸ FROM t", {"t": ("a", "b")}),
        ("ALTER TABLE orders ADD note TEXT;\nSELECT ⎸ FROM orders", {"orders": ("order_id", "total", "note")}),
        ("SELECT name INTO #t FROM customers;\nSELECT ⎸ FROM #t", {"#t": ("name",)}),
        ("SELECT name INTO TEMP t FROM customers;\nSELECT ⎸ FROM t", {"t": ("name",)}),
        ("CREATE VIEW v AS SELECT * FROM orders;\nCREATE OR REPLACE VIEW w (p, q) AS SELECT * FROM v;\nSELECT ⎸ FROM w", {"w": ("p", "q")}),
        ("CREATE TABLE s.t (a INT);\nSELECT ⎸ FROM t", {"t": ("a",)}),
        ("CREATE TABLE s.t (a INT);\nSELECT ⎸ FROM u.t", {"t": None}),
        ("CREATE TABLE t (a INT);\nDROP TABLE IF EXISTS t;\nSELECT ⎸ FROM t", {"t": None}),
        ("CREATE TABLE t (a INT);\nCREATE TABLE t (b INT);\nSELECT ⎸ FROM t", {"t": ("b",)}),
        ("SELECT ⎸ FROM t;\nCREATE TABLE t (a INT);", {"t": None}),
        ("-- CREATE TABLE t (a INT);\n/*\nCREATE TABLE t (a INT);\n*/\nSELECT ⎸ FROM t", {"t": None}),
        ("INSERT INTO t SELECT name FROM customers;\nSELECT ⎸ FROM t", {"t": None}),
    ],
)  # fmt: skip
def test_a_query_sees_what_the_file_defines_above_it(
    text: str, relations: dict[str, tuple[str, ...] | None]
) -> None:
    assert seen(text) == relations


def test_the_file_comes_before_the_catalog_and_drop_gives_the_name_back() -> None:
    made = "CREATE TABLE orders (only INT);\n"
    assert seen(f"{made}SELECT ⎸ FROM orders") == {"orders": ("only",)}
    assert seen(f"{made}DROP TABLE orders;\nSELECT ⎸ FROM orders") == {"orders": ("order_id", "total")}


def test_a_column_that_is_plainly_a_tables_keeps_its_type() -> None:
    text = "CREATE VIEW v AS SELECT total FROM orders;\n"
    table = FileTables(Document("x.sql", text), len(text), CATALOG).table("V")
    assert table is not None
    assert table.columns == (Column("total", "REAL"),)


def test_views_of_each_other_end() -> None:
    text = "".join(f"CREATE VIEW v{n} AS SELECT * FROM v{n - 1};\n" for n in range(1, 40))
    assert seen(f"{text}SELECT ⎸ FROM v39") == {"v39": None}
    assert seen("CREATE VIEW v AS SELECT * FROM w;\nCREATE VIEW w AS SELECT * FROM v;\nSELECT ⎸ FROM w") == {
        "w": None
    }


LINES = [
    "CREATE TABLE t (a INT, b INT);",
    "ALTER TABLE t ADD c INT;",
    "DROP TABLE t;",
    "CREATE VIEW v AS",
    "SELECT a FROM t;",
    "SELECT name AS a INTO t",
    "FROM customers;",
    "/*",
    "*/",
    "-- " + "x" * 60,
]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(LINES), min_size=1, max_size=40), st.data())
def test_after_any_edit_the_file_defines_what_it_would_if_read_anew(
    lines: list[str], data: st.DataObject
) -> None:
    document = Document("x.sql", "\n".join(lines) + "\n", block_bytes=80)
    for _ in range(4):
        first = data.draw(st.integers(0, document.line_count - 1))
        last = data.draw(st.integers(first, min(first + 2, document.line_count - 1)))
        added = data.draw(st.sampled_from(["", "x", "\n", *(line + "\n" for line in LINES)]))
        document.apply_change(first, 0, last, 0, added, "utf-8")
        anew = Document("x.sql", document.text(), block_bytes=80)
        for name in ("t", "v"):
            assert FileTables(document, len(document), CATALOG).table(name) == FileTables(
                anew, len(anew), CATALOG
            ).table(name)
