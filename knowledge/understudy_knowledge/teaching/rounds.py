"""Exploration in rounds: each works on what still fails, with what the rounds before it taught (LLM2LLM, Lee et al. 2024).

An example that failed is tried anew once there is something new for it: a lesson that it has not been given yet and that
retrieval would give it now. Every teacher was asked about it already, and is not asked the same again.

What decides is known when a round begins and is in the log, so that a run that was cut off goes on as it would have.
"""

from collections.abc import Mapping, Sequence, Set
from typing import Protocol

from attrs import define, evolve, field, frozen

from understudy_knowledge.memory.records import Case, Example, Lesson
from understudy_knowledge.teaching.causes import cause_of
from understudy_knowledge.teaching.choices import FREE_HELP, TAU, FreeHelp, Order
from understudy_knowledge.teaching.faculty import TRIED_BY_ALL, Faculty, best_of
from understudy_knowledge.teaching.helping import Helper, Record
from understudy_knowledge.teaching.policy import Neighborhood, State, in_order
from understudy_knowledge.teaching.purse import BudgetSpentError
from understudy_knowledge.teaching.records import Attempt, Cause, Trace
from understudy_knowledge.teaching.steps import Steps
from understudy_knowledge.teaching.suspects import is_suspect
from understudy_knowledge.teaching.workbench import Workbench

PAID_ROUNDS = 4
"""Rounds of a run whose teacher costs something. One that costs nothing is asked for everything at once."""


class Decide(Protocol):
    """Turns solved traces into decided cases."""

    async def __call__(self, traces: Mapping[str, Trace], done: int) -> list[Case]:
        """The cases of these traces; `done` says how many were decided before."""


@frozen
class _Comparison:
    """One example explored with every teacher alone, by the teacher's name."""

    traces: dict[str, Trace]


@frozen
class Explored:
    """All traces by example, and the cases made of them."""

    traces: dict[str, Trace]
    cases: list[Case]


