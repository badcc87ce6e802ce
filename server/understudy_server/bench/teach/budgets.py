"""Bounds on what learning may take, and what would have been learned with less: always the first items in their order.

Which items those are hangs on nothing but the order, however many are worked on at once: an item is begun as long as those that
are done took less than there is, and what was done beyond the bound is left out afterwards.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence

from attrs import define, field

from understudy_knowledge.memory.records import Case
from understudy_knowledge.teaching.purse import BudgetSpentError
from understudy_knowledge.teaching.records import Trace


@define
class Spending:
    """What the items that are done took. None is without bound."""

    teacher_tokens: int | None = None
    rollouts: int | None = None
    _tokens: int = field(default=0, init=False)
    _rollouts: int = field(default=0, init=False)

    def begin(self) -> None:
        """Raises BudgetSpentError where nothing more may be begun."""
        if (self.teacher_tokens is not None and self._tokens >= self.teacher_tokens) or (
            self.rollouts is not None and self._rollouts >= self.rollouts
        ):
            raise BudgetSpentError("what the benchmark may take is spent")

    def explored(self, trace: Trace) -> Trace:
        """The trace, paid for."""
        self._tokens += trace.cost.teacher_tokens
        self._rollouts += rollouts(trace)
        return trace

    def measured(self, case: Case) -> Case:
        """The case, its siblings' attempts paid for."""
        self._rollouts += case.lift.n if case.lift else 0
        return case

    def kept(
        self, order: Sequence[str], traces: Mapping[str, Trace], cases: Iterable[Case]
    ) -> tuple[dict[str, Trace], tuple[Case, ...]]:
        """What the bounds cover: traces first, then cases, each in the order given."""
        covered: dict[str, Trace] = {}
        tokens = attempts = 0
        for key in order:
            if key not in traces or _over(self.teacher_tokens, tokens) or _over(self.rollouts, attempts):
                continue
            covered[key] = traces[key]
            tokens += traces[key].cost.teacher_tokens
            attempts += rollouts(traces[key])
        found = []
        for case in cases:
            if case.example_id not in covered or _over(self.rollouts, attempts):
                continue
            attempts += case.lift.n if case.lift else 0
            found.append(case)
        return covered, tuple(found)


def drawn(keys: Iterable[str], seed: int) -> list[str]:
    """The keys in an order that the seed gives: a dataset's own has one source after the other."""
    return sorted(keys, key=lambda key: hashlib.sha256(f"order {seed}\0{key}".encode()).hexdigest())


def rollouts(trace: Trace) -> int:
    """Attempts of the student in a trace."""
    return 1 + len(trace.turns)


def first_part(order: Sequence[str], traces: Mapping[str, Trace], percent: int) -> dict[str, Trace]:
    """The traces of the first items that together took so much of all the teacher's tokens; of its calls where nobody says tokens."""
    told = any(trace.cost.teacher_tokens for trace in traces.values())
    costs = {
        key: traces[key].cost.teacher_tokens if told else traces[key].cost.teacher_calls
        for key in order
        if key in traces
    }
    most, taken = percent * sum(costs.values()) / 100, 0
    found: dict[str, Trace] = {}
    for key, cost in costs.items():
        taken += cost
        if taken > most:
            break
        found[key] = traces[key]
    return found


def turns_of(name: str) -> int | None:
    """How many turns of the teacher an arm has; None where it has all of them."""
    if name == "no-refinement":
        return 1
    return int(name.removeprefix("turns=")) if name.startswith("turns=") else None


def chosen(name: str, cases: Iterable[Case], order: Sequence[str], traces: Mapping[str, Trace]) -> list[Case]:
    """The cases of the arms of few turns (of plans that needed no more), budget=P and policy=P (percent of the budget)."""
    if (turns := turns_of(name)) is not None:
        return [case for case in cases if case.cost.turns <= turns]
    covered = first_part(order, traces, int(name.partition("=")[2]))
    return [case for case in cases if case.example_id in covered]


def _over(bound: int | None, taken: int) -> bool:
    return bound is not None and taken >= bound
