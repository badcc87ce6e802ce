"""Tables that an SQL file defines itself, seen by the queries below."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy_knowledge.catalog import Catalog, Column, Table
from understudy_server.context.defined.relations import FileTables
from understudy_server.context.extract import extract
from understudy_server.context.text.document import Document

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
        ("DECLARE @t TABLE (a INT, b INT);\nSELECT ⎸ FROM @t t", {"t": ("a", "b")}),
        ("declare @T as table (a int primary key, b decimal(9, 2))\ninsert into @t select 1, 2\nselect ⎸ from @t", {"@t": ("a", "b")}),
        ("DECLARE @n INT = (1);\nSELECT ⎸ FROM @n", {"@n": None}),
        ("SELECT name INTO TEMP t FROM customers;\nSELECT ⎸ FROM t", {"t": ("name",)}),
        ("CREATE VIEW v AS SELECT * FROM orders;\nCREATE OR REPLACE VIEW w (p, q) AS SELECT * FROM v;\nSELECT ⎸ FROM w", {"w": ("p", "q")}),
        ("CREATE TABLE s.t (a INT);\nSELECT ⎸ FROM t", {"t": ("a",)}),
        ("CREATE TABLE s.t (a INT);\nSELECT ⎸ FROM u.t", {"t": None}),
        ("CREATE TABLE t (a INT);\nDROP TABLE IF EXISTS t;\nSELECT ⎸ FROM t", {"t": None}),
        ("CREATE TABLE t (a INT);\nCREATE TABLE t (b INT);\nSELECT ⎸ FROM t", {"t": ("b",)}),
        ("SELECT ⎸ FROM t;\nCREATE TABLE t (a INT);", {"t": None}),
        ("-- CREATE TABLE t (a INT);\n/*\nCREATE TABLE t (a INT);\n*/\nSELECT ⎸ FROM t", {"t": None}),
        ("INSERT INTO t SELECT name FROM customers;\nSELECT ⎸ FROM t", {"t": None}),
        ("CREATE VIEW v AS\nWITH a AS (SELECT total FROM orders)\n\n-- all\nSELECT * FROM a;\nSELECT ⎸ FROM v", {"v": ("total",)}),
        ("CREATE TABLE t WITH (x = 1) AS SELECT total FROM orders;\nSELECT ⎸ FROM t", {"t": ("total",)}),
        ("CREATE TABLE t USING parquet PARTITIONED BY (d) AS SELECT total FROM orders;\nSELECT ⎸ FROM t", {"t": ("total",)}),
        ("CREATE TABLE t (note TEXT) SELECT total FROM orders;\nSELECT ⎸ FROM t", {"t": ("note", "total")}),
        ("CREATE TABLE t AS TABLE orders;\nSELECT ⎸ FROM t", {"t": ("order_id", "total")}),
        ("CREATE TABLE t LIKE orders;\nSELECT ⎸ FROM t", {"t": ("order_id", "total")}),
        ("CREATE TABLE t CLONE orders;\nSELECT ⎸ FROM t", {"t": ("order_id", "total")}),
        ("CREATE TABLE t (LIKE orders INCLUDING ALL, x INT);\nSELECT ⎸ FROM t", {"t": ("order_id", "total", "x")}),
        ("CREATE TABLE t (x INT) INHERITS (orders);\nSELECT ⎸ FROM t", {"t": ("order_id", "total", "x")}),
        ("CREATE TABLE t PARTITION OF orders FOR VALUES IN (1);\nSELECT ⎸ FROM t", {"t": ("order_id", "total")}),
        ("CREATE EXTERNAL TABLE t (x INT) STORED AS PARQUET;\nSELECT ⎸ FROM t", {"t": ("x",)}),
        ("CREATE FOREIGN TABLE t (x INT) SERVER s OPTIONS (a 'b');\nSELECT ⎸ FROM t", {"t": ("x",)}),
        ("CREATE OR REPLACE DYNAMIC TABLE t TARGET_LAG = '1 hour' AS SELECT total FROM orders;\nSELECT ⎸ FROM t", {"t": ("total",)}),
        ("CREATE TRANSIENT TABLE t (x INT);\nSELECT ⎸ FROM t", {"t": ("x",)}),
        ("CREATE VIRTUAL TABLE t USING fts5(x, y, tokenize = 'ascii');\nSELECT ⎸ FROM t", {"t": ("x", "y")}),
        ("CREATE VIRTUAL TABLE t USING csv(filename);\nSELECT ⎸ FROM t", {"t": None}),
        ("CREATE ALGORITHM=MERGE DEFINER=`a`@`b` SQL SECURITY DEFINER VIEW v AS SELECT total FROM orders;\nSELECT ⎸ FROM v", {"v": ("total",)}),
        ("CREATE VIEW v AS SELECT total FROM orders;\nALTER VIEW v AS SELECT order_id FROM orders;\nSELECT ⎸ FROM v", {"v": ("order_id",)}),
    ],
)  # fmt: skip
def test_a_query_sees_what_the_file_defines_above_it(
    text: str, relations: dict[str, tuple[str, ...] | None]
) -> None:
    assert seen(text) == relations


@pytest.mark.parametrize(
    ("text", "relations"),
    [
        ("CREATE TABLE #t (a INT, b INT)\nSELECT ⎸ FROM #t x", {"x": ("a", "b")}),
        ("CREATE TABLE #t (a INT)\nGO\nSELECT ⎸ FROM tempdb..#t", {"#t": ("a",)}),
        ("CREATE TABLE tempdb..#t (a INT)\nSELECT ⎸ FROM #t", {"#t": ("a",)}),
        ("CREATE TABLE ##t (a INT)\nSELECT ⎸ FROM ##t JOIN ##t u ON 1 = 1", {"##t": ("a",), "u": ("a",)}),
        ("CREATE TABLE #t (a INT)\nALTER TABLE #t ADD b INT, c INT\nSELECT #t.⎸ FROM #t", {"#t": ("a", "b", "c")}),
        ("CREATE TABLE #t (a INT)\nDROP TABLE #t\nSELECT ⎸ FROM #t", {"#t": None}),
        ("SELECT name\nINTO #t # not b\nFROM customers\n\nSELECT ⎸ FROM #t # JOIN orders", {"#t": ("name",)}),
        ("CREATE TABLE `p.d.t` (a INT);\nSELECT ⎸ FROM `p.d.t`", {"t": ("a",)}),
        ("CREATE TABLE `p-1.d.t` (a INT);\nSELECT ⎸ FROM `d.t`", {"t": ("a",)}),
        ("CREATE TABLE p-1.d.t (a INT);\nSELECT ⎸ FROM `p-1.d.t` AS u", {"u": ("a",)}),
        ("CREATE TABLE `p.d`.t (a INT);\nSELECT ⎸ FROM p.d.t", {"t": ("a",)}),
        ("CREATE TABLE `p.d.t` (a INT);\nSELECT ⎸ FROM `p.e.t`", {"t": None}),
    ],
)  # fmt: skip
def test_it_finds_them_by_the_names_that_dialects_give(
    text: str, relations: dict[str, tuple[str, ...] | None]
) -> None:
    assert seen(text) == relations


@pytest.mark.parametrize(
    ("text", "relations"),
    [
        ("CREATE TABLE t (a INT);\nRENAME TABLE t TO u;\nSELECT ⎸ FROM u", {"u": ("a",)}),
        ("CREATE TABLE t (a INT);\nRENAME TABLE x TO y, t TO s.u;\nSELECT ⎸ FROM u", {"u": ("a",)}),
        ("CREATE TABLE t (a INT);\nRENAME TABLE t TO u;\nSELECT ⎸ FROM t", {"t": None}),
        ("CREATE TABLE t (a INT);\nALTER TABLE IF EXISTS s.t\n  RENAME TO u;\nSELECT ⎸ FROM u", {"u": ("a",)}),
        ("CREATE TABLE t (a INT);\nALTER TABLE t RENAME AS u;\nSELECT ⎸ FROM t", {"t": None}),
        ("CREATE TABLE t (a INT);\nALTER TABLE t RENAME u;\nSELECT ⎸ FROM u", {"u": ("a",)}),
        ("ALTER TABLE orders RENAME TO u;\nSELECT ⎸ FROM u", {"u": ("order_id", "total")}),
        ("ALTER INDEX orders RENAME TO u;\nSELECT ⎸ FROM u", {"u": None}),
        ("ALTER TABLE orders RENAME total TO amount;\nSELECT ⎸ FROM orders", {"orders": ("order_id", "amount")}),
        ("ALTER TABLE orders RENAME COLUMN total TO u;\nSELECT ⎸ FROM u", {"u": None}),
        ("ALTER TABLE orders RENAME INDEX a TO b;\nSELECT ⎸ FROM orders", {"orders": ("order_id", "total")}),
        ("ALTER TABLE orders DROP COLUMN total, ADD note TEXT;\nSELECT ⎸ FROM orders", {"orders": ("order_id", "note")}),
        ("ALTER TABLE orders WITH CHECK ADD note TEXT\nSELECT ⎸ FROM orders", {"orders": ("order_id", "total", "note")}),
        ("ALTER TABLE orders CHANGE total amount INT;\nSELECT ⎸ FROM orders", {"orders": ("order_id", "amount")}),
        ("ALTER TABLE orders DROP CONSTRAINT total;\nSELECT ⎸ FROM orders", {"orders": ("order_id", "total")}),
        ("ALTER TABLE orders ALTER COLUMN total DROP NOT NULL;\nSELECT ⎸ FROM orders", {"orders": ("order_id", "total")}),
        ("CREATE TABLE t (a INT);\nCREATE TABLE u (b INT);\nDROP TABLE IF EXISTS u, t CASCADE;\nSELECT ⎸ FROM t", {"t": None}),
    ],
)  # fmt: skip
def test_what_is_changed_is_seen_as_it_became(
    text: str, relations: dict[str, tuple[str, ...] | None]
) -> None:
    assert seen(text) == relations


def test_a_table_that_a_query_fills_has_no_key_and_a_view_shows_that_of_its_table() -> None:
    keyed = Catalog((Table("orders", (Column("order_id", "INTEGER", nullable=False, primary_key=True),)),))
    text = "CREATE TABLE t AS SELECT order_id FROM orders;\nCREATE VIEW v AS SELECT order_id FROM orders;\n"
    tables = FileTables(Document("x.sql", text), len(text), keyed)
    made, view = tables.table("t"), tables.table("v")
    assert made is not None
    assert view is not None
    assert (made.primary_key, view.primary_key) == ((), ("order_id",))
    assert made.columns[0].type == "INTEGER"


@pytest.mark.parametrize("joined", ["v{below}", "v{below} a JOIN v{below} b ON a.total = b.total"])
def test_the_first_table_of_a_chain_is_asked_for_no_more_often_where_the_chain_is_longer(joined: str) -> None:
    class Counted(Catalog):
        def table(self, name: str) -> Table | None:
            asked.append(name)
            return super().table(name)

    counts = []
    for length in (2, 8):
        asked: list[str] = []
        text = "CREATE VIEW v0 AS SELECT total FROM orders;\n" + "".join(
            f"CREATE VIEW v{n} AS SELECT v{n - 1}.total FROM {joined.format(below=n - 1)};\n"
            for n in range(1, length)
        )
        table = FileTables(Document("x.sql", text), len(text), Counted(CATALOG.tables)).table(
            f"v{length - 1}"
        )
        assert table is not None
        assert [column.name for column in table.columns] == ["total"]
        counts.append(asked.count("orders"))
    assert counts[0] == counts[1]


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
    "ALTER TABLE t RENAME TO v;",
    "RENAME TABLE v TO t;",
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
