"""Model-written SQL against a real worker: what it may do, what it may take, and what is left behind."""

import asyncio
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from understudy_knowledge.execution import Executor, Inputs, Limits
from understudy_knowledge.execution.executor import GRACE_SECONDS
from understudy_knowledge.memory.records import DataSource

FAST = Limits(seconds=0.5)
BOMBS = {
    "recursion": "WITH RECURSIVE r(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM r) SELECT max(x) FROM r",
    "cross join": "WITH n AS (SELECT value FROM json_each('[1,2,3,4,5,6,7,8,9]')) SELECT count(*) FROM "
    + ", ".join(["n"] * 1).replace("n", ", ".join(f"n AS n{i}" for i in range(12))),
}
# A single opcode that never looks at the clock: only the parent's deadline ends it.
ONE_OPCODE = "SELECT printf('%.*c', 2000000000, 'x')"


@pytest.fixture
def source(tmp_path: Path) -> DataSource:
    return make(tmp_path / "data ?#%.db")


def make(path: Path) -> DataSource:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            "CREATE TABLE t (a INTEGER, b TEXT); INSERT INTO t VALUES (1, 'x'), (2, 'y');"
        )
    aged = time.time() - 60
    os.utime(path, (aged, aged))
    return DataSource(path)


# What ran below this process before the test, such as a server that other tests share.
_others = set[int]()


@pytest.fixture(autouse=True)
def others() -> None:
    _others.clear()
    if sys.platform == "linux":
        _others.update(children())


@pytest.fixture
async def executor() -> AsyncIterator[Executor]:
    async with Executor() as executor:
        yield executor


def children(of: int | None = None) -> set[int]:
    """Processes that the test started below this one, or all below `of`, at any depth, but for bubblewrap's; Linux only."""
    if sys.platform != "linux":
        pytest.skip("reads /proc")
    parents, wrappers = dict[int, int](), set[int]()
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, rest = status.read_text().rpartition(")")
            parents[int(status.parent.name)] = int(rest.split()[1])
            wrappers |= {int(status.parent.name)} if name.endswith("(bwrap") else set()
        except OSError:  # noqa: PERF203 - it ended while we looked
            continue
    found, new = set[int](), {of or os.getpid()}
    while new := {process for process, parent in parents.items() if parent in new}:
        found |= new
    return (found if of else found - _others) - wrappers


IDLE = 2
"""The zygote, and the child that it holds in reserve."""


async def until_children(count: int) -> None:
    """Returns when that many processes run below this one; the test fails when that takes too long."""
    deadline = time.monotonic() + 20
    while len(children()) != count:
        assert time.monotonic() < deadline, f"{len(children())} processes instead of {count}"
        await asyncio.sleep(0.02)


async def test_rows_come_back_as_they_are(executor: Executor, source: DataSource) -> None:
    outcome = await executor.run(
        "SELECT a, b AS name, NULL, 1.5, x'00ff', 9e999, 9007199254740993, 'é\n\"' FROM t -- end", source
    )
    assert outcome.result is not None
    assert outcome.result.columns[:2] == ("a", "name")
    assert outcome.result.rows[0] == (1, "x", None, 1.5, "x'00ff'", float("inf"), 9007199254740993, 'é\n"')
    assert outcome.seconds < 1


@pytest.mark.parametrize(
    "sql",
    [
        "ATTACH DATABASE '/tmp/other.db' AS other",
        "VACUUM INTO '/tmp/copy.db'",
        "SELECT load_extension('evil.so')",
        "SELECT writefile('/tmp/x', 'y')",
        "SELECT fts3_tokenizer('simple')",
        "PRAGMA writable_schema = ON",
        "SELECT * FROM pragma_writable_schema('ON')",
        "SELECT * FROM pragma_database_list",
        "SELECT 1; DROP TABLE t",
        "DROP TABLE t",
        "CREATE TABLE u (x)",
        "CREATE TEMP TABLE u (x)",
        "INSERT INTO t VALUES (3, 'z')",
        "WITH c AS (SELECT 1) DELETE FROM t",
        "WITH c AS (SELECT 1) INSERT INTO t SELECT 1, 2",
        "WITH c AS (SELECT 1) REPLACE INTO t SELECT 1, 2",
        "BEGIN",
        "EXPLAIN SELECT 1",
        "SELECT U&'\\0041'",
        "",
        "-- nothing",
    ],
)
async def test_everything_but_one_query_is_refused(executor: Executor, source: DataSource, sql: str) -> None:
    before = source.path.read_bytes()
    outcome = await executor.run(sql, source, FAST)
    assert outcome.kind in {"refused", "unknown-name"}
    assert outcome.result is None
    assert outcome.message
    assert source.path.read_bytes() == before


