"""The example project for all of these tests, and every one of its examples explored once by the symbolic backends."""

import asyncio
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from attrs import define, field, frozen

from understudy_knowledge.catalog import Catalog, Column, ForeignKey, Table
from understudy_knowledge.catalog.discover import discover
from understudy_knowledge.memory.records import Case, DataSource, Example, Plan
from understudy_knowledge.models.embedded import EmbeddedStudent, EmbeddedTeacher
from understudy_knowledge.models.roles import Failure, ProbeResult, StudentRequest, TeacherRequest
from understudy_knowledge.teaching.candidates import candidate
from understudy_knowledge.teaching.records import Attempt, Trace
from understudy_server.mining.mine import mine

EXAMPLES = Path(__file__).parents[3] / "examples"
Rows = list[tuple[Any, ...]]


@define
class Database:
    """A read-only SQLite database; what was asked once is remembered."""

    connection: sqlite3.Connection
    known: dict[str, Rows | str] = field(factory=dict)

    def rows(self, sql: str) -> Rows | str:
        """All rows, floats rounded; the error's text where there is one."""
        if sql not in self.known:
            try:
                found = self.connection.execute(sql).fetchall()
                self.known[sql] = [
                    tuple(round(cell, 6) if isinstance(cell, float) else cell for cell in row)
                    for row in found
                ]
            except sqlite3.Error as error:
                self.known[sql] = str(error)
        return self.known[sql]

    def same(self, one: str, other: str) -> bool:
        """Whether both statements run and give the same rows, in any order."""
        left, right = self.rows(one), self.rows(other)
        return (
            isinstance(left, list)
            and isinstance(right, list)
            and sorted(left, key=repr) == sorted(right, key=repr)
        )

    async def run(self, sql: str) -> ProbeResult:
        """As a student's probe."""
        found = self.rows(sql)
        return ProbeResult(error=found) if isinstance(found, str) else ProbeResult(rows=tuple(found[:200]))


@frozen
class Explored:
    """One example, the plans it took, and the plan that succeeded as it is kept (None where none did)."""

    example: Example
    plans: tuple[Plan, ...]
    concluded: Plan | None
    code: str


@pytest.fixture(scope="session")
def database() -> Iterator[Database]:
    path = EXAMPLES / "roastery.db"
    connection = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
    yield Database(connection)
    connection.close()


@pytest.fixture(scope="session")
def roastery() -> Catalog:
    return discover(EXAMPLES, database=EXAMPLES / "roastery.db", dialect="sqlite")


@pytest.fixture(scope="session")
def mined() -> tuple[Example, ...]:
    return tuple(mine(EXAMPLES, source=DataSource(EXAMPLES / "roastery.db"), dialect="sqlite").examples)


@pytest.fixture(scope="session")
def explored(mined: tuple[Example, ...], roastery: Catalog, database: Database) -> list[Explored]:
    """Every other example: the demo's own test explores them all."""
    return asyncio.run(_explore(mined[::2], roastery, database))


async def _explore(examples: tuple[Example, ...], catalog: Catalog, database: Database) -> list[Explored]:
    teacher, student = EmbeddedTeacher(), EmbeddedStudent()
    found = []
    for example in examples:
        failures: list[Failure] = []
        while len(failures) < 4:
            plan = (await teacher.plan(TeacherRequest(example, catalog, tuple(failures)))).plan
            request = StudentRequest(example.question, catalog, plan=plan, purpose="attempt")
            code = (await student.complete(request)).text
            if database.same(code, example.gold):
                plans = (*(failure.plan for failure in failures), plan)
                concluded = teacher.conclude(example, plan, code, catalog)
                found.append(Explored(example, plans, concluded, code))
                break
            failures.append(Failure(plan, code, "The rows differ."))
        else:
            found.append(Explored(example, tuple(failure.plan for failure in failures), None, code))
    return found


@pytest.fixture(scope="session")
def cases(explored: list[Explored], roastery: Catalog) -> list[Case]:
    """What memory would keep of every success."""
    kept = []
    for item in explored:
        if item.concluded is not None:
            own = Attempt(item.example.id, "", False, "ok", "")
            won = Attempt(item.example.id, item.code, True, "ok", "")
            from understudy_knowledge.teaching.records import Turn

            trace = Trace(item.example.id, own, (Turn(item.plans[-1], won),), plan=item.concluded)
            kept.append(candidate(item.example, trace, "embedded", roastery))
    return kept


def column(name: str, family: str = "text", *samples: str, key: bool = False, comment: str = "") -> Column:
    types = {"text": "TEXT", "integer": "INTEGER", "number": "REAL", "date": "TEXT"}
    return Column(
        name,
        types.get(family, ""),
        primary_key=key,
        samples=samples,
        comment=comment,
        family=family,  # type: ignore[arg-type]
    )


@pytest.fixture(scope="session")
def shop() -> Catalog:
    """Four tables made for the corners: two keys between one pair, snake_case values, a comment, names that are keywords."""
    return Catalog(
        (
            Table(
                "orders",
                (
                    column("id", "integer", key=True),
                    column("customer_id", "integer"),
                    column("status", "text", "shipped", "on_hold", "gift_card_only"),
                    column("total", "number", comment="turnover in cents, before refunds"),
                    column("ordered_on", "date"),
                ),
                (ForeignKey(("customer_id",), "customers", ("id",)),),
            ),
            Table(
                "customers",
                (
                    column("id", "integer", key=True),
                    column("name"),
                    column("region", "text", "North", "New York", "São Paulo"),
                ),
            ),
            Table(
                "lines",
                (column("order_id", "integer"), column("quantity", "integer")),
                (ForeignKey(("order_id",), "orders", ("id",)),),
            ),
            Table(
                "order",
                (column("id", "integer", key=True), column("group"), column("customer_id", "integer")),
                (ForeignKey(("customer_id",), "customers", ("id",)),),
            ),
            Table("weather", (column("day", "date"), column("rain_mm", "number"))),
        )
    )


_SHOP = """
CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT, region TEXT);
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER, status TEXT, total REAL, ordered_on TEXT);
CREATE TABLE lines (order_id INTEGER, quantity INTEGER);
CREATE TABLE "order" (id INTEGER PRIMARY KEY, "group" TEXT, customer_id INTEGER);
CREATE TABLE weather (day TEXT, rain_mm REAL);
INSERT INTO customers VALUES (1, 'Ann', 'North'), (2, 'Ben', 'New York'), (3, 'Cy', 'North'), (4, 'Di', NULL);
INSERT INTO orders VALUES (1, 1, 'shipped', 10.5, '2024-01-05'), (2, 1, 'on_hold', 7, '2024-02-01'),
  (3, 2, 'shipped', 12, '2024-02-20'), (4, 2, 'shipped', 10.5, '2025-03-01'), (5, NULL, 'gift_card_only', 1, NULL);
INSERT INTO lines VALUES (1, 2), (1, 3), (2, 1), (4, 9);
INSERT INTO "order" VALUES (1, 'a', 1), (2, 'b', 1), (3, 'a', 2);
"""


@pytest.fixture(scope="session")
def shop_database() -> Iterator[Database]:
    connection = sqlite3.connect(":memory:")
    connection.executescript(_SHOP)
    connection.execute("PRAGMA query_only = 1")
    yield Database(connection)
    connection.close()
