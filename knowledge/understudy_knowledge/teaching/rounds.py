"""Exploration in rounds: each works on what still fails, with what the rounds before it taught (LLM2LLM, Lee et al. 2024).

What decides is known when a round begins and is in the log, so that a run that was cut off goes on as it would have.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from attrs import define, evolve, field, frozen

from understudy_knowledge.memory.records import Case, Example
from understudy_knowledge.teaching.causes import cause_of
from understudy_knowledge.teaching.faculty import TRIED_BY_ALL, Faculty, best_of
from understudy_knowledge.teaching.helping import Helper, Record
from understudy_knowledge.teaching.order import Order
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
    _examples: dict[str, Example] = field(factory=dict, init=False)
    _traces: dict[str, Trace] = field(factory=dict, init=False)
    _cases: list[Case] = field(factory=list, init=False)
    _compared: dict[str, Trace] = field(factory=dict, init=False)

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
            left = in_order(taught, self._state(tried, causes), neighborhood, self.order, self.seed)
            chosen = left[: -(-len(left) // (rounds - number))]
            if not chosen:
                break
            if number == 0 and len(self.faculty.teachers) > 1:
                await self._tournament(chosen[:TRIED_BY_ALL], own)
            await self._round(chosen, own, causes, len(taught), helped=costs)
            tried |= {example.id for example in chosen}
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
        helper = Helper(
            self.bench,
            [case for case in self._cases if case.status == "admitted"],
            [
                (example, own[key])
                for key, example in self._examples.items()
                if own[key].passed and not own[key].weak
            ],
            Record.of(list(self._traces.values())),
        )

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
        self._traces |= traces
        self._cases += await self.decide(traces, len(self._cases))