async def test_the_worker_holds_without_the_gate(
    executor: Executor, source: DataSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("understudy_knowledge.execution.executor.refusal", lambda sql, dialect: None)
    target = tmp_path / "written.db"
    for sql in (
        f"ATTACH DATABASE '{target}' AS other",
        f"VACUUM INTO '{target}'",
        "PRAGMA query_only = OFF",
        "PRAGMA hard_heap_limit = 0",
        "CREATE TEMP TABLE u (x)",
        "BEGIN",
        "SAVEPOINT s",
        "DELETE FROM t",
        "WITH c AS (SELECT 1) DELETE FROM t",
        "SELECT 1; SELECT 2",
        "EXPLAIN SELECT load_extension('x')",
    ):
        outcome = await executor.run(sql, source, FAST)
        assert outcome.kind == "refused", sql
    assert not target.exists()


@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        ("SELECT a FROM t WHERE", "syntax"),
        ("SELECT nope FROM t", "unknown-name"),
        ("SELECT a FROM nope", "unknown-name"),
        ("SELECT nope(a) FROM t", "unknown-name"),
        ("SELECT abs() FROM t", "type-error"),
        ("SELECT a FROM t UNION SELECT a, b FROM t", "type-error"),
        ("SELECT abs(-9223372036854775807 - 1)", "type-error"),
        ("SELECT json_extract('{', '$')", "type-error"),
        ("WITH RECURSIVE r(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM r) SELECT x FROM r", "rows"),
        ("SELECT hex(randomblob(1000000000))", "bytes"),
        ("SELECT " + "(" * 5000 + "1" + ")" * 5000, "refused"),
    ],
)
async def test_failures_are_classed(executor: Executor, source: DataSource, sql: str, kind: str) -> None:
    outcome = await executor.run(sql, source, Limits(seconds=20))
    assert outcome.kind == kind, outcome.message
    assert outcome.message.endswith((".", "?"))


@pytest.mark.parametrize(
    ("limits", "kind"),
    [(Limits(rows=1), "rows"), (Limits(bytes=20), "bytes"), (Limits(row_bytes=12), "bytes")],
)
async def test_limits_end_a_run(executor: Executor, source: DataSource, limits: Limits, kind: str) -> None:
    assert (await executor.run("SELECT a, b FROM t", source, limits)).kind == kind


@pytest.mark.parametrize("name", ["recursion", "cross join"])
async def test_a_bomb_ends_in_time_and_leaves_no_process(
    executor: Executor, source: DataSource, name: str
) -> None:
    assert (await executor.run("SELECT 1", source)).kind == "ok"
    await until_children(IDLE)
    started = time.monotonic()
    outcome = await executor.run(BOMBS[name], source, FAST)
    assert outcome.kind == "timeout"
    assert time.monotonic() - started < FAST.seconds + GRACE_SECONDS + 1.5
    await until_children(IDLE)


async def test_what_never_looks_at_the_clock_is_killed(executor: Executor, source: DataSource) -> None:
    started = time.monotonic()
    outcome = await executor.run(ONE_OPCODE, source, FAST)
    assert outcome.kind in {"timeout", "bytes"}  # which of the two depends on the engine's version
    assert time.monotonic() - started < FAST.seconds + GRACE_SECONDS + 1.5
    assert (await executor.run("SELECT 1", source)).kind == "ok"


async def test_memory_is_bounded(executor: Executor, source: DataSource) -> None:
    tight = Limits(seconds=5, rows=10**6, bytes=2**30, memory=48 * 2**20)
    sql = "WITH RECURSIVE r(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM r WHERE x < 5000) SELECT group_concat(zeroblob(100000)) FROM r"
    # Which bound is met first depends on the engine's version.
    assert (await executor.run(sql, source, Limits(memory=48 * 2**20))).kind in {"bytes", "memory"}
    many = "WITH RECURSIVE r(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM r WHERE x < 5000) SELECT hex(zeroblob(50000)) FROM r"
    assert (await executor.run(many, source, tight)).kind == "memory"
    assert (await executor.run("SELECT 1", source, tight)).kind == "ok"


