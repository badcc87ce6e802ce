"""Data and programs that cannot be used: a classed outcome each time, and nothing left behind."""

import asyncio
import os
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

import pytest

from understudy_knowledge.execution import Executor, Inputs, Limits
from understudy_knowledge.memory.records import DataSource


def leftovers() -> list[str]:
    return [path.name for path in Path(tempfile.gettempdir()).glob(f"understudy-{os.getpid()}-*")]


async def test_a_ten_gigabyte_database_is_not_copied(executor: Executor, tmp_path: Path) -> None:
    path = tmp_path / "huge.db"
    with path.open("wb") as file:
        file.write(b"SQLite format 3\0")
        file.truncate(10 << 30)
    outcome = await executor.run("SELECT 1", DataSource(path))
    assert outcome.kind == "unavailable"
    assert "larger than 4 GB" in outcome.message


async def test_a_damaged_database_is_an_outcome(executor: Executor, source: DataSource) -> None:
    size = 200
    with closing(sqlite3.connect(source.path)) as connection:
        connection.executemany("INSERT INTO t VALUES (?, ?)", [(n, "x" * 500) for n in range(size)])
        connection.commit()
    data = bytearray(source.path.read_bytes())
    data[5000:60000] = os.urandom(55000)
    source.path.write_bytes(data)
    outcome = await executor.run("SELECT sum(length(b)) FROM t", source)
    assert outcome.kind in {"unavailable", "error"}, outcome


@pytest.mark.parametrize("rows", [10_000_000])
async def test_ten_million_rows_end_at_the_limit(executor: Executor, source: DataSource, rows: int) -> None:
    sql = f"WITH RECURSIVE r(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM r WHERE x < {rows}) SELECT x FROM r"
    assert (await executor.run(sql, source)).kind == "rows"


async def test_what_json_cannot_carry_is_carried(executor: Executor, source: DataSource) -> None:
    sql = "SELECT x'ff00', CAST(x'ff' AS TEXT), 9e999, -9e999, 9223372036854775807, char(0, 10, 8232, 55296)"
    outcome = await executor.run(sql, source)
    assert outcome.result is not None, outcome
    assert outcome.result.rows[0][:5] == ("x'ff00'", "\ufffd", float("inf"), float("-inf"), 2**63 - 1)


async def test_copies_are_removed_and_those_of_the_dead_are_swept(
    source: DataSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    dead = tmp_path / "understudy-999999999-x"
    dead.mkdir()
    alive = tmp_path / f"understudy-{os.getppid()}-x"
    alive.mkdir()
    (source.path.parent / "a.csv").write_text("a\n1\n")
    async with Executor() as executor:
        assert (await executor.run("SELECT a FROM t", source)).kind == "ok"
        program = "open('a.csv').read()"
        assert (await executor.run_python(program, Inputs(source.path.parent, ("a.csv",)))).kind == "ok"
        assert leftovers()
    assert leftovers() == []
    assert not dead.exists()
    assert alive.exists()


async def test_a_run_sees_what_was_committed_before_it_and_never_the_live_file(
    executor: Executor, source: DataSource
) -> None:
    with closing(sqlite3.connect(source.path, isolation_level=None)) as writer:
        assert (await executor.run("SELECT count(*) FROM t", source)).kind == "ok"
        slow = "WITH RECURSIVE r(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM r) SELECT max(x) FROM r"
        running = asyncio.create_task(executor.run(slow, source, Limits(seconds=1)))
        await asyncio.sleep(0.2)
        writer.execute("BEGIN EXCLUSIVE")  # a reader of the live file would hold a lock
        writer.execute("INSERT INTO t VALUES (3, 'z')")
        writer.execute("COMMIT")
        assert (await running).kind == "timeout"
        outcome = await executor.run("SELECT count(*) FROM t", source)
        assert outcome.result is not None
        assert outcome.result.rows == ((3,),)
