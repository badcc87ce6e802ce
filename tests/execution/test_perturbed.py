"""Databases like the one at hand: same schema, types and keys, other answers."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from understudy_knowledge.execution import Executor, Judge
from understudy_knowledge.execution.perturbed import neighbors
from understudy_knowledge.execution.perturbed.hints import hints
from understudy_knowledge.memory.records import DataSource

SCHEMA = """
CREATE TABLE customer (id INTEGER PRIMARY KEY, name TEXT NOT NULL, city TEXT, email TEXT UNIQUE);
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customer(id), total REAL CHECK (total >= 0), state TEXT);
CREATE TABLE log (message TEXT);
CREATE TRIGGER watch AFTER UPDATE ON orders BEGIN INSERT INTO log VALUES ('a trigger ran'); END;
"""


@pytest.fixture
def shop(tmp_path: Path) -> DataSource:
    with closing(sqlite3.connect(tmp_path / "shop.db")) as connection:
        connection.executescript(SCHEMA)
        cities = ["Rome", "Oslo", "Lima", "Bonn"]
        for n in range(1, 21):
            connection.execute(
                "INSERT INTO customer VALUES (?, ?, ?, ?)", (n, f"name {n}", cities[n % 4], f"{n}@x.org")
            )
        for n in range(1, 61):
            state = "open" if n % 3 else "paid"
            connection.execute("INSERT INTO orders VALUES (?, ?, ?, ?)", (n, n % 20 + 1, n * 1.5, state))
        connection.commit()
    return DataSource(tmp_path / "shop.db")


GOLD = "SELECT count(*) FROM orders o JOIN customer c ON c.id = o.customer_id WHERE c.city = 'Rome' AND o.total > 20"


async def test_neighbors_keep_schema_keys_and_constraints(
    executor: Executor, shop: DataSource, tmp_path: Path
) -> None:
    found = await neighbors(executor, GOLD, shop, 5, tmp_path / "near")
    assert len(found) == 5
    for neighbor in found:
        with closing(sqlite3.connect(neighbor.path)) as connection:
            assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            emails = [email for (email,) in connection.execute("SELECT email FROM customer")]
            assert len(set(emails)) == len(emails)
            assert connection.execute("SELECT count(*) FROM customer WHERE name IS NULL").fetchone() == (0,)
            assert connection.execute("SELECT count(*) FROM log").fetchone() == (0,), "a trigger ran"
            types = {kind for (kind,) in connection.execute("SELECT DISTINCT typeof(total) FROM orders")}
            assert types <= {"real", "null"}


async def test_a_constant_and_a_lucky_answer_fail(
    executor: Executor, shop: DataSource, tmp_path: Path
) -> None:
    found = await neighbors(executor, GOLD, shop, 5, tmp_path / "near")
    alone, together = Judge(executor, GOLD, shop), Judge(executor, GOLD, shop, found)
    gold = await executor.run(GOLD, shop)
    assert gold.result is not None
    lucky = f"SELECT {gold.result.rows[0][0]}"
    assert (await alone.verdict(lucky))[1].passed
    _, verdict = await together.verdict(lucky)
    assert not verdict.passed
    assert "by chance" in verdict.reason
    assert (await together.verdict(GOLD))[1].passed
    same = "SELECT count(o.id) FROM customer c, orders o WHERE c.id = o.customer_id AND total > 20 AND city = 'Rome'"
    assert (await together.verdict(same))[1].passed


async def test_neighbors_are_made_once_and_are_the_same_each_time(
    executor: Executor, shop: DataSource, tmp_path: Path
) -> None:
    first = await neighbors(executor, GOLD, shop, 2, tmp_path / "a")
    times = [neighbor.path.stat().st_mtime_ns for neighbor in first]
    again = await neighbors(executor, GOLD, shop, 2, tmp_path / "a")
    assert [neighbor.path.stat().st_mtime_ns for neighbor in again] == times
    elsewhere = await neighbors(executor, GOLD, shop, 2, tmp_path / "b")

    def rows(neighbor: DataSource) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(neighbor.path)) as connection:
            return connection.execute("SELECT * FROM orders ORDER BY id").fetchall()

    assert [rows(neighbor) for neighbor in first] == [rows(neighbor) for neighbor in elsewhere]


async def test_the_source_is_not_touched(executor: Executor, shop: DataSource, tmp_path: Path) -> None:
    before = shop.path.read_bytes()
    await neighbors(executor, GOLD, shop, 3, tmp_path / "near")
    assert shop.path.read_bytes() == before


async def test_gold_that_fails_has_no_neighbors(executor: Executor, shop: DataSource, tmp_path: Path) -> None:
    assert await neighbors(executor, "SELECT nope FROM orders", shop, 3, tmp_path / "near") == []


def test_hints_are_what_the_gold_query_looks_for() -> None:
    found = hints(
        "SELECT a FROM t JOIN u ON t.id = u.tid WHERE lower(b) LIKE 'x%' AND c IN (1, -2) AND d BETWEEN 3 AND 4"
    )
    assert found.values == {"b": ("x", "xx"), "c": (1, -2), "d": (3, 4)}
    assert found.met == {"b": ("x", "xx"), "c": (1, -2), "d": (3, 4, 23, -16)}
    assert found.linked == {"id", "tid"}
    assert found.tables == {"t", "u"}
    assert hints("SELECT coalesce(a, 0) FROM t WHERE b IS NOT NULL AND c IS TRUE").nulls == {"a", "b"}
    assert hints("SELECT ((").values == {}


async def test_a_hierarchy_stays_one(executor: Executor, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "staff.db")) as connection:
        connection.execute(
            "CREATE TABLE staff (id INTEGER PRIMARY KEY, name TEXT, boss INTEGER REFERENCES staff (id))"
        )
        for n in range(40):
            connection.execute(
                "INSERT INTO staff VALUES (?, ?, ?)", (40 - n, f"name {n}", n and 41 - n // 3 - 1)
            )
        connection.execute("UPDATE staff SET boss = NULL WHERE boss = 0")
        connection.commit()
    gold = """
        WITH RECURSIVE team AS (
          SELECT id FROM staff WHERE boss IS NULL UNION ALL SELECT s.id FROM staff AS s JOIN team ON s.boss = team.id
        )
        SELECT count(*) FROM team"""
    found = await neighbors(executor, gold, DataSource(tmp_path / "staff.db"), 5, tmp_path / "near")
    assert len(found) == 5
    for neighbor in found:
        everybody = await executor.run("SELECT count(*) FROM staff", neighbor)
        reached = await executor.run(gold, neighbor)
        assert reached.result is not None
        assert everybody.result is not None
        assert reached.result.rows == everybody.result.rows


async def test_what_is_made_up_for_a_date_is_a_date(executor: Executor, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "sales.db")) as connection:
        connection.execute("CREATE TABLE sale (id INTEGER PRIMARY KEY, on_day TEXT, at TEXT, month TEXT)")
        for n in range(1, 60):
            day = f"202{n % 4}-{n % 12 + 1:02}-{n % 28 + 1:02}"
            connection.execute("INSERT INTO sale VALUES (?, ?, ?, ?)", (n, day, f"{day} 10:30:00", day[:7]))
        connection.commit()
    gold = "SELECT count(*) FROM sale WHERE strftime('%Y', on_day) = '2023' AND at >= '2022-02-01' AND month LIKE '2023-%'"
    found = await neighbors(executor, gold, DataSource(tmp_path / "sales.db"), 5, tmp_path / "near")
    assert len(found) == 5
    strange = """
        SELECT on_day, at, month FROM sale
        WHERE date(on_day) IS NULL OR length(on_day) <> 10 OR julianday(at) IS NULL OR length(at) <> 19 OR date(month || '-01') IS NULL"""
    for neighbor in found:
        outcome = await executor.run(strange, neighbor)
        assert outcome.result is not None
        assert [row for row in outcome.result.rows if None not in row] == []


async def test_a_row_whose_key_the_gold_query_names_is_kept(
    executor: Executor, shop: DataSource, tmp_path: Path
) -> None:
    gold = "SELECT name FROM customer WHERE id = 7"
    found = await neighbors(executor, gold, shop, 5, tmp_path / "near")
    for neighbor in found:
        outcome = await executor.run(gold, neighbor)
        assert outcome.result is not None
        assert len(outcome.result.rows) == 1
