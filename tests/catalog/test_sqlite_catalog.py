"""What is read from a SQLite file, and what is said when it cannot be read."""

import os
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from understudy_knowledge.catalog import Catalog, ForeignKey, read_sqlite
from understudy_knowledge.catalog.family import family_of
from understudy_knowledge.errors import DataSourceError


def build(path: Path, script: str) -> Path:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(script)
        connection.commit()
    return path


def catalog_of(folder: Path, script: str) -> Catalog:
    return read_sqlite(build(folder / "data.db", script))


def test_types_keys_rows_and_samples_of_a_plain_table(tmp_path: Path) -> None:
    catalog = catalog_of(
        tmp_path,
        """CREATE TABLE orders (id INTEGER PRIMARY KEY, status TEXT NOT NULL, total REAL, placed_on TEXT, is_paid INTEGER);
        INSERT INTO orders VALUES (1,'open',2.5,'2024-01-01',0),(2,'done',3.0,'2024-01-02',1),(3,'done',NULL,NULL,1);""",
    )
    orders = catalog.table("ORDERS")
    assert orders is not None
    assert (orders.rows, orders.kind, orders.primary_key, orders.source) == (3, "table", ("id",), "data.db")
    status = orders.column("status")
    assert status is not None
    assert (status.samples, status.samples_complete, status.nullable) == (("done", "open"), True, False)
    families = {column.name: column.family for column in orders.columns}
    assert families == {
        "id": "integer",
        "status": "text",
        "total": "number",
        "placed_on": "date",
        "is_paid": "boolean",
    }


def test_a_composite_foreign_key_keeps_its_pairs_and_an_implicit_one_finds_the_key(tmp_path: Path) -> None:
    catalog = catalog_of(
        tmp_path,
        """CREATE TABLE region (b TEXT, a TEXT, PRIMARY KEY (a, b)) WITHOUT ROWID;
        CREATE TABLE implicit (x TEXT, y TEXT, FOREIGN KEY (x, y) REFERENCES REGION);
        CREATE TABLE named (x TEXT, y TEXT, FOREIGN KEY (y, x) REFERENCES region (b, a));
        CREATE TABLE dangling (x TEXT REFERENCES nowhere, y TEXT REFERENCES region (c));""",
    )
    keys = {table.name: table.foreign_keys for table in catalog.tables}
    assert keys["implicit"] == (ForeignKey(("x", "y"), "region", ("a", "b")),)
    assert keys["named"] == (ForeignKey(("y", "x"), "region", ("b", "a")),)
    assert keys["dangling"] == ()


def test_names_with_quotes_spaces_and_other_scripts_survive(tmp_path: Path) -> None:
    folder = tmp_path / "a?b#c%20 d'"
    folder.mkdir()
    catalog = catalog_of(
        folder,
        """CREATE TABLE "sales ""2024""; --x" ("größe (cm)" TEXT, [a b] INT, `c"d` TEXT);
        INSERT INTO "sales ""2024""; --x" VALUES ('kleín', 7, '東京');""",
    )
    table = catalog.table('sales "2024"; --x')
    assert table is not None
    assert [(column.name, column.samples) for column in table.columns] == [
        ("größe (cm)", ("kleín",)),
        ("a b", (7,)),
        ('c"d', ("東京",)),
    ]


def test_comments_inside_create_table_are_kept(tmp_path: Path) -> None:
    catalog = catalog_of(
        tmp_path,
        """CREATE TABLE t ( -- every order once
            id INTEGER PRIMARY KEY, -- the shop's number
            -- gross, in cents
            total INT CHECK (total > 0 /* never free */),
            note TEXT DEFAULT 'a -- b, c',  -- what the customer
                                            -- wrote to us

            -- keys below
            FOREIGN KEY (id) REFERENCES t (id)
        );""",
    )
    table = catalog.table("t")
    assert table is not None
    assert table.comment == "every order once"
    assert {column.name: column.comment for column in table.columns} == {
        "id": "the shop's number",
        "total": "gross, in cents never free",
        "note": "what the customer wrote to us",
    }


