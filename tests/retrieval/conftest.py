"""A store of synthetic cases: every question is about one measure of one thing, by another thing."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from understudy_knowledge.memory.records import Case, Lift, Lineage, Origin, Plan
from understudy_knowledge.memory.store import KnowledgeStore

THINGS = (
    "customer order invoice shipment product supplier employee warehouse payment campaign ticket contract vehicle "
    "patient course flight hotel recipe song match player student teacher library book"
).split()
MEASURES = "count average total maximum minimum".split()
GROUPS = "region month category status".split()

CaseMaker = Callable[..., Case]


def make_case(
    case_id: str, question: str, tables: tuple[str, ...], skeleton: str = "SELECT _ FROM _"
) -> Case:
    return Case(
        id=case_id,
        example_id=f"example-{case_id}",
        question=question,
        masked_question=question,
        plan=Plan(question, (), skeleton),
        code=f"SELECT 1 FROM {tables[0]}",
        skeleton=skeleton,
        family=skeleton,
        lineage=Lineage(tables),
        explanation=f"about {question}",
        origin=Origin("a.sql", 1),
        status="admitted",
        reason="it helped",
        lift=Lift(1.0, 0.25, 4),
    )


@pytest.fixture(scope="session")
def case_maker() -> CaseMaker:
    return make_case


@pytest.fixture
def five_hundred() -> list[Case]:
    """25 things, five measures, four groups."""
    return [
        make_case(
            f"{thing}-{measure}-{group}",
            f"What is the {measure} of {thing}s by {group}?",
            (thing + "s",),
            f"SELECT _, {measure.upper()}(_) FROM _ GROUP BY _",
        )
        for thing in THINGS
        for measure in MEASURES
        for group in GROUPS
    ]


@pytest.fixture
def store(tmp_path: Path):
    with KnowledgeStore.open(tmp_path / "knowledge.db") as opened:
        yield opened


@pytest.fixture
def figure(capsys: pytest.CaptureFixture[str]) -> Callable[..., None]:
    """Shows what was measured, also when the test passes."""

    def show(name: str, *values: float) -> None:
        with capsys.disabled():
            sys.stderr.write(f"\n{name}: {' / '.join(f'{value:.3f}' for value in values)}\n")

    return show
