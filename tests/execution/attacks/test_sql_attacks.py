"""Statements that attack: each does what it wants without the sandbox, and nothing with it, whether or not the gate sees it."""

import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from attrs import evolve

from understudy_knowledge.execution import Executor, Limits
from understudy_knowledge.execution.gate import refusal
from understudy_knowledge.memory.records import DataSource

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

HERE = Path(__file__).parent
ATTACKS: list[dict[str, Any]] = tomllib.loads((HERE / "sql.toml").read_text(encoding="utf-8"))["attack"]
LIMITS = Limits(seconds=0.5, rows=10_000, bytes=8 << 20, memory=256 << 20)
PATIENT = evolve(LIMITS, seconds=2)
SECRET = "SECRET-8f14e45f"
TOO_MUCH = {"rows", "bytes", "memory", "timeout", "refused", "error"}
SIZE = """
rows = list(rows)
size = sum(len(str(cell)) for row in rows for cell in row)
"done" if len(rows) > {rows} or size > {bytes} else "small"
"""
NAKED = {
    "sqlite": """
import sqlite3
connection = sqlite3.connect({path!r}, isolation_level=None)
text, rows, statement = {sql!r}, [], ""
for piece in text.split(";"):
    statement += piece
    if sqlite3.complete_statement(statement + ";") and statement.strip():
        rows, statement = connection.execute(statement).fetchall(), ""
    else:
        statement += ";"
""",
    "duckdb": """
import duckdb
rows = (duckdb.connect({path!r}).execute({sql!r}) or duckdb.sql("SELECT 1")).fetchall()
""",
    "postgres": """
import psycopg
connection = psycopg.connect({path!r}, autocommit=True)
cursor = connection.execute({sql!r})
while cursor.nextset():
    pass
rows = cursor.fetchall() if cursor.description else []
connection.close()
""",
}


def sandboxed(engine: str) -> pytest.MarkDecorator:
    """Every attack, and again without the gate where that would stop it: the gate is never the only wall."""
    chosen = [each for each in ATTACKS if each["engine"] == engine]
    stopped = [each for each in chosen if refusal(each["sql"], engine) is not None]
    return pytest.mark.parametrize(
        ("attack", "without_gate"),
        [
            pytest.param(
                each, without, id=each["name"].replace(" ", "_") + ("-without_gate" if without else "")
            )
            for without, some in ((False, chosen), (True, stopped))
            for each in some
        ],
    )


def open_the_gate(monkeypatch: pytest.MonkeyPatch, without_gate: bool) -> None:
    if without_gate:
        monkeypatch.setattr("understudy_knowledge.execution.executor.refusal", lambda sql, dialect: None)


def cases(engine: str) -> pytest.MarkDecorator:
    chosen = [each for each in ATTACKS if each["engine"] == engine]
    return pytest.mark.parametrize(
        "attack", [pytest.param(each, id=each["name"].replace(" ", "_")) for each in chosen]
    )


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def executor() -> AsyncIterator[Executor]:
    async with Executor(workers=1) as executor:
        yield executor


def program(attack: dict[str, Any], sql: str, path: str) -> str:
    """The statement run by an ordinary connection; "done" where that got what it wanted."""
    run = NAKED[attack["engine"]].format(sql=sql, path=path)
    if attack["kind"] == "reads":
        return run + f'"done" if "{SECRET}" in str(rows) else str(rows)'
    if attack["kind"] == "grows":
        return run + SIZE.format(rows=LIMITS.rows, bytes=LIMITS.bytes)
    return run + '"done"'


def succeeds(answer: dict[str, Any], kind: str, harm: list[str]) -> bool:
    if kind == "time":
        return bool(answer["late"])
    if kind == "changes":
        return bool(harm)
    if kind == "grows":
        return answer["said"] == "done" or answer["peak"] > LIMITS.memory
    return bool(answer["said"] == "done")


