"""A whole run: read, check the gold, learn, test every arm, write the figures. Goes on where a killed run stopped."""

import hashlib
import platform
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import asdict, define, field, frozen

from understudy_knowledge.catalog import Catalog
from understudy_knowledge.errors import NothingToDoError
from understudy_knowledge.evaluation.items import Item, Refused, Rule
from understudy_knowledge.memory.patterns import pattern
from understudy_knowledge.memory.records import Example
from understudy_knowledge.models.roles import Student, Teacher
from understudy_knowledge.retrieval.query import RetrievalQuery
from understudy_knowledge.teaching.price import Price
from understudy_knowledge.teaching.steps import Steps
from understudy_server.bench.teach.arm_names import UNTAUGHT
from understudy_server.bench.teach.arms import ArmMaker
from understudy_server.bench.teach.benches import DatasetBench
from understudy_server.bench.teach.budgets import drawn
from understudy_server.bench.teach.ceiling import Ceiling
from understudy_server.bench.teach.counting import Counting
from understudy_server.bench.teach.estimate import Bounds, Taken, caution, sentence
from understudy_server.bench.teach.expecting import Expecting
from understudy_server.bench.teach.leaking import guarded
from understudy_server.bench.teach.learning import learn
from understudy_server.bench.teach.measuring import Measuring
from understudy_server.bench.teach.metering import EstimatingStudent, MeteredTeacher, asked_of
from understudy_server.bench.teach.reading import read_sides
from understudy_server.bench.teach.results import Results, Roles, digest, run_key, settings_of
from understudy_server.bench.teach.run_stamp import opened, stamp
from understudy_server.bench.teach.settings import TeachSettings
from understudy_server.bench.teach.steady_executor import SteadyExecutor
from understudy_server.bench.teach.workers import Equipment, Workers


@frozen
class Checked:
    """Why an item's gold proves nothing; empty where it does."""

    why: str