async def test_many_run_side_by_side(executor: Executor, source: DataSource) -> None:
    outcomes = await asyncio.gather(*(executor.run(f"SELECT {n} + a FROM t", source) for n in range(100)))
    assert [outcome.result and outcome.result.rows[0][0] for outcome in outcomes] == [
        n + 1 for n in range(100)
    ]
    await until_children(IDLE)


async def test_cancelling_kills_the_job_and_others_go_on(executor: Executor, source: DataSource) -> None:
    task = asyncio.create_task(executor.run(BOMBS["cross join"], source, Limits(seconds=60)))
    bomb = asyncio.create_task(executor.run(BOMBS["recursion"], source, Limits(seconds=60)))
    await until_children(IDLE + 2)
    task.cancel()
    bomb.cancel()
    await asyncio.gather(task, bomb, return_exceptions=True)
    assert bomb.cancelled()
    outcome = await asyncio.wait_for(executor.run("SELECT 1", source), 5)
    assert outcome.kind == "ok"
    await until_children(IDLE)


async def test_a_zygote_that_dies_is_an_outcome_and_is_replaced(
    executor: Executor, source: DataSource
) -> None:
    task = asyncio.create_task(executor.run(BOMBS["recursion"], source, Limits(seconds=30)))
    await until_children(IDLE + 1)
    for process in children():
        with suppress(ProcessLookupError):  # the jobs go with their zygote
            os.kill(process, 9)
    outcome = await asyncio.wait_for(task, 5)
    assert outcome.kind == "unavailable"
    assert "ended" in outcome.message
    assert (await executor.run("SELECT 1", source)).kind == "ok"


async def test_closing_leaves_no_process_even_with_runs_under_way(source: DataSource) -> None:
    before = children()
    executor = Executor()
    runs = [
        asyncio.create_task(executor.run(BOMBS["recursion"], source, Limits(seconds=30))) for _ in range(4)
    ]
    await until_children(IDLE + 2)
    await asyncio.wait_for(executor.close(), 5)
    assert {outcome.kind for outcome in await asyncio.gather(*runs)} == {"unavailable"}
    assert children() == before
    assert (await executor.run("SELECT 1", source)).kind == "unavailable"