def test_a_view_takes_types_and_samples_from_the_table_behind_it(tmp_path: Path) -> None:
    catalog = catalog_of(
        tmp_path,
        """CREATE TABLE t (id INTEGER PRIMARY KEY, city TEXT); INSERT INTO t VALUES (1, 'Oslo');
        CREATE VIEW v AS SELECT city AS town, count(*) AS n FROM t GROUP BY city;
        CREATE VIEW broken AS SELECT * FROM dropped;""",
    )
    view = catalog.table("v")
    assert view is not None
    assert (view.kind, view.rows) == ("view", None)
    assert [(column.name, column.samples) for column in view.columns] == [("town", ("Oslo",)), ("n", ())]
    assert catalog.table("broken") is None
    assert "broken" in catalog.notes[0]


def test_neither_views_nor_generated_columns_are_evaluated(tmp_path: Path) -> None:
    started = time.monotonic()
    catalog = catalog_of(
        tmp_path,
        """CREATE TABLE t (a TEXT, b TEXT AS (a || '!') STORED);
        INSERT INTO t (a) VALUES ('x');
        ALTER TABLE t ADD COLUMN slow TEXT AS (hex(zeroblob(400000000))) VIRTUAL;
        CREATE VIEW v AS SELECT hex(zeroblob(900000000)) AS bomb;""",
    )
    table = catalog.table("t")
    assert table is not None
    assert [(column.name, column.samples) for column in table.columns] == [
        ("a", ("x",)),
        ("b", ("x!",)),
        ("slow", ()),
    ]
    assert time.monotonic() - started < 2


def test_full_text_tables_hide_their_shadows(tmp_path: Path) -> None:
    catalog = catalog_of(
        tmp_path, "CREATE VIRTUAL TABLE docs USING fts5(title, body); CREATE TABLE docs_data2 (x);"
    )
    assert [table.name for table in catalog.tables] == ["docs", "docs_data2"]
    docs = catalog.table("docs")
    assert docs is not None
    assert [column.name for column in docs.columns] == ["title", "body"]


def test_samples_are_few_short_and_say_when_they_are_all(tmp_path: Path) -> None:
    path = build(tmp_path / "data.db", "CREATE TABLE t (many TEXT, long TEXT, number INT, blob BLOB);")
    with closing(sqlite3.connect(path)) as connection:
        rows = [(f"v{n:03}", "x" * 81 if n else "short", n, b"\0") for n in range(300)]
        connection.executemany("INSERT INTO t VALUES (?, ?, ?, ?)", rows)
        connection.commit()
    table = read_sqlite(path, samples_per_column=250).table("t")
    assert table is not None
    many, long, number, blob = table.columns
    assert (len(many.samples), many.samples_complete) == (250, False)
    assert (long.samples, long.samples_complete) == (("short",), False)
    assert len(number.samples) == 8
    assert blob.samples == ()
    assert not blob.samples_complete


def test_rows_written_to_a_wal_are_seen(tmp_path: Path) -> None:
    path = tmp_path / "wal.db"
    with closing(sqlite3.connect(path)) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("PRAGMA wal_autocheckpoint = 0")
        writer.execute("CREATE TABLE t (x)")
        writer.execute("INSERT INTO t VALUES (1)")
        writer.commit()
        table = read_sqlite(path).table("t")
        assert table is not None
        assert table.rows == 1


def test_a_large_table_is_read_in_bounded_time(tmp_path: Path) -> None:
    path = build(
        tmp_path / "large.db",
        """CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b INT); CREATE INDEX i ON t (a);
        WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 1200000)
        INSERT INTO t SELECT x, 'v' || (x % 7), x FROM n;""",
    )
    started = time.monotonic()
    table = read_sqlite(path).table("t")
    assert time.monotonic() - started < 15
    assert table is not None
    assert table.rows == 1_200_000
    column = table.column("a")
    assert column is not None
    assert len(column.samples) == 7
    assert not column.samples_complete