@define
class TeachRun:
    """One run with its student and its teachers, the cheapest first, each with its price. What is kept for a later run lies in
    `folder`."""

    settings: TeachSettings
    student: Student
    teachers: Sequence[tuple[Teacher, Price]]
    folder: Path
    say: Callable[[str, int, int], None] = lambda stage, done, total: None
    tell: Callable[[str], None] = lambda sentence: None
    """Takes sentences worth a line while the run goes on."""
    alone: Student | None = None
    """The teacher's model in the student's role, where there is one."""
    price: Price = field(factory=Price)
    """The student's."""
    counting: Counting = field(factory=Counting)
    estimated: frozenset[str] = frozenset()
    """Roles whose backend asks no model: what one would take is estimated, and the student may work in other processes."""
    refused: list[Refused] = field(factory=list)

    async def run(self) -> dict[str, Any]:
        """The figures. Raises NothingToDoError where nothing can be taught or tested, DataSourceError, BackendError."""
        began = time.monotonic()
        sides = read_sides(self.settings, self.folder)
        self.refused = list(sides.refused)
        taught = self._bounded(sides.teachable)
        if self.settings.teacher_tokens is not None or self.settings.rollouts is not None:
            # What comes too late is left out, and that is not to be the dataset's last source.
            place = {
                key: n
                for n, key in enumerate(drawn((item.example.id for item in taught), self.settings.seed))
            }
            taught.sort(key=lambda item: place[item.example.id])
        tested = taught if self.settings.rehearse else self._bounded(sides.tested.of("test", "valid"))
        self._refuse(taught, tested)
        everything = list({item.example.id: item for item in (*taught, *tested)}.values())
        made_by = stamp((sides.taught.digest, sides.tested.digest), everything)
        roles = Roles(
            self.student.name, ", ".join(teacher.name for teacher, _ in self.teachers), self.estimated
        )
        log, why = opened(self.folder, run_key(settings_of(self.settings, roles, sides)), made_by)
        if why:
            self.tell(why)
        student = EstimatingStudent(self.student) if "student" in self.estimated else self.student
        workers = self._workers(everything, student, sides.catalogs)
        # One more for each process, so that none waits for its next item.
        in_flight = self.settings.in_flight * (2 if workers else 1)
        try:
            async with SteadyExecutor(self.settings.in_flight) as executor:
                bench = DatasetBench.over(
                    everything, student, executor, self.settings.limits, self.settings.neighbors, self.folder, sides.catalogs, workers,
                    repeats="student" in self.estimated,
                )  # fmt: skip
                steps = Steps(
                    log, in_flight, lambda progress: self.say(progress.stage, progress.done, progress.total)
                )
                teachers = [
                    MeteredTeacher(teacher, "teacher" in self.estimated) for teacher, _ in self.teachers
                ]
                most = await Expecting(self.settings, bench, teachers, steps, taught, tested).at_most(
                    [price for _, price in self.teachers]
                )
                self._announce(taught, tested, len(everything), most)
                usable = await self._checked(everything, bench, steps)
                taught = [item for item in taught if item.example.id in usable]
                tested = [item for item in tested if item.example.id in usable]
                self._refuse(taught, tested)
                results = Results(self.settings, roles, sides, made_by, self.refused, taught, tested)
                figures = await self._measured(results, bench, steps, teachers)
                figures["timing"]["bounds"] = asdict(most)
        finally:
            if workers is not None:
                await workers.close()
            log.close()
        figures["digest"] = digest(figures)
        figures["timing"] |= {"seconds": round(time.monotonic() - began, 1), "megabytes": _megabytes()}
        return figures

    def _workers(
        self, items: Sequence[Item], student: Student, catalogs: Mapping[str, Catalog]
    ) -> Workers | None:
        """Processes for the attempts, where the student may work in others than this one."""
        jobs = self.settings.in_flight
        if "student" not in self.estimated or jobs == 1:
            return None
        equipment = Equipment(
            items, student, self.settings.limits, self.settings.neighbors, self.folder, catalogs
        )
        return Workers(jobs, equipment)

    def _refuse(self, taught: Sequence[Item], tested: Sequence[Item]) -> None:
        """Raises NothingToDoError where there is nothing to test, or nothing to teach and an arm that needs it."""
        if not tested:
            raise NothingToDoError(f"{self.settings.tested} has no item to test whose gold code runs")
        able = (*UNTAUGHT, "teacher") if self.alone is not None else UNTAUGHT
        needing = [name for name in self.settings.arms if name not in able]
        if not taught and needing:
            raise NothingToDoError(
                f"{self.settings.taught} has no item to teach whose gold code runs, and {', '.join(needing)} need some; "
                f"name what to teach with --memory, or only arms that need nothing: --arms {','.join(able)}"
            )

    def _announce(self, taught: Sequence[Item], tested: Sequence[Item], golds: int, most: Bounds) -> None:
        """What the run can take at most, said before anything is run."""
        said = caution(len(tested))
        self.tell(
            f"{len(taught)} items to teach, {len(tested)} to test, {len(self.refused)} skipped. {golds:,} gold queries are run first. "
            f"{most.sentence}.{f' {said}.' if said else ''}"
        )

    async def _measured(
        self, results: Results, bench: DatasetBench, steps: Steps, teachers: Sequence[MeteredTeacher]
    ) -> dict[str, Any]:
        settings, taught, tested = self.settings, results.taught, results.tested
        began = time.monotonic()
        ceiling = Ceiling(teachers[0], self.alone, settings.turns)
        measuring = Measuring(settings, bench, steps, ceiling, settings.limits, self.counting)
        expecting = Expecting(settings, bench, teachers, steps, taught, tested)
        with self.counting.under("learning", steps.log):
            expected = await expecting.expected(measuring)
        # Nobody knows yet which teacher will be asked how much: by the dearest.
        prices = self.price, self.teachers[-1][1]
        self.tell(f"By the first few of each: {sentence(expected, *prices, estimated=bool(self.estimated))}.")
        queries = {
            item.example.id: RetrievalQuery(pattern(item.example.question, bench.of(item.example).catalog))
            for item in (*taught, *tested)
        }
        with self.counting.under("learning", steps.log):
            learned = await learn(taught, bench, teachers, queries, steps, settings)
        if len(learned.traces) < len(taught):
            self.tell(
                f"What learning may take covers {len(learned.traces)} of the {len(taught)} items to teach."
            )
        guard = guarded(learned, taught, () if settings.rehearse else tested)
        for said in guard.found:
            self.tell(said)
        zero = await measuring.first(tested)
        own = {key: tried.attempt for key, tried in zero.items()}
        maker = ArmMaker(guard.learned, taught, tested, bench, queries, settings, own)
        measured = await measuring.all_arms(maker, tested, zero)
        made, (calls, tokens) = bench.made, asked_of(teachers)
        taken = Taken(made.attempts, calls, made.tokens, tokens, round(time.monotonic() - began, 1))
        return results.figures(guard, measured, maker) | {
            "calls": {
                label: {
                    role: asdict(calls, filter=lambda at, _: at.name != "seconds")
                    for role, calls in roles.items()
                }
                for label, roles in Counting.kept(steps.log).items()
            },
            "timing": {"expected": asdict(expected), "taken": asdict(taken)},
        }

    def _bounded(self, items: Sequence[Item]) -> list[Item]:
        """At most `limit` items, chosen by the seed, in their own order."""
        limit = self.settings.limit
        if limit is None or len(items) <= limit:
            return list(items)
        ranked = sorted(
            items,
            key=lambda item: hashlib.sha256(f"{self.settings.seed}\0{item.example.id}".encode()).hexdigest(),
        )
        kept = {item.example.id for item in ranked[:limit]}
        return [item for item in items if item.example.id in kept]

    async def _checked(self, items: Sequence[Item], bench: DatasetBench, steps: Steps) -> frozenset[str]:
        """Ids of the items whose gold answers something; the others are refused by name."""

        async def check(example: Example) -> Checked:
            return Checked(await bench.why_gold_proves_nothing(example))

        checked = await steps.each("check", [item.example for item in items], Checked, check)
        for item in items:
            if why := checked[item.example.id].why:
                self.refused.append(_refusal(item, why))
        return frozenset(key for key, found in checked.items() if not found.why)


def _refusal(item: Item, why: str) -> Refused:
    rule: Rule = "gold-empty" if "answers nothing" in why else "gold-fails"
    return Refused(str(item.example.origin), item.example.id, why, rule)


def _megabytes() -> dict[str, float] | None:
    """The most memory that this process had, and the largest of those it started; None where the system does not say."""
    try:
        import resource
    except ImportError:
        return None
    unit = 1024 * 1024 if platform.system() == "Darwin" else 1024
    most = {"this": resource.RUSAGE_SELF, "largest_child": resource.RUSAGE_CHILDREN}
    return {name: round(resource.getrusage(who).ru_maxrss / unit, 1) for name, who in most.items()}
