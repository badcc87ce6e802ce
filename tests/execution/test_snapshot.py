"""Copies of a database that others keep writing to."""

import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from understudy_knowledge.errors import DataSourceError
from understudy_knowledge.execution import snapshot
from understudy_knowledge.memory.records import DataSource


def rows(source: DataSource) -> list[tuple[int]]:
    with closing(sqlite3.connect(source.path)) as connection:
        return connection.execute("SELECT a FROM t ORDER BY a").fetchall()


@pytest.fixture
def source(tmp_path: Path) -> DataSource:
    with closing(sqlite3.connect(tmp_path / "data.db")) as connection:
        connection.executescript(
            "PRAGMA journal_mode = WAL; CREATE TABLE t (a INT); INSERT INTO t VALUES (1);"
        )
    return DataSource(tmp_path / "data.db")


def test_rows_of_an_open_wal_are_in_the_copy(source: DataSource, tmp_path: Path) -> None:
    with closing(sqlite3.connect(source.path)) as writer:
        writer.execute("INSERT INTO t VALUES (2)")
        writer.commit()
        writer.execute("INSERT INTO t VALUES (3)")
        copy = snapshot(source, tmp_path / "copies")
        writer.commit()
    assert rows(copy) == [(1,), (2,)]
    assert [path.name for path in (tmp_path / "copies").iterdir()] == [copy.path.name]


def test_a_copy_is_made_again_only_when_the_source_changed(source: DataSource, tmp_path: Path) -> None:
    first = snapshot(source, tmp_path / "copies")
    made = first.path.stat().st_mtime_ns
    assert snapshot(source, tmp_path / "copies") == first
    assert first.path.stat().st_mtime_ns == made
    with closing(sqlite3.connect(source.path)) as writer:
        writer.execute("INSERT INTO t VALUES (2)")
        writer.commit()
    os.utime(source.path)
    second = snapshot(source, tmp_path / "copies")
    assert rows(second) == [(1,), (2,)]
    assert [path.name for path in (tmp_path / "copies").iterdir()] == [second.path.name]


def test_a_locked_source_is_reported_in_bounded_time(tmp_path: Path) -> None:
    path = tmp_path / "data.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as holder:
        holder.execute("CREATE TABLE t (a)")
        holder.execute("BEGIN EXCLUSIVE")
        started = time.monotonic()
        with pytest.raises(DataSourceError, match="locked"):
            snapshot(DataSource(path), tmp_path / "copies")
        assert time.monotonic() - started < 2


def test_a_folder_that_cannot_be_written_is_named(source: DataSource, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DataSourceError, match="cannot hold a copy"):
        snapshot(source, tmp_path / "file" / "copies")
    with pytest.raises(DataSourceError, match="does not exist"):
        snapshot(DataSource(tmp_path / "missing.db"), tmp_path / "copies")
