"""Gold-suspect examples: those whose own code is more likely wrong than every attempt at it."""

from collections.abc import Iterator, Mapping, Sequence

from understudy_knowledge.memory.records import Example
from understudy_knowledge.teaching.records import Attempt, Suspect, Trace

_AGREEING = 2


def suspects(
    taught: Sequence[Example], traces: Mapping[str, Trace], refused: Sequence[tuple[Example, str]]
) -> tuple[Suspect, ...]:
    """Examples whose gold code fails or answers nothing, and those that only it answers as it does."""
    found = [Suspect(example.origin, example.question, why) for example, why in refused]
    for example in taught:
        trace = traces.get(example.id)
        if trace is not None and trace.cause == "gold-suspect":
            why = "statements that were written differently agree on another answer than its own query gives"
            found.append(Suspect(example.origin, example.question, why))
    return tuple(found)


def is_suspect(trace: Trace) -> bool:
    """Whether nothing led to the gold answer, and attempts by different code agree on another one (self-consistency)."""
    if trace.passes:
        return False
    codes: dict[str, set[str]] = {}
    for attempt in _attempts(trace):
        if attempt.answer:
            codes.setdefault(attempt.answer, set()).add("".join(attempt.code.lower().split()))
    return any(len(written) >= _AGREEING for written in codes.values())


def _attempts(trace: Trace) -> Iterator[Attempt]:
    yield trace.own
    for turn in trace.turns:
        yield turn.attempt