async def attempt(
    attack: dict[str, Any], sql: str, executor: Executor, source: DataSource, *, without_gate: bool = False
) -> None:
    """Asserts that the statement gets nothing, and that a later one is not harmed."""
    outcome = await executor.run(sql, source, PATIENT if attack["kind"] == "grows" else LIMITS)
    assert SECRET not in str(outcome.result)
    assert SECRET not in outcome.message or SECRET in sql
    if attack["kind"] in {"time", "grows"}:
        assert outcome.kind in TOO_MUCH, outcome
    elif not without_gate:
        assert outcome.kind != "ok", outcome
    later = await executor.run("SELECT 1 + 1", source, LIMITS)
    assert later.result is not None, later
    assert later.result.rows == ((2,),)


def request(stage: Any, code: str, kind: str) -> dict[str, Any]:
    seconds = LIMITS.seconds + 0.3 if kind == "time" else 20
    return {"code": code, "folder": str(stage.folder), "seconds": seconds}


FILES = {"sqlite": "live.db", "duckdb": "live.duckdb"}
Naked = Callable[[dict[str, Any]], dict[str, Any]]


@cases("sqlite")
def test_it_succeeds_on_sqlite_without_the_sandbox(attack: dict[str, Any], stage: Any, naked: Naked) -> None:
    bare_file(attack, stage, naked)


@cases("duckdb")
def test_it_succeeds_on_duckdb_without_the_sandbox(attack: dict[str, Any], stage: Any, naked: Naked) -> None:
    bare_file(attack, stage, naked)


def bare_file(attack: dict[str, Any], stage: Any, naked: Naked) -> None:
    stage.set()
    path = str(stage.folder / FILES[attack["engine"]])
    answer = naked(request(stage, program(attack, stage.put(attack["sql"], 3), path), attack["kind"]))
    assert succeeds(answer, attack["kind"], stage.harm()), answer


@cases("postgres")
def test_it_succeeds_on_postgres_without_the_sandbox(
    attack: dict[str, Any], stage: Any, server: Any, naked: Naked
) -> None:
    stage.set()
    before = server.set()
    sql = stage.put(attack["sql"], 3).replace("@HOST@", str(server.source.path))
    answer = naked(request(stage, program(attack, sql, server.owner), attack["kind"]))
    harm = stage.harm() + (["the server changed"] if server.state() != before else [])
    assert succeeds(answer, attack["kind"], harm), answer


@pytest.mark.asyncio(loop_scope="module")
@sandboxed("sqlite")
async def test_it_fails_on_sqlite(
    attack: dict[str, Any],
    stage: Any,
    executor: Executor,
    without_gate: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    open_the_gate(monkeypatch, without_gate)
    stage.set()
    source = DataSource(stage.folder / "live.db")
    await attempt(attack, stage.put(attack["sql"], 3), executor, source)
    assert stage.harm() == []


@pytest.mark.asyncio(loop_scope="module")
@sandboxed("duckdb")
async def test_it_fails_on_duckdb(
    attack: dict[str, Any],
    stage: Any,
    executor: Executor,
    without_gate: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    open_the_gate(monkeypatch, without_gate)
    stage.set()
    source = DataSource(stage.folder / "live.duckdb", "duckdb")
    await attempt(attack, stage.put(attack["sql"], 3), executor, source, without_gate=without_gate)
    assert stage.harm() == []


@pytest.mark.asyncio(loop_scope="module")
@sandboxed("postgres")
async def test_it_fails_on_postgres(
    attack: dict[str, Any],
    stage: Any,
    server: Any,
    executor: Executor,
    without_gate: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    open_the_gate(monkeypatch, without_gate)
    stage.set()
    before = server.set()
    sql = stage.put(attack["sql"], 3).replace("@HOST@", str(server.source.path))
    await attempt(attack, sql, executor, server.source, without_gate=without_gate)
    assert stage.harm() == []
    assert server.state() == before
