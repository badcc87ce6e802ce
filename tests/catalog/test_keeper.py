"""The catalog of a workspace through its life: read, changed, remembered, and with a database that comes and goes."""

import json
import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from understudy_knowledge.catalog import Catalog, Column, Table
from understudy_knowledge.catalog import keeper as keeper_module
from understudy_knowledge.catalog.engines import Database
from understudy_knowledge.catalog.keeper import Keeper
from understudy_knowledge.catalog.readings import Readings
from understudy_knowledge.catalog.source import Known, Precedence, Source


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    write(tmp_path / "a.sql", "CREATE TABLE a (id INT);")
    write(tmp_path / "b.sql", "CREATE TABLE b (id INT);")
    return tmp_path


def write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    # Some file systems keep time in steps so coarse that two writes of a test fall into one.
    moment = time.time_ns() + write.__dict__.setdefault("steps", 0)
    write.__dict__["steps"] += 10**9
    os.utime(path, ns=(moment, moment))


def run(path: Path, script: str) -> Path:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(script)
    return path


def names(catalog: Catalog) -> list[str]:
    return [table.name for table in catalog.tables]


def test_only_the_file_that_changed_is_read_again(workspace: Path) -> None:
    reads: list[str] = []

    def source(name: str) -> Source:
        def read(known: Known) -> Catalog:
            reads.append(name)
            return Catalog((Table(name, (Column((workspace / name).read_text("utf-8")),)),))

        return Source(name, Precedence.DDL, (workspace / name,), read)

    readings, sources = Readings(), [source("a.sql"), source("b.sql")]
    readings.read(sources)
    assert not readings.changed()
    write(workspace / "a.sql", "other")
    assert readings.changed()
    found = readings.read(sources)
    assert reads == ["a.sql", "b.sql", "a.sql"]
    assert found.column("a.sql", "other")
    assert names(readings.read(sources[1:])) == ["b.sql"], "what is no source any more is forgotten"


def test_a_view_is_derived_again_when_its_tables_change(workspace: Path) -> None:
    write(workspace / "0_view.sql", "CREATE VIEW v AS SELECT * FROM a;")
    keeper = Keeper(workspace)
    assert names(keeper.read_files()) == ["v", "a", "b"] or "v" in names(keeper.catalog)
    write(workspace / "a.sql", "CREATE TABLE a (id INT, more TEXT);")
    assert keeper.refresh_files()
    view = keeper.catalog.table("v")
    assert view is not None
    assert [column.name for column in view.columns] == ["id", "more"]


def test_files_that_come_and_go_are_seen(workspace: Path) -> None:
    keeper = Keeper(workspace)
    keeper.read_files()
    before = keeper.catalog
    assert not keeper.refresh_files()
    assert keeper.catalog is before, "nothing changed, so nobody has to look again"
    write(workspace / "c.sql", "CREATE TABLE c (id INT);")
    (workspace / "a.sql").unlink()
    keeper.read_files()
    assert names(keeper.catalog) == ["b", "c"]
    assert keeper.catalog.version != before.version


def test_the_database_comes_first_and_files_complete_it(workspace: Path) -> None:
    path = run(workspace / "shop.db", "CREATE TABLE a (id INTEGER PRIMARY KEY, name TEXT);")
    write(workspace / "a.sql", "CREATE TABLE a (id INT, name TEXT /* in full */, gone TEXT);")
    keeper = Keeper(workspace, Database("sqlite", path))
    keeper.read_files()
    assert not keeper.catalog.complete
    keeper.read_database()
    table = keeper.catalog.table("a")
    assert table is not None
    assert [(column.name, column.comment) for column in table.columns] == [("id", ""), ("name", "in full")]
    assert (table.source, table.also) == ("shop.db", ("a.sql:1",))
    assert keeper.catalog.complete


def test_a_database_that_fails_leaves_the_files_and_what_was_known_of_it(workspace: Path) -> None:
    path = workspace / "shop.db"
    keeper = Keeper(workspace, Database("sqlite", path))
    keeper.read_files()
    keeper.read_database()
    assert names(keeper.catalog) == ["a", "b"]
    assert "does not exist" in keeper.catalog.notes[0]
    run(path, "CREATE TABLE live (id INTEGER);")
    assert keeper.refresh_database(), "it is there now"
    assert keeper.catalog.notes == ()
    path.write_bytes(b"not a database any more" * 400)
    keeper.read_database()
    assert "live" in names(keeper.catalog)
    assert "is not a SQLite database" in keeper.catalog.notes[0]


