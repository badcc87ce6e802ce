"""Traces and cases counted for a run's figures."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from understudy_knowledge.memory.records import Case
from understudy_knowledge.teaching.records import CAUSES, Trace


def by_turn(traces: Mapping[str, Trace], turns: int) -> tuple[int, ...]:
    """How many examples needed no help, were solved in so many turns with a teacher, and never; the others had other help."""
    longest = max((len(trace.turns) for trace in traces.values()), default=0)
    counts = [0] * (max(turns, longest) + 2)
    for trace in traces.values():
        if trace.own.passed:
            counts[0] += 1
        elif not trace.passes:
            counts[-1] += 1
        elif trace.help == "teacher":
            counts[len(trace.turns)] += 1
    return tuple(counts)


def helped(traces: Iterable[Trace]) -> dict[str, int]:
    """How many examples were solved without a teacher, by what helped."""
    counts = Counter(
        trace.help for trace in traces if trace.passes and not trace.own.passed and trace.help != "teacher"
    )
    return dict(sorted(counts.items()))


def causes(traces: Iterable[Trace]) -> dict[str, int]:
    """How often each root cause is why the student fails by itself, in the taxonomy's order."""
    counts = Counter(trace.cause for trace in traces if trace.cause is not None)
    return {cause: counts[cause] for cause in CAUSES if counts[cause]}


def reasons(traces: Mapping[str, Trace], cases: Sequence[Case], forgotten: frozenset[str]) -> dict[str, int]:
    """Why taught examples did not become lessons, and how often."""
    counts = Counter[str]()
    counts["the student solves it by itself"] = sum(trace.own.passed for trace in traces.values())
    counts["lessons learned before solve it"] = sum(trace.helped is not None for trace in traces.values())
    unsolved = [trace for trace in traces.values() if not trace.passes]
    counts["the teacher gave no usable plan"] = sum(bool(trace.failure) for trace in unsolved)
    counts["no plan led to the gold answer"] = sum(not trace.failure for trace in unsolved)
    counts["you forgot it"] = len(forgotten & {key for key, trace in traces.items() if trace.solved})
    for case in cases:
        if case.status != "admitted":
            counts[case.reason.split(":")[0] if case.lift is not None else case.reason] += 1
    return {reason: count for reason, count in sorted(counts.items()) if count}
