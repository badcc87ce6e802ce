"""A whole run with the symbolic backends on a part of the example project; cancelled, resumed, starved, refused."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest
from attrs import asdict, define, evolve, field

from understudy_knowledge.catalog import Catalog
from understudy_knowledge.catalog.discover import discover
from understudy_knowledge.errors import NothingToDoError
from understudy_knowledge.execution.executor import Executor
from understudy_knowledge.memory.records import Case, DataSource, Example, GeneralInstructions
from understudy_knowledge.memory.skeleton import family
from understudy_knowledge.memory.store import KnowledgeStore
from understudy_knowledge.models.embedded import EmbeddedStudent, EmbeddedTeacher
from understudy_knowledge.models.roles import (
    Completion,
    Instructions,
    StudentRequest,
    TeacherAnswer,
    TeacherRequest,
)
from understudy_knowledge.teaching.distill import Distillation, Options
from understudy_knowledge.teaching.paid_answers import PaidTeacher
from understudy_knowledge.teaching.purse import Allowance, Purse
from understudy_knowledge.teaching.records import Progress, RunFigures
from understudy_knowledge.teaching.run_log import RunLog
from understudy_knowledge.teaching.workbench import Workbench
from understudy_server.mining.mine import mine

EXAMPLES = Path(__file__).parents[2] / "examples"
SOURCE = DataSource(EXAMPLES / "roastery.db")
OPTIONS = Options(siblings=4)


class CountingStudent(EmbeddedStudent):
    """The symbolic student, counting what it is asked."""

    def __init__(self) -> None:
        self.asked = 0

    async def complete(self, request: StudentRequest) -> Completion:
        self.asked += 1
        return await super().complete(request)


class CountingTeacher(EmbeddedTeacher):
    """The symbolic teacher, counting what a real one would bill."""

    def __init__(self) -> None:
        self.asked = 0
        self.instructed = 0

    async def instruct(self, cases: Sequence[Case], catalog: Catalog) -> Instructions:
        self.instructed += 1
        return await super().instruct(cases, catalog)

    async def plan(self, request: TeacherRequest) -> TeacherAnswer:
        self.asked += 1
        return await super().plan(request)


@define
class Setup:
    """One workspace: what a second process finds there is what the first one left."""

    folder: Path
    catalog: Catalog
    executor: Executor
    student: CountingStudent = field(factory=CountingStudent)
    teacher: CountingTeacher = field(factory=CountingTeacher)
    seen: list[Progress] = field(factory=list)

    async def run(
        self,
        examples: list[Example],
        stop_after: int | None = None,
        log_name: str = "run.jsonl",
        calls: int | None = None,
        **options,
    ) -> RunFigures:
        """Run to the end, or cancel the task at that many progress events."""
        log = RunLog(self.folder / log_name)
        with KnowledgeStore.open(self.folder / "knowledge.db") as store:
            settings = evolve(OPTIONS, **options)
            paid = PaidTeacher(self.teacher, store, Purse(Allowance(calls)))
            bench = Workbench(self.student, self.executor, self.catalog)

            def progress(event: Progress) -> None:
                self.seen.append(event)
                if stop_after is not None and len(self.seen) == stop_after:
                    task.cancel()

            task = asyncio.ensure_future(
                Distillation("r1", bench, paid, store, log, settings, progress).run(examples)
            )
            try:
                return await task
            finally:
                log.close()


@pytest.fixture(scope="session")
def roastery() -> Catalog:
    return discover(EXAMPLES, database=SOURCE.path, dialect="sqlite")


@pytest.fixture(scope="session")
def some() -> list[Example]:
    """The revenue and wholesale queries: enough families, and siblings that share what the house means."""
    found = mine(EXAMPLES, source=SOURCE, dialect="sqlite").examples
    return [example for example in found if example.origin.path.endswith(("revenue.sql", "wholesale.sql"))]


@define
class Finished:
    """A run that came to its end, and what it left; `cut_off` is what had asked before in the same folder."""

    setup: Setup
    figures: RunFigures
    cases: tuple[Case, ...]
    general: GeneralInstructions
    cut_off: list[Setup] = field(factory=list)


@define
class Runs:
    """One run without interruption, the same again in its folder, and the same in pieces."""

    whole: Finished
    again: Finished
    pieces: Finished


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory, roastery: Catalog, some: list[Example]) -> Runs:
    """All three with one executor, which remembers what a statement answered: a run takes seconds then."""

    async def finish(setup: Setup) -> Finished:
        figures = await setup.run(some)
        with KnowledgeStore.open(setup.folder / "knowledge.db") as store:
            return Finished(setup, figures, store.cases(), store.general())

    async def run() -> Runs:
        async with Executor() as executor:
            whole = await finish(Setup(tmp_path_factory.mktemp("whole"), roastery, executor))
            again = await finish(Setup(whole.setup.folder, roastery, executor))
            folder = tmp_path_factory.mktemp("pieces")
            cut_off = []
            for share in (0.4, 0.6, 0.9):  # of all progress: before, explore, admit
                cut_off.append(Setup(folder, roastery, executor))
                with pytest.raises(asyncio.CancelledError):
                    await cut_off[-1].run(some, stop_after=int(share * len(whole.setup.seen)))
            pieces = await finish(Setup(folder, roastery, executor))
            pieces.cut_off = cut_off
            return Runs(whole, again, pieces)

    return asyncio.run(run())


@pytest.fixture
def whole(runs: Runs) -> Finished:
    return runs.whole


_OWN = {"seconds", "teacher_calls"}


def comparable(figures: RunFigures) -> dict[str, object]:
    """The figures without anything that a clock decided, and without what was paid by a part of the run alone."""

    def timeless(value: object) -> object:
        if isinstance(value, dict):
            return {key: timeless(part) for key, part in value.items() if key not in _OWN}
        return [timeless(part) for part in value] if isinstance(value, (list, tuple)) else value

    found = timeless(asdict(figures))
    assert isinstance(found, dict)
    return found


def test_a_run_teaches_and_says_what_it_came_to(whole: Finished, some: list[Example]) -> None:
    figures, cases = whole.figures, whole.cases
    assert figures.examples == len(some)
    assert figures.taught + len(figures.held_out) + len(figures.refused_gold) == len(some)
    assert figures.admitted + figures.refused + figures.quarantined == len(cases)
    assert sum(figures.solved_by_turn) == figures.tried == figures.taught
    assert figures.admitted > 0
    assert figures.after >= figures.before
    assert sum(figures.reasons.values()) == figures.tried - figures.admitted


def test_every_case_has_a_lift_that_explains_its_status(whole: Finished) -> None:
    for case in whole.cases:
        value = case.lift.value if case.lift else 0
        if value:
            assert case.status == ("admitted" if value > 0 else "quarantined")
        else:
            assert (case.status == "admitted") == ("taught it" in case.reason)
        assert case.reason
        assert case.lift is None or 0 < case.lift.n <= OPTIONS.siblings


def test_no_case_was_made_of_a_held_out_example_or_its_family(whole: Finished) -> None:
    figures, cases = whole.figures, whole.cases
    held_out = {item.example_id for item in figures.held_out}
    families = {family(item.gold) for item in figures.held_out}
    assert held_out
    assert cases
    assert not held_out & {case.example_id for case in cases}
    assert not families & {case.family for case in cases}


def test_what_the_student_solves_by_itself_costs_no_teacher_call(whole: Finished) -> None:
    setup, figures = whole.setup, whole.figures
    turns = sum(turn * count for turn, count in enumerate(figures.solved_by_turn[:-1]))
    turns += OPTIONS.turns * figures.solved_by_turn[-1]
    assert setup.teacher.asked == turns
    assert figures.teacher_calls == turns + setup.teacher.instructed


def test_progress_rises_in_every_stage_to_its_total(whole: Finished) -> None:
    seen = whole.setup.seen
    stages = list(dict.fromkeys(event.stage for event in seen))
    shared = ["prune", "instruct", "rules", "nodes", "abstain"]
    assert [stage for stage in stages if stage not in shared] == [
        "check",
        "before",
        "explore",
        "admit",
        "after",
    ]
    assert stages[4:-1] == [stage for stage in shared if stage in stages]
    assert {"prune", "instruct", "abstain"} <= set(stages)
    for stage in stages[1:]:
        done = [event.done for event in seen if event.stage == stage]
        assert done == list(range(seen[-1].total + 1 if stage == "after" else len(done)))
        assert done[-1] == next(event.total for event in seen if event.stage == stage)


def test_a_run_that_was_cut_off_again_and_again_comes_to_the_same(runs: Runs) -> None:
    assert comparable(runs.pieces.figures) == comparable(runs.whole.figures)
    assert [(case.id, case.status, case.plan) for case in runs.pieces.cases] == [
        (case.id, case.status, case.plan) for case in runs.whole.cases
    ]
    assert runs.pieces.general.definitions == runs.whole.general.definitions


def test_a_run_in_pieces_pays_for_nothing_twice(runs: Runs) -> None:
    parts = [*runs.pieces.cut_off, runs.pieces.setup]
    assert all(part.student.asked > 0 for part in parts)
    assert sum(part.teacher.asked for part in parts) == runs.whole.setup.teacher.asked
    under_way = OPTIONS.in_flight * (OPTIONS.turns + 1 + OPTIONS.siblings)
    repeated = sum(part.student.asked for part in parts) - runs.whole.setup.student.asked
    assert repeated <= under_way * len(runs.pieces.cut_off)


def test_a_run_that_is_over_repeats_no_noted_work(runs: Runs) -> None:
    assert comparable(runs.again.figures) == comparable(runs.whole.figures)
    assert runs.again.setup.teacher.asked == runs.again.figures.teacher_calls == 0
    assert (
        runs.again.setup.student.asked <= runs.whole.figures.tried
    )  # what instructions are worth is measured anew


async def test_however_much_is_done_at_once_what_comes_of_it_is_the_same(
    tmp_path: Path, roastery: Catalog, some: list[Example]
) -> None:
    found = []
    async with Executor() as executor:
        for at_once in (1, 6):
            folder = tmp_path / str(at_once)
            folder.mkdir()
            figures = await Setup(folder, roastery, executor).run(some[:18], in_flight=at_once)
            with KnowledgeStore.open(folder / "knowledge.db") as store:
                cases = [(case.id, case.status, case.reason, case.lift, case.plan) for case in store.cases()]
                found.append((comparable(figures), cases, store.general(), store.instructions()))
    assert found[0][0]["admitted"] > 0
    assert found[0] == found[1]


async def test_a_spent_budget_ends_exploration_and_keeps_what_was_learned(
    tmp_path: Path, roastery: Catalog, some: list[Example]
) -> None:
    async with Executor() as executor:
        setup = Setup(tmp_path, roastery, executor)
        figures = await setup.run(some[:14], calls=3)
    assert setup.teacher.asked <= 3
    assert figures.tried < figures.taught
    assert len(figures.held_out) > 0


async def test_without_gold_that_answers_anything_there_is_nothing_to_do(
    tmp_path: Path, roastery: Catalog, some: list[Example]
) -> None:
    broken = [
        evolve(some[0], gold="SELECT nothing FROM nowhere"),
        evolve(some[1], gold="SELECT 1 WHERE 0"),
        evolve(some[2], source=None),
    ]
    async with Executor() as executor:
        for examples in ([], broken):
            with pytest.raises(NothingToDoError, match=f"none of the {len(examples)} examples"):
                await Setup(tmp_path, roastery, executor).run(examples)


async def test_gold_that_proves_nothing_is_told_with_its_place_and_reason(
    tmp_path: Path, roastery: Catalog, some: list[Example]
) -> None:
    bad = evolve(some[0], id="bad", gold="SELECT nothing FROM nowhere")
    async with Executor() as executor:
        figures = await Setup(tmp_path, roastery, executor).run([bad, *some[1:4]], calls=0)
    ((place, why),) = figures.refused_gold
    assert place == str(bad.origin)
    assert "fails" in why


async def test_what_an_earlier_run_taught_does_not_help_where_it_is_held_out_now(
    tmp_path: Path, roastery: Catalog, executor: Executor, some: list[Example]
) -> None:
    setup = Setup(tmp_path, roastery, executor)
    await setup.run(some, log_name="first.jsonl", seed=0)
    second = await setup.run(some, log_name="second.jsonl", seed=1)
    held_out = {item.example_id for item in second.held_out}
    with KnowledgeStore.open(tmp_path / "knowledge.db") as store:
        admitted = {case.id: case.example_id for case in store.cases("admitted")}
        used = {case for item in second.held_out for case in item.after.lesson_ids}
    assert held_out & set(admitted.values()), "the first run taught some of what is held out now"
    assert not {admitted[case] for case in used} & held_out