def test_a_locked_file_is_reported_within_a_second(tmp_path: Path) -> None:
    path = build(tmp_path / "data.db", "CREATE TABLE t (x);")
    program = (
        "import sqlite3,sys; c=sqlite3.connect(sys.argv[1], isolation_level=None); c.execute('BEGIN EXCLUSIVE');"
        "print('locked', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        started = time.monotonic()
        with pytest.raises(DataSourceError, match="locked by another process"):
            read_sqlite(path)
        assert time.monotonic() - started < 1.5
        holder.kill()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "does not exist"),
        (b"this is a text file, and long enough to have a header " * 40, "not a SQLite database"),
        (b"SQLite format 3\x00" + b"\xff" * 4000, "not a SQLite database|damaged|cannot be read"),
    ],
)
def test_what_is_no_database_gets_one_sentence(tmp_path: Path, content: bytes | None, message: str) -> None:
    path = tmp_path / "odd.db"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DataSourceError, match=message) as caught:
        read_sqlite(path)
    assert "\n" not in str(caught.value)


def test_a_folder_and_a_named_pipe_are_turned_away(tmp_path: Path) -> None:
    with pytest.raises(DataSourceError, match="is a folder"):
        read_sqlite(tmp_path)
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.db")
        with pytest.raises(DataSourceError, match="not a regular file"):
            read_sqlite(tmp_path / "pipe.db")


def test_a_damaged_table_loses_its_rows_but_not_its_columns(tmp_path: Path) -> None:
    path = build(tmp_path / "data.db", "CREATE TABLE good (x TEXT); CREATE TABLE bad (y TEXT);")
    with closing(sqlite3.connect(path)) as connection:
        connection.executemany("INSERT INTO bad VALUES (?)", [("y" * 500,)] * 200)
        connection.execute("INSERT INTO good VALUES ('fine')")
        connection.commit()
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'bad'").fetchone()
    content = bytearray(path.read_bytes())
    content[(page - 1) * 4096 : page * 4096] = b"\xee" * 4096
    path.write_bytes(content)
    catalog = read_sqlite(path)
    good, bad = catalog.table("good"), catalog.table("bad")
    assert good is not None
    assert bad is not None
    assert good.columns[0].samples == ("fine",)
    assert [column.name for column in bad.columns] == ["y"]
    assert "damaged" in catalog.notes[0]


def test_an_empty_file_is_an_empty_catalog(tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    assert not read_sqlite(tmp_path / "empty.db")


@pytest.mark.parametrize(
    ("declared", "name", "samples", "family"),
    [
        ("VARCHAR(20)", "code", (), "text"),
        ("DECIMAL(10, 2)", "price", (1, 2), "number"),
        ("BOOLEAN", "paid", (0, 1), "boolean"),
        ("INTEGER", "has_children", (0, 1), "boolean"),
        ("INTEGER", "has_children", (0, 1, 2), "integer"),
        ("INTEGER", "quantity", (0, 1), "integer"),
        ("TEXT", "at", ("2024-01-01T10:00:00Z", "2024-01-01 10:00"), "date"),
        ("TEXT", "at", ("2024-01-01", "soon"), "text"),
        ("TIMESTAMP", "at", (), "date"),
        ("TIMESTAMP", "at", (1700000000,), "integer"),
        ("INTERVAL", "span", (), "text"),
        ("", "anything", (), "unknown"),
        ("", "anything", (1, 2.5), "number"),
        ("BLOB", "raw", (), "blob"),
    ],
)
def test_family_follows_type_and_samples(
    declared: str, name: str, samples: tuple[str | int, ...], family: str
) -> None:
    assert family_of(declared, name, samples) == family
