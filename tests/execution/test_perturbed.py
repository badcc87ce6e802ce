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
    assert found.linked == {"id", "tid"}
    assert hints("SELECT ((").values == {}
