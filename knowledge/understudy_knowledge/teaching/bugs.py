"""Failed attempts and verified code -> bugs with their fixes, for the fix action and for those who train.

After SQL-Rewind: what a model got wrong, beside what proved right, teaches more about mending than right code alone.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timezone

from understudy_knowledge.catalog import Catalog
from understudy_knowledge.memory.lineage import lineage
from understudy_knowledge.memory.masking import mask_values
from understudy_knowledge.memory.records import Example
from understudy_knowledge.memory.repairs import Repair, bug_kind, names_taken_out, symbols_said
from understudy_knowledge.memory.skeleton import skeleton
from understudy_knowledge.teaching.causes import OVER_LIMITS
from understudy_knowledge.teaching.records import Attempt, Trace

_MOST_SYMBOLS = 12
_LONGEST = 4_000
"""Characters of code beyond which nobody learns from a pair."""


def repairs_of(
    examples: Sequence[Example], traces: Mapping[str, Trace], student: str, catalog: Catalog
) -> list[Repair]:
    """A pair for each different failed attempt at these examples. The fix is the student's own code where it came to pass,
    else the example's; none where that one is in doubt."""
    moment = datetime.now(timezone.utc).isoformat(timespec="seconds")
    found = []
    for example in examples:
        trace = traces.get(example.id)
        if trace is None or trace.cause == "gold-suspect":
            continue
        fixed = _passing(trace) or example.gold
        for attempt in _failed(trace):
            if attempt.code == fixed or max(len(attempt.code), len(fixed)) > _LONGEST:
                continue
            names = sorted(symbols_said(attempt.diagnosis) | names_taken_out(attempt.code, fixed))
            found.append(
                Repair(
                    id=hashlib.sha256(f"{example.id}\0{attempt.code}".encode()).hexdigest()[:12],
                    example_id=example.id,
                    question=example.question,
                    masked_question=mask_values(example.question, catalog),
                    broken=attempt.code,
                    error=attempt.diagnosis,
                    kind="answer" if attempt.outcome == "ok" else bug_kind(attempt.diagnosis),
                    symbols=tuple(names[:_MOST_SYMBOLS]),
                    fixed=fixed,
                    skeleton=skeleton(attempt.code, example.dialect),
                    lineage=lineage(fixed, catalog, example.dialect),
                    dialect=example.dialect,
                    student=student,
                    created=moment,
                )
            )
    return found


def _attempts(trace: Trace) -> Iterator[Attempt]:
    yield trace.own
    yield from (turn.attempt for turn in trace.turns)
    if trace.helped is not None:
        yield trace.helped


def _passing(trace: Trace) -> str:
    """The code that passed last, for a success that proves something; empty where none did."""
    passed = [attempt.code for attempt in _attempts(trace) if attempt.passed and not attempt.weak]
    return passed[-1] if passed else ""


def _failed(trace: Trace) -> list[Attempt]:
    """The failed attempts with different code. What only took too long is no bug that a pair shows."""
    failed = {
        attempt.code: attempt
        for attempt in _attempts(trace)
        if not attempt.passed and attempt.code and attempt.outcome not in OVER_LIMITS
    }
    return list(failed.values())
