"""What a run is going to take: said as bounds before anything is asked, and again by the first few items of each phase.

What these come to is kept where it is part of the run, so that next to nothing is done twice.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack

from attrs import define, field

from understudy_knowledge.errors import NothingToDoError
from understudy_knowledge.evaluation.items import Item
from understudy_knowledge.teaching.candidates import candidate, lesson_of
from understudy_knowledge.teaching.price import Price
from understudy_knowledge.teaching.records import Trace
from understudy_knowledge.teaching.steps import Steps
from understudy_server.bench.teach.arm_names import SAMPLED, WITHOUT_LESSONS
from understudy_server.bench.teach.benches import DatasetBench, Made
from understudy_server.bench.teach.budgets import drawn
from understudy_server.bench.teach.estimate import Bounds, Plan, Sample, Taken, bounds, estimate
from understudy_server.bench.teach.learning import explored, spending_of
from understudy_server.bench.teach.measuring import Measuring
from understudy_server.bench.teach.metering import MeteredTeacher, asked_of
from understudy_server.bench.teach.settings import TeachSettings

_FIRST = 16
"""Items of each phase that are looked at first."""


@define(eq=False)
class Expecting:
    """Looks at the first few items of a run."""

    settings: TeachSettings
    bench: DatasetBench
    teachers: Sequence[MeteredTeacher]
    steps: Steps
    taught: Sequence[Item]
    tested: Sequence[Item]
    _made: Made = field(init=False)
    _asked: tuple[int, int] = field(init=False)
    _at: float = field(init=False)

    def plan(self) -> Plan:
        """What is going to be done."""
        tested, arms = len(self.tested), {"zero", *self.settings.arms}
        runs = {name: self.settings.seeds if name in SAMPLED else 1 for name in arms - {"teacher"}}
        alone = sum(count for name, count in runs.items() if name in WITHOUT_LESSONS)
        homes = Counter(item.database for item in self.taught if item.task == "sql")
        return Plan(
            len(self.taught),
            tuple(count for count in homes.values() if count > 1),
            self.settings.turns,
            self.settings.siblings,
            tested * alone,
            tested * (sum(runs.values()) - alone),
            tested if "teacher" in arms else 0,
        )

    async def at_most(self, prices: Sequence[Price]) -> Bounds:
        """What it cannot exceed; `prices` are the teachers'. Raises BackendError, NothingToDoError where not one call is covered."""
        most = [await teacher.at_most() for teacher in self.teachers]
        covered, one = self.settings.teacher_tokens, most[0].total
        if covered is not None and one > covered:
            raise NothingToDoError(
                f"{covered:,} tokens (--tokens) cover no call of the teacher, which may take {one:,}; allow more, or leave it out"
            )
        return bounds(self.plan(), list(zip(most, prices, strict=True)))

    async def expected(self, measuring: Measuring) -> Taken:
        """What it will take if the rest is like the first few. Raises BackendError."""
        sample = self.steps.log.find("expecting", "the first", Sample)
        if sample is None:
            sample = await self._sampled(measuring)
            self.steps.log.note("expecting", "the first", sample)
        return estimate(self.plan(), sample)

    async def _sampled(self, measuring: Measuring) -> Sample:
        tested, taught = self._first(self.tested), self._first(self.taught)
        # Processes and databases are opened by those before the first that counts.
        await measuring.first(tested[: self.steps.in_flight])
        self._begin()
        await measuring.first(tested)
        alone = self._since()
        self._begin()
        spending = spending_of(self.settings, len(self.taught), len(self.teachers))
        with ExitStack() as stack:
            for teacher in self.teachers:
                stack.enter_context(teacher.paid_by(spending))
            traces = await explored(taught, self.bench, self.teachers, self.steps, self.settings, spending)
        exploring = self._since()
        solved = [item for item in taught if item.example.id in traces and traces[item.example.id].solved]
        self._begin()
        # Where attempts are bounded, none is made that nothing is learned from.
        await self._with_lessons(solved if self.settings.rollouts is None else (), traces)
        return Sample(len(traces), len(solved), exploring, alone, self._since())

    def _first(self, items: Sequence[Item]) -> list[Item]:
        order = drawn((item.example.id for item in items), self.settings.seed)[:_FIRST]
        return [self.bench.items[key] for key in order]

    async def _with_lessons(self, solved: Sequence[Item], traces: dict[str, Trace]) -> None:
        """Each with the next one's lesson: what comes of it is of no further use."""
        lessons = [
            lesson_of(
                candidate(item.example, traces[item.example.id], self.bench.student.name, self.bench.of(item.example).catalog)
            )
            for item in solved
        ]  # fmt: skip
        gate = asyncio.Semaphore(self.steps.in_flight)

        async def attempt(at: int) -> None:
            async with gate:
                await self.bench.attempt(solved[at].example, lessons=(lessons[at - 1],))

        await asyncio.gather(*(attempt(at) for at in range(len(solved))))

    def _begin(self) -> None:
        made = self.bench.made
        self._made = Made(made.attempts, made.tokens, made.seconds)
        self._asked = asked_of(self.teachers)
        self._at = time.monotonic()

    def _since(self) -> Taken:
        made, (calls, tokens) = self.bench.made.since(self._made), self._asked
        calls_now, tokens_now = asked_of(self.teachers)
        return Taken(
            made.attempts,
            calls_now - calls,
            made.tokens,
            tokens_now - tokens,
            time.monotonic() - self._at,
        )
