"""What a run is going to take: said as bounds before anything is asked, and again by the first few items of each phase.

What these come to is kept where it is part of the run, so that next to nothing is done twice.
"""

import asyncio
import time
from collections.abc import Sequence

from attrs import define, field

from understudy_knowledge.evaluation.items import Item
from understudy_knowledge.teaching.candidates import candidate, lesson_of
from understudy_knowledge.teaching.price import Price
from understudy_knowledge.teaching.records import Trace
from understudy_knowledge.teaching.steps import Steps
from understudy_server.bench.teach.benches import DatasetBench, Made
from understudy_server.bench.teach.budgets import Spending, drawn
from understudy_server.bench.teach.estimate import Bounds, Plan, Sample, Taken, bounds, estimate
from understudy_server.bench.teach.learning import explored
from understudy_server.bench.teach.measuring import Measuring
from understudy_server.bench.teach.metering import MeteredTeacher
from understudy_server.bench.teach.settings import SAMPLED, WITHOUT_LESSONS, TeachSettings

_FIRST = 16
"""Items of each phase that are looked at first."""


@define(eq=False)
class Expecting:
    """Looks at the first few items of a run."""

    settings: TeachSettings
    bench: DatasetBench
    teacher: MeteredTeacher
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
        return Plan(
            len(self.taught),
            self.settings.turns,
            self.settings.siblings,
            tested * alone,
            tested * (sum(runs.values()) - alone),
            tested if "teacher" in arms else 0,
        )

    async def at_most(self, teacher: Price) -> Bounds:
        """What it cannot exceed. Raises BackendError."""
        return bounds(self.plan(), await self.teacher.at_most(), teacher)

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
        spending = Spending(self.settings.teacher_tokens, self.settings.rollouts)
        traces = await explored(taught, self.bench, self.teacher, self.steps, self.settings, spending)
        exploring = self._since()
        solved = [item for item in taught if item.example.id in traces and traces[item.example.id].solved]
        self._begin()
        await self._with_lessons(solved, traces)
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
        self._asked = self.teacher.calls, self.teacher.taken.total
        self._at = time.monotonic()

    def _since(self) -> Taken:
        made, (calls, tokens) = self.bench.made.since(self._made), self._asked
        return Taken(
            made.attempts,
            self.teacher.calls - calls,
            made.tokens,
            self.teacher.taken.total - tokens,
            time.monotonic() - self._at,
        )
