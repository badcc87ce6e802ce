"""A small shop with a real database, a real executor, and a student that says what a test wants it to say."""

import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from attrs import define, field

from understudy_knowledge.catalog import Catalog
from understudy_knowledge.catalog.discover import discover
from understudy_knowledge.execution.executor import Executor
from understudy_knowledge.memory.records import (
    Case,
    DataSource,
    Example,
    GeneralInstructions,
    Lineage,
    Origin,
    Plan,
    Step,
)
from understudy_knowledge.memory.skeleton import family
from understudy_knowledge.memory.store import KnowledgeStore
from understudy_knowledge.models.roles import (
    Completion,
    Instructions,
    StudentRequest,
    TeacherAnswer,
    TeacherRequest,
)
from understudy_knowledge.models.usage import Usage
from understudy_knowledge.teaching.workbench import Workbench

SCHEMA = """
CREATE TABLE sales (id INTEGER PRIMARY KEY, region TEXT, product TEXT, amount INTEGER, canceled INTEGER, sold_on TEXT);
INSERT INTO sales (region, product, amount, canceled, sold_on) VALUES
  ('North', 'tea', 10, 0, '2024-01-05'), ('North', 'coffee', 25, 1, '2024-02-05'), ('South', 'tea', 5, 0, '2024-03-01'),
  ('South', 'coffee', 40, 0, '2025-01-09'), ('West', 'tea', 8, 1, '2025-02-01'), ('West', 'cocoa', 3, 0, '2025-02-02');
"""

Answers = Callable[[StudentRequest], str]


@define
class ScriptedStudent:
    """Fills the role Student with whatever the test's function answers; counts what it was asked."""

    answers: Answers
    name: str = "scripted"
    requests: list[StudentRequest] = field(factory=list)

    async def complete(self, request: StudentRequest) -> Completion:
        self.requests.append(request)
        return Completion(self.answers(request), self.name, completion_tokens=7)

    async def stream(self, request: StudentRequest) -> AsyncIterator[str]:
        yield (await self.complete(request)).text

    async def close(self) -> None:
        """Nothing is held."""


@define
class ScriptedTeacher:
    """Fills the role Teacher: each plan says which turn it is. `calls` counts what a real one would have billed."""

    name: str = "scripted-teacher"
    calls: int = 0
    instruct_calls: int = 0

    async def identify(self) -> str:
        return self.name

    async def plan(self, request: TeacherRequest) -> TeacherAnswer:
        self.calls += 1
        turn = len(request.failures) + 1
        step = Step(f"turn {turn}", f"turn_{turn}", "whole")
        return TeacherAnswer(Plan(request.example.question, (step,), f"turn {turn}"), self.name, 10, 5)

    def conclude(self, example: Example, plan: Plan, code: str, catalog: Catalog) -> Plan:
        return plan

    async def instruct(self, cases: list[Case], catalog: Catalog) -> Instructions:
        self.instruct_calls += 1
        return Instructions(GeneralInstructions(text="Always be kind." if cases else ""), Usage(20, 4))

    async def at_most(self) -> Usage:
        return Usage(100, 50)

    async def close(self) -> None:
        """Nothing is held."""


@pytest.fixture
def database(tmp_path: Path) -> DataSource:
    path = tmp_path / "shop.db"
    connection = sqlite3.connect(path)
    connection.executescript(SCHEMA)
    connection.close()
    return DataSource(path)


@pytest.fixture
def catalog(database: DataSource) -> Catalog:
    return discover(database.path.parent, database=database.path, dialect="sqlite")


@pytest.fixture
async def executor() -> AsyncIterator[Executor]:
    async with Executor() as running:
        yield running


@pytest.fixture
def store(tmp_path: Path) -> Iterator[KnowledgeStore]:
    with KnowledgeStore.open(tmp_path / "knowledge.db") as opened:
        yield opened


@pytest.fixture
def make_example(database: DataSource) -> Callable[[str, str], Example]:
    def make(question: str, gold: str) -> Example:
        return Example(f"id of {question}", question, gold, Origin("a.sql", 1), source=database)

    return make


@pytest.fixture
def bench_with(executor: Executor, catalog: Catalog) -> Callable[[Answers], Workbench]:
    def bench(answers: Answers) -> Workbench:
        return Workbench(ScriptedStudent(answers), executor, catalog)

    return bench


def case_of(example: Example, code: str = "SELECT 1") -> Case:
    return Case(
        id=f"case of {example.question}",
        example_id=example.id,
        question=example.question,
        masked_question=example.question,
        plan=Plan(example.question, (), code),
        code=code,
        skeleton=code,
        family=family(example.gold),
        lineage=Lineage(),
        explanation="",
        origin=example.origin,
        status="refused",
        reason="not measured yet",
    )


@pytest.fixture
def make_case() -> Callable[[Example], Case]:
    return case_of


@pytest.fixture
def scripted_teacher() -> ScriptedTeacher:
    return ScriptedTeacher()