def test_a_changed_schema_is_read_again_and_changed_rows_are_not(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = run(workspace / "shop.db", "CREATE TABLE live (id INTEGER);")
    keeper = Keeper(workspace, Database("sqlite", path))
    keeper.read_database()
    keeper._took = 0.0  # a busy machine must not make it wait
    run(path, "INSERT INTO live VALUES (1);")
    assert not keeper.refresh_database()
    run(path, "ALTER TABLE live ADD COLUMN more TEXT;")
    assert keeper.refresh_database()
    assert keeper.catalog.column("live", "more")
    keeper._took = 0.0
    monkeypatch.setattr(keeper_module, "NEW_SAMPLES_SECONDS", 0.0)
    run(path, "INSERT INTO live VALUES (2, 'x');")
    assert keeper.refresh_database(), "after a while new values are worth a look"


def test_what_a_server_said_is_there_at_the_next_start(workspace: Path, silent_server: int) -> None:
    memory = workspace / "catalog.json"
    database = Database("postgres", url=f"postgresql://u@127.0.0.1:{silent_server}/shop")
    keeper = Keeper(workspace, database, seconds=0.5)
    keeper._answer = Catalog(
        (
            Table(
                "live",
                (Column("id", "integer", samples=(1, 2)),),
                namespace="sales",
                source="shop on 127.0.0.1",
            ),
        ),
        "postgres",
        complete=True,
        search_path=("sales",),
    )
    assert keeper.remember(memory)
    later = Keeper(workspace, database, seconds=0.5)
    assert not later.recall(memory), "it may have changed since"
    table = later.catalog.table("live")
    assert table is not None
    assert (table.path, table.columns[0].samples, later.catalog.search_path) == (
        "sales.live",
        (1, 2),
        ("sales",),
    )
    assert table.source.startswith("shop on 127.0.0.1, as it was on 20")
    assert not later.catalog.complete, "what it does not have may have been made since"
    later.read_database()
    assert later.catalog.table("live") is not None
    assert "did not answer within 0.5 s" in later.catalog.notes[0]


def test_an_unchanged_file_is_as_good_remembered_as_read(workspace: Path) -> None:
    path = run(
        workspace / "shop.db", "CREATE TABLE live (id INTEGER, name TEXT); INSERT INTO live VALUES (1, 'x');"
    )
    memory, database = workspace / "catalog.json", Database("sqlite", path)
    keeper = Keeper(workspace, database)
    keeper.read_database()
    assert keeper.remember(memory)
    later = Keeper(workspace, database)
    assert later.recall(memory)
    assert later.catalog == keeper.catalog
    assert not later.refresh_database()
    run(path, "ALTER TABLE live ADD COLUMN more TEXT;")
    assert not Keeper(workspace, database).recall(memory), "as of now it is another file"
    assert later.refresh_database()


def test_without_samples_none_are_remembered(workspace: Path) -> None:
    path = run(
        workspace / "shop.db", "CREATE TABLE live (name TEXT); INSERT INTO live VALUES ('secret value');"
    )
    memory, database = workspace / "catalog.json", Database("sqlite", path, samples=False)
    keeper = Keeper(workspace, database)
    keeper.read_database()
    assert keeper.remember(memory)
    assert "secret value" not in memory.read_text("utf-8")
    with_samples = Keeper(workspace, Database("sqlite", path))
    assert not with_samples.recall(memory), "what was kept without them does not serve who wants them"


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "null",
        '{"of": 1}',
        "[" * 100_000,
        '{"catalog": {"tables": [{"columns": 7}]}}',
        "\x00\xff",
    ],
)
def test_a_broken_memory_is_as_if_there_were_none(workspace: Path, content: str) -> None:
    memory, database = workspace / "catalog.json", Database("sqlite", workspace / "shop.db")
    memory.write_text(content, encoding="utf-8")
    assert not Keeper(workspace, database).recall(memory)
    keeper = Keeper(workspace, database)
    keeper._answer = Catalog((Table("t", (Column("x"),)),))
    assert keeper.remember(memory)
    kept = json.loads(memory.read_text("utf-8"))
    for damage in (
        {"catalog": 7},
        {"catalog": {"tables": [{"columns": 7}]}},
        {"touched": None, "catalog": None},
    ):
        memory.write_text(json.dumps(kept | damage), encoding="utf-8")
        assert not Keeper(workspace, database).recall(memory)


def test_memory_that_cannot_be_written_costs_nothing(workspace: Path) -> None:
    keeper = Keeper(workspace, Database("sqlite", workspace / "shop.db"))
    keeper._answer = Catalog((Table("t", (Column("x"),)),))
    assert not keeper.remember(workspace / "no such folder" / "catalog.json")
    assert not keeper.remember(workspace)
    assert sorted(path.name for path in workspace.iterdir()) == ["a.sql", "b.sql"]


def test_a_reader_that_breaks_costs_its_own_file_only(workspace: Path) -> None:
    def broken(known: Known) -> Catalog:
        raise RecursionError("too deep")

    def sound(known: Known) -> Catalog:
        return Catalog((Table("t", (Column("x"),)),))

    sources = [
        Source("deep.sql", Precedence.DDL, (), broken),
        Source("sound.sql", Precedence.DDL, (), sound),
    ]
    found = Readings().read(sources)
    assert names(found) == ["t"]
    assert found.notes == (
        "deep.sql is left out, because reading it failed (RecursionError: too deep); please report this.",
    )
