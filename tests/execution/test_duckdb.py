"""Statements on a real DuckDB file."""

from pathlib import Path

import duckdb
import pytest

from understudy_knowledge.execution import Executor, Limits
from understudy_knowledge.memory.records import DataSource


@pytest.fixture
def duck(tmp_path: Path) -> DataSource:
    path = tmp_path / "data.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE t (a INTEGER, b VARCHAR); INSERT INTO t VALUES (1, 'x'), (2, 'y')")
    return DataSource(path, "duckdb")


async def test_rows_come_back_with_their_types(executor: Executor, duck: DataSource) -> None:
    sql = "SELECT a, b, 1.5::DECIMAL(4,2), NULL, DATE '2024-02-29', [1, 2], {'k': 1}, 'x'::BLOB, 12345678901234567890::HUGEINT FROM t ORDER BY a"
    outcome = await executor.run(sql, duck)
    assert outcome.result is not None, outcome.message
    assert outcome.result.rows[0] == (
        1,
        "x",
        1.5,
        None,
        "2024-02-29",
        "[1, 2]",
        "{'k': 1}",
        "x'78'",
        12345678901234567890,
    )


@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        ("SELECT a FROM t WHERE", "syntax"),
        ("SELECT nope FROM t", "unknown-name"),
        ("SELECT a FROM nope", "unknown-name"),
        ("SELECT a + b FROM t", "type-error"),
        ("SELECT count(*) FROM range(100000000000)", "timeout"),
        ("SELECT * FROM range(10000000)", "rows"),
        ("SELECT repeat('x', 3000000)", "bytes"),
    ],
)
async def test_failures_are_classed(executor: Executor, duck: DataSource, sql: str, kind: str) -> None:
    outcome = await executor.run(sql, duck, Limits(seconds=1 if kind == "timeout" else 20))
    assert outcome.kind == kind, outcome


async def test_rows_of_an_open_writer_are_not_waited_for(executor: Executor, duck: DataSource) -> None:
    with duckdb.connect(str(duck.path)) as writer:
        writer.execute("INSERT INTO t VALUES (3, 'z')")
        outcome = await executor.run("SELECT count(*) FROM t", duck)
    assert outcome.kind in {"ok", "unavailable"}
