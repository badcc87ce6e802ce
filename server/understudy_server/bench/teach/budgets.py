"""What would have been learned with a part of what learning took: always the first items in their order."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence

from understudy_knowledge.memory.records import Case
from understudy_knowledge.teaching.records import Trace


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