@pytest.mark.skipif(
    sys.platform != "linux",
    reason="the death signal is Linux's; elsewhere the processor limit ends the job",
)
def test_every_process_dies_with_its_parent(source: DataSource) -> None:
    program = """
import asyncio, sys
from pathlib import Path
from understudy_knowledge.execution import Executor, Limits
from understudy_knowledge.memory.records import DataSource
async def main():
    executor = Executor()
    source = DataSource(Path(sys.argv[1]))
    await executor.run("SELECT 1", source)
    print("ready", flush=True)
    await executor.run(sys.argv[2], source, Limits(seconds=60))
asyncio.run(main())
"""
    with subprocess.Popen(
        [sys.executable, "-c", program, str(source.path), BOMBS["recursion"]], stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout is not None
        parent.stdout.readline()
        ready = time.monotonic() + 20
        while len(below := children(parent.pid)) != IDLE + 1 and time.monotonic() < ready:
            time.sleep(0.02)
        assert len(below) == IDLE + 1
        parent.kill()
    deadline = time.monotonic() + 5
    while any(lives(process) for process in below) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(lives(process) for process in below)


def lives(process: int) -> bool:
    try:
        return " Z " not in Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return False


async def test_the_zygote_sees_no_environment(
    executor: Executor, source: DataSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UNDERSTUDY_SECRET", "do not tell")
    assert (await executor.run("SELECT 1", source)).kind == "ok"
    await until_children(IDLE)
    for process in children():
        assert b"do not tell" not in Path(f"/proc/{process}/environ").read_bytes()


async def test_a_job_runs_in_a_child_forked_before_it_and_the_next_one_in_another(
    executor: Executor, source: DataSource
) -> None:
    assert (await executor.run("SELECT 1", source)).kind == "ok"
    await until_children(IDLE)
    before = children()
    bomb = asyncio.create_task(executor.run(BOMBS["recursion"], source, FAST))
    await until_children(IDLE + 1)
    assert before < children(), "the child in reserve took the job, and another one is in reserve"
    assert (await bomb).kind == "timeout"
    await until_children(IDLE)
    assert len(before & children()) == 1, "only the zygote is still there"


async def test_a_child_that_dies_in_reserve_costs_no_answer(executor: Executor, source: DataSource) -> None:
    assert (await executor.run("SELECT 1", source)).kind == "ok"
    await until_children(IDLE)
    (zygote,) = (process for process in children() if children(process))
    for reserve in children(zygote):
        os.kill(reserve, 9)
    await until_children(1)
    assert (await executor.run("SELECT 2", source)).kind == "ok"
    await until_children(IDLE)


async def test_a_job_that_lives_on_after_its_answer_is_killed(tmp_path: Path) -> None:
    forged = """
import os, json, time
os.write(3, json.dumps({"kind": "ok", "columns": ["a"], "rows": [[1]], "seconds": 0, "message": ""}).encode() + b"\\n")
time.sleep(60)
"""
    async with Executor() as executor:
        outcome = await executor.run_python(forged, Inputs(tmp_path), Limits(seconds=60))
        assert outcome.result is not None
        await until_children(IDLE)


async def test_outcomes_are_kept_until_the_file_changes(executor: Executor, source: DataSource) -> None:
    first = await executor.run("SELECT count(*) FROM t", source)
    assert await executor.run("SELECT count(*) FROM t", source) is first
    assert await executor.run("SELECT random(), a FROM t", source) is not await executor.run(
        "SELECT random(), a FROM t", source
    )
    with closing(sqlite3.connect(source.path)) as connection:
        connection.execute("INSERT INTO t VALUES (3, 'z')")
        connection.commit()
    later = await executor.run("SELECT count(*) FROM t", source)
    assert later.result is not None
    assert later.result.rows == ((3,),)


async def test_a_replaced_file_is_opened_anew(executor: Executor, source: DataSource, tmp_path: Path) -> None:
    await executor.run("SELECT a FROM t", source)
    other = tmp_path / "other.db"
    with closing(sqlite3.connect(other)) as connection:
        connection.executescript("CREATE TABLE t (a); INSERT INTO t VALUES ('new');")
    other.replace(source.path)
    outcome = await executor.run("SELECT a FROM t", source)
    assert outcome.result is not None
    assert outcome.result.rows == (("new",),)


async def test_wal_rows_are_seen_while_the_writer_is_open(executor: Executor, tmp_path: Path) -> None:
    path = tmp_path / "wal.db"
    with closing(sqlite3.connect(path)) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("CREATE TABLE t (a)")
        writer.execute("INSERT INTO t VALUES (1)")
        writer.commit()
        outcome = await executor.run("SELECT a FROM t", DataSource(path))
        assert outcome.result is not None, outcome.message
        writer.execute("INSERT INTO t VALUES (2)")
        writer.commit()
        outcome = await executor.run("SELECT count(*) FROM t", DataSource(path))
        assert outcome.result is not None
        assert outcome.result.rows == ((2,),)
    outcome = await executor.run("SELECT max(a) FROM t", DataSource(path))
    assert outcome.result is not None, outcome.message


async def test_bad_data_is_an_outcome(executor: Executor, tmp_path: Path, source: DataSource) -> None:
    (tmp_path / "text.db").write_bytes(b"no database at all " * 100)
    for path in (tmp_path / "missing.db", tmp_path, tmp_path / "text.db"):
        outcome = await executor.run("SELECT 1", DataSource(path), FAST)
        assert outcome.kind == "unavailable"
        assert str(path) in outcome.message
    assert (await executor.run("SELECT 1", DataSource(source.path, "oracle"))).kind == "unavailable"
    with closing(sqlite3.connect(source.path, isolation_level=None)) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        outcome = await executor.run("SELECT a FROM t", source, FAST)
        assert outcome.kind in {"unavailable", "timeout"}


async def test_full_text_tables_and_text_that_is_no_utf8_can_be_read(
    executor: Executor, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(tmp_path / "fts.db")) as connection:
        connection.executescript(
            """CREATE VIRTUAL TABLE docs USING fts5(body); INSERT INTO docs VALUES ('green coffee');
            CREATE TABLE odd (x); INSERT INTO odd VALUES (CAST(x'ff41' AS TEXT));"""
        )
    source = DataSource(tmp_path / "fts.db")
    found = await executor.run("SELECT body, bm25(docs) < 0 FROM docs WHERE docs MATCH 'coffee'", source)
    assert found.result is not None, found.message
    odd = await executor.run("SELECT x FROM odd", source)
    assert odd.result is not None
    assert odd.result.rows == (("\ufffdA",),)
