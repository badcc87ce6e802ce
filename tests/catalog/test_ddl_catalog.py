"""Tables read from DDL text, merged with others, and found in a workspace."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from understudy_knowledge.catalog import Catalog, Column, ForeignKey, Table, discover, merge, read_ddl
from understudy_knowledge.catalog.comments import read_comments
from understudy_knowledge.catalog.pieces import pieces, statements

SHOP = """
-- The shop's schema. This block is about the file.

-- People who buy.
CREATE TABLE "customers" (
    id INTEGER PRIMARY KEY,  -- from the till
    email VARCHAR(80) NOT NULL UNIQUE
);
INSERT INTO customers VALUES (1, 'a;b');
CREATE TABEL typo (x INT);
CREATE TABLE broken (x INT DEFAULT (1, y);
CREATE TABLE IF NOT EXISTS orders (
    id INTEGER, line INTEGER, customer INT REFERENCES customers, note TEXT DEFAULT 'it''s; fine',
    PRIMARY KEY (id, line),
    CONSTRAINT parent FOREIGN KEY (id, line) REFERENCES archive (a, b) ON DELETE CASCADE
); -- trailing words
CREATE VIEW big AS SELECT o.id, c.email AS mail, count(*) AS n FROM orders o JOIN customers c ON c.id = o.customer GROUP BY 1, 2;
CREATE VIEW bigger (key, address) AS SELECT id, mail FROM big;
CREATE VIEW lost AS SELECT * FROM elsewhere;
"""


def test_one_syntax_error_does_not_lose_the_rest() -> None:
    catalog = read_ddl(SHOP, dialect="sqlite", source="schema.sql")
    assert [table.name for table in catalog.tables] == ["customers", "orders", "big", "bigger"]
    assert [note.split(": ")[0] for note in catalog.notes] == ["schema.sql:11", "schema.sql:19"]


def test_keys_types_and_comments_of_a_table() -> None:
    catalog = read_ddl(SHOP, dialect="sqlite", source="schema.sql")
    customers, orders = catalog.table("customers"), catalog.table("orders")
    assert customers is not None
    assert orders is not None
    assert customers.comment == "People who buy."
    assert (customers.columns[0].comment, customers.columns[0].primary_key) == ("from the till", True)
    assert (customers.columns[1].nullable, customers.columns[1].family) == (False, "text")
    assert orders.primary_key == ("id", "line")
    assert orders.foreign_keys == (ForeignKey(("customer",), "customers", ("id",)),)


def test_a_key_may_name_the_columns_of_another_table() -> None:
    text = "CREATE TABLE p (a INT, b INT); CREATE TABLE c (x INT, y INT, CONSTRAINT k FOREIGN KEY (x, y) REFERENCES P (b, a))"
    child = read_ddl(text, dialect="sqlite", source="f.sql").table("c")
    assert child is not None
    assert child.foreign_keys == (ForeignKey(("x", "y"), "p", ("b", "a")),)


def test_view_columns_are_derived_through_other_views() -> None:
    bigger = read_ddl(SHOP, dialect="sqlite", source="schema.sql").table("bigger")
    assert bigger is not None
    assert [column.name for column in bigger.columns] == ["key", "address"]


def test_postgres_bodies_and_comments_are_understood() -> None:
    text = """CREATE FUNCTION f() RETURNS int AS $$ BEGIN; CREATE TABLE no (x int); END $$ LANGUAGE plpgsql;
    CREATE TABLE public.events (id bigserial PRIMARY KEY, at timestamptz NOT NULL, tags text[]);"""
    catalog = read_ddl(text, dialect="postgres", source="pg.sql")
    assert [table.name for table in catalog.tables] == ["events"]
    assert [column.family for column in catalog.tables[0].columns] == ["integer", "date", "text"]


def test_create_table_as_takes_its_columns_from_a_known_table() -> None:
    known = Catalog(
        (Table("t", (Column("a", "TEXT", samples=("x",), family="text"), Column("b", "INTEGER"))),)
    )
    catalog = read_ddl(
        "CREATE TABLE c AS SELECT *, 1 AS one FROM t", dialect="sqlite", source="f.sql", known=known
    )
    assert [(column.name, column.samples) for column in catalog.tables[0].columns] == [
        ("a", ("x",)),
        ("b", ()),
        ("one", ()),
    ]


@given(st.text(alphabet="CREATE TABLE t(a b,c);'\"`[]$-/*\n", max_size=200))
def test_no_text_stops_the_reader(text: str) -> None:
    read_ddl("CREATE TABLE kept (x INT);\n" + text, dialect="sqlite", source="any.sql")
    read_comments(text)
    assert all(text[piece.start : piece.end] == piece.text for piece in pieces(text))
    assert sum(len(statement) for statement in statements(text)) <= len(text)


def test_the_live_database_wins_and_ddl_fills_what_it_lacks() -> None:
    live = Catalog((Table("T", (Column("a", "TEXT", samples=("x",)), Column("b")), rows=4),), notes=("one",))
    written = Catalog(
        (
            Table(
                "t",
                (
                    Column("A", "INT", comment="first", samples=(9,)),
                    Column("b", "INT", family="integer"),
                    Column("gone"),
                ),
                (ForeignKey(("b",), "u", ("id",)), ForeignKey(("gone",), "u", ("id",))),
                comment="a table",
            ),
            Table("u", (Column("id"),)),
        ),
        dialect="postgres",
        notes=("one", "two"),
    )
    merged = merge(live, written)
    assert merged.dialect == "sqlite"
    assert merged.notes == ("one", "two")
    table = merged.table("t")
    assert table is not None
    assert (table.name, table.rows, table.comment) == ("T", 4, "a table")
    assert table.columns == (
        Column("a", "TEXT", samples=("x",), comment="first"),
        Column("b", "INT", family="integer"),
    )
    assert table.foreign_keys == (ForeignKey(("b",), "u", ("id",)),)
    assert merged.table("u") is not None
    assert not merge()


def test_discover_reads_the_workspace_and_notes_what_it_cannot_read(tmp_path: Path) -> None:
    (tmp_path / "sql").mkdir()
    (tmp_path / "sql" / "a.sql").write_text("CREATE TABLE a (x INT REFERENCES z);", "utf-8")
    (tmp_path / "sql" / "query.sql").write_text("SELECT 1", "utf-8")
    (tmp_path / "z.SQL").write_text("\ufeffCREATE TABLE z (id INT PRIMARY KEY); CREATE TABLE (;", "utf-8")
    (tmp_path / "dump.sql").write_bytes(b"CREATE TABLE huge (x INT);")
    os.truncate(tmp_path / "dump.sql", 300 * 1024 * 1024)
    for folder in (".hidden", "node_modules", "myenv", ".understudy", "archive"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "no.sql").write_text("CREATE TABLE no (x INT);", "utf-8")
    (tmp_path / "myenv" / "pyvenv.cfg").touch()
    catalog = discover(tmp_path, database=tmp_path / "missing.db", dialect="sqlite", exclude=("archive/*",))
    assert sorted(table.name for table in catalog.tables) == ["a", "z"]
    a = catalog.table("a")
    assert a is not None
    assert a.foreign_keys == (ForeignKey(("x",), "z", ("id",)),)
    assert len(catalog.notes) == 3
    assert "does not exist" in catalog.notes[0]


def test_links_out_of_the_workspace_are_not_read(tmp_path: Path) -> None:
    outside, root = tmp_path / "outside", tmp_path / "root"
    outside.mkdir()
    root.mkdir()
    (outside / "secret.sql").write_text("CREATE TABLE secret (x INT);", "utf-8")
    try:
        (root / "link.sql").symlink_to(outside / "secret.sql")
        (root / "folder").symlink_to(outside, target_is_directory=True)
    except OSError:
        return  # a system that refuses links has nothing to follow
    assert not discover(root)


def test_the_database_and_its_ddl_become_one_catalog(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "d.db")) as connection:
        connection.executescript("CREATE TABLE t (x TEXT); INSERT INTO t VALUES ('v');")
    (tmp_path / "schema.sql").write_text("-- all things\nCREATE TABLE t (x TEXT -- their names\n);", "utf-8")
    table = discover(tmp_path, database=tmp_path / "d.db").table("t")
    assert table is not None
    assert (table.comment, table.columns[0].comment, table.columns[0].samples) == (
        "all things",
        "their names",
        ("v",),
    )
