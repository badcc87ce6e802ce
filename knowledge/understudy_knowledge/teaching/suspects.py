"""Gold-suspect examples: those whose own code is more likely wrong than every attempt at it."""

from collections.abc import Mapping, Sequence

from understudy_knowledge.memory.records import Example
from understudy_knowledge.memory.skeleton import family
from understudy_knowledge.teaching.records import NO_ROWS, Suspect, Trace

_AGREEING = 3
"""Statements that must agree against the gold answer; plans are made from the gold code, so fewer may share a mistake."""


def suspects(
    taught: Sequence[Example], traces: Mapping[str, Trace], refused: Sequence[tuple[Example, str]]
) -> tuple[Suspect, ...]:
    """Examples whose gold code is `refused`, with the reason, and those that only it answers as it does."""
    found = [Suspect(example.origin, example.question, example.gold, why) for example, why in refused]
    for example in taught:
        trace = traces.get(example.id)
        if trace is not None and trace.cause == "gold-suspect":
            why = "statements that were written differently agree on another answer than its own query gives"
            found.append(Suspect(example.origin, example.question, example.gold, why))
    return tuple(found)


def is_suspect(trace: Trace, dialect: str) -> bool:
    """Whether nothing led to the gold answer, and different statements agree on another one (self-consistency).

    The one that the student wrote before it saw any plan must be among them.
    """
    own = trace.own.answer
    if trace.passes or not own or own == NO_ROWS:
        return False
    attempts = (trace.own, *(turn.attempt for turn in trace.turns))
    families = {family(attempt.code, dialect) for attempt in attempts if attempt.answer == own}
    return len(families) >= _AGREEING