@define
class Rounds:
    """Explores the taught examples, given the student's own attempt at each."""

    bench: Workbench
    faculty: Faculty
    steps: Steps
    decide: Decide
    order: Order
    seed: int
    help: Sequence[FreeHelp] = FREE_HELP
    """What is tried before a teacher that costs something."""
    tau: float = TAU
    """See `helping.Record`."""
    _examples: dict[str, Example] = field(factory=dict, init=False)
    _traces: dict[str, Trace] = field(factory=dict, init=False)
    _cases: list[Case] = field(factory=list, init=False)
    _compared: dict[str, Trace] = field(factory=dict, init=False)
    _given: dict[str, set[str]] = field(factory=dict, init=False)
    """Ids of the lessons that each example was tried with."""

    async def run(
        self, taught: Sequence[Example], own: Mapping[str, Attempt], neighborhood: Neighborhood
    ) -> Explored:
        """Explore until nothing is left that was not tried, in so many rounds as suit the teacher's price."""
        self._examples = {example.id: example for example in taught}
        solved = [example for example in taught if own[example.id].passed]
        causes = {
            example.id: cause
            for example in taught
            if (cause := cause_of(own[example.id], example)) is not None
        }

        async def alone(example: Example) -> Trace:
            return Trace(example.id, own[example.id], sources=())

        if solved:
            self._traces |= await self.steps.each("explore", solved, Trace, alone, total=len(taught))
        costs = (await self.faculty.teachers[-1].at_most()).total > 0
        tried: set[str] = set(self._traces)
        rounds = PAID_ROUNDS if costs else 1
        for number in range(rounds):
            await self._again(tried, own, causes, number)
            left = in_order(taught, self._state(tried, causes), neighborhood, self.order, self.seed)
            chosen = left[: -(-len(left) // (rounds - number))]
            if not chosen:
                break
            if number == 0 and len(self.faculty.teachers) > 1:
                await self._tournament(chosen[:TRIED_BY_ALL], own)
            await self._round(chosen, own, causes, len(taught), helped=costs)
            tried |= {example.id for example in chosen}
        if costs:
            # What the last lessons solve costs no teacher any more. With a teacher that costs nothing, whose plan was asked for
            # everything, they solved nothing more on the example project.
            await self._again(tried, own, causes, rounds)
        return Explored(self._traces, self._cases)

    def _state(self, tried: set[str], causes: Mapping[str, Cause]) -> State:
        passed = {key for key, trace in self._traces.items() if trace.passes}
        return State(frozenset(passed), frozenset(tried), causes)

    async def _tournament(self, examples: Sequence[Example], own: Mapping[str, Attempt]) -> None:
        """Have every teacher explore these, keep what was best of each, and go on with the one that the student gains most by."""
        compared = []
        for example in examples:
            found = self.steps.log.find("compare", example.id, _Comparison)
            if found is None:
                try:
                    found = _Comparison(await self.faculty.compare(example, own[example.id]))
                except BudgetSpentError:
                    break
                self.steps.log.note("compare", example.id, found)
            compared.append(found.traces)
            self._compared[example.id] = best_of(found.traces)
        self.faculty = self.faculty.beginning_with_the_best(compared)

    async def _round(
        self,
        chosen: Sequence[Example],
        own: Mapping[str, Attempt],
        causes: Mapping[str, Cause],
        total: int,
        *,
        helped: bool,
    ) -> None:
        helper = self._helper(own)

        async def explore(example: Example) -> Trace:
            cause = causes[example.id]
            if example.id in self._compared:
                return evolve(self._compared[example.id], cause=cause)
            trace = Trace(example.id, own[example.id], cause=cause, sources=())
            if helped:
                trace = await helper.help(example, own[example.id], cause)
            if not trace.passes:
                trace = await self.faculty.explore(example, trace)
            return evolve(trace, cause="gold-suspect") if is_suspect(trace, example.dialect) else trace

        traces = await self.steps.each("explore", chosen, Trace, explore, done=len(self._traces), total=total)
        for example in chosen:
            compared = example.id in self._compared
            if helped and not compared and helper.tries_lessons(causes[example.id]):
                self._is_new(helper.lesson_for(example), example)
        self._traces |= traces
        self._cases += await self.decide(traces, len(self._cases))

    async def _again(
        self, tried: Set[str], own: Mapping[str, Attempt], causes: Mapping[str, Cause], number: int
    ) -> None:
        """Try what failed so far with lessons that are new for it.

        What the budget left out has no trace yet, and gets one where a lesson solves it.
        """
        helper, lessons = self._helper(own), dict[str, Lesson]()
        failing = [
            example
            for key, example in self._examples.items()
            if key in tried and not (key in self._traces and self._traces[key].passes)
        ]
        for example in failing:
            lesson = helper.lesson_for(example)
            if lesson is not None and self._is_new(lesson, example):
                lessons[example.id] = lesson

        async def attempt(example: Example) -> Trace:
            fresh = Trace(example.id, own[example.id], sources=())
            before = evolve(self._traces.get(example.id, fresh), cause=causes[example.id])
            trace = await helper.again(example, before, lessons[example.id])
            return evolve(trace, cause="gold-suspect") if is_suspect(trace, example.dialect) else trace

        explored, left_out = (
            [each for each in failing if each.id in lessons and (each.id in self._traces) is known]
            for known in (True, False)
        )
        for chosen, noted_as in ((explored, f"again {number}"), (left_out, f"left out {number}")):
            if chosen:
                traces = await self.steps.each("again", chosen, Trace, attempt, noted_as=noted_as)
                self._traces |= {
                    key: trace for key, trace in traces.items() if key in self._traces or trace.passes
                }

    def _is_new(self, lesson: Lesson | None, example: Example) -> bool:
        """Whether the example was not tried with that lesson; from now on it was."""
        given = self._given.setdefault(example.id, set())
        new = lesson is not None and lesson.case_id not in given
        if lesson is not None:
            given.add(lesson.case_id)
        return new

    def _helper(self, own: Mapping[str, Attempt]) -> Helper:
        """What is known by now."""
        return Helper(
            self.bench,
            [case for case in self._cases if case.status == "admitted"],
            [
                (example, own[key])
                for key, example in self._examples.items()
                if own[key].passed and not own[key].weak
            ],
            Record.of(list(self._traces.values()), self.tau),
            self.help,
        )
