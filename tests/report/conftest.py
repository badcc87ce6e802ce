"""Runs to report on: a small one with everything in it, and one in which nothing happened."""

import pytest
from attrs import evolve

from understudy_knowledge.memory.records import (
    Case,
    Cost,
    GeneralInstructions,
    Hole,
    Lift,
    Lineage,
    Origin,
    Plan,
    Step,
)
from understudy_knowledge.teaching.records import Attempt, ExampleFigures, RunFigures

GOLD = "SELECT SUM(amount) FROM payments WHERE status = 'settled'"


def attempt(key: str, passed: bool, *lessons: str) -> Attempt:
    return Attempt(key, GOLD, passed, "ok", "" if passed else "2 rows are missing.", lesson_ids=lessons)


def held_out(key: str, before: bool, after: bool, kind: str = "sql") -> ExampleFigures:
    origin = Origin(f"queries/{key}.sql", 3, kind=kind)  # type: ignore[arg-type]
    return ExampleFigures(
        key, f"Question {key}", GOLD, attempt(key, before), attempt(key, after, "case1"), origin
    )


@pytest.fixture
def case() -> Case:
    holes = (Hole("h1", "column", "a number column", filled="payments.amount"), Hole("h2", "value", "a word"))
    steps = (
        Step("Add up the amounts.", "SUM(:h1)", "metric", holes[:1]),
        Step("Keep what is settled.", "status = :h2", "condition", holes[1:]),
    )
    return Case(
        id="case1",
        example_id="taught1",
        question="How much was settled?",
        masked_question="How much was settled?",
        plan=Plan("How much was settled?", steps, "SELECT SUM(:h1) FROM payments WHERE status = :h2"),
        code=GOLD,
        skeleton="SELECT SUM(_) FROM _ WHERE _ = ?",
        family=GOLD,
        lineage=Lineage(("payments",), ("payments.amount", "payments.status")),
        explanation="Settled means the status.",
        origin=Origin("queries/money.sql", 12),
        status="admitted",
        reason="it solves 2 of 5 siblings more and loses 0",
        lift=Lift(0.6, 0.2, 5),
        cost=Cost(2, 2, 1200, 34, 0.5),
        student="a student",
        catalog_version="abc123",
    )


@pytest.fixture
def figures() -> RunFigures:
    return RunFigures(
        run_id="run-7",
        examples=23,
        taught=14,
        held_out=(
            *(held_out(f"g{i}", False, True) for i in range(4)),
            held_out("l", True, False, "python"),
            held_out("k", True, True, "notebook"),
            held_out("f", False, False, "dbt"),
        ),
        refused_gold=(("queries/empty.sql:1", "its own query answers nothing"),),
        solved_by_turn=(3, 5, 4, 2),
        tried=14,
        admitted=1,
        refused=6,
        quarantined=2,
        reasons={"no lift": 6, "it harms": 2},
        teacher_calls=19,
        teacher_tokens=45_678,
        seconds=12.34,
        general_lift=0.25,
    )


@pytest.fixture
def nothing(figures: RunFigures) -> RunFigures:
    return evolve(
        figures,
        held_out=(),
        refused_gold=(),
        solved_by_turn=(),
        tried=0,
        admitted=0,
        refused=0,
        quarantined=0,
        reasons={},
        general_lift=None,
    )


@pytest.fixture
def general() -> GeneralInstructions:
    return GeneralInstructions("- “settled” means payments.status = 'settled'")
