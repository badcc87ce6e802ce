"""Statements on a real Postgres server, as a role that may only SELECT."""

import pytest

from understudy_knowledge.execution import Executor, Limits
from understudy_knowledge.memory.records import DataSource


async def test_rows_come_back_with_their_types(executor: Executor, postgres: DataSource) -> None:
    sql = "SELECT a, b, 1.5::numeric, NULL, DATE '2024-02-29', TRUE, '{1,2}'::int[], 'NaN'::float8, '\\x00ff'::bytea FROM t ORDER BY a"
    outcome = await executor.run(sql, postgres)
    assert outcome.result is not None, outcome.message
    assert outcome.result.columns[:2] == ("a", "b")
    assert outcome.result.rows[0][:7] == (1, "x", 1.5, None, "2024-02-29", True, "[1, 2]")
    assert outcome.result.rows[0][8] == "x'00ff'"


@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        ("SELECT a FROM t WHERE", "syntax"),
        ("SELECT nope FROM t", "unknown-name"),
        ("SELECT a FROM nope", "unknown-name"),
        ("SELECT nope(a) FROM t", "refused"),
        ("SELECT a + b FROM t", "type-error"),
        ("SELECT 1 / 0", "type-error"),
        ("SELECT count(*) FROM generate_series(1, 10000000000)", "timeout"),
        ("SELECT * FROM generate_series(1, 10000000)", "rows"),
        ("SELECT repeat('x', 3000000)", "bytes"),
    ],
)
async def test_failures_are_classed(executor: Executor, postgres: DataSource, sql: str, kind: str) -> None:
    outcome = await executor.run(sql, postgres, Limits(seconds=1 if kind == "timeout" else 20))
    assert outcome.kind == kind, outcome


async def test_a_superuser_is_not_used(executor: Executor, postgres: DataSource) -> None:
    owner = DataSource(postgres.path, "postgres", address=postgres.address.replace("reader", "owner"))
    outcome = await executor.run("SELECT 1", owner)
    assert outcome.kind == "unavailable"
    assert "superuser" in outcome.message


async def test_a_server_that_is_away_is_an_outcome(executor: Executor) -> None:
    from pathlib import Path

    nowhere = DataSource(Path("/nowhere"), "postgres", address="host=/nowhere user=x dbname=y")
    assert (await executor.run("SELECT 1", nowhere)).kind == "unavailable"
