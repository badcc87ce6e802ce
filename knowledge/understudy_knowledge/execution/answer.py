"""What a confined process said, checked: it may have been taken over by what it ran."""

import json
import signal
from typing import Any, get_args

from attrs import frozen

from understudy_knowledge.execution.limits import Limits
from understudy_knowledge.execution.outcome import Outcome, OutcomeKind, Result

_KINDS: frozenset[str] = frozenset(get_args(OutcomeKind))
_CELLS = frozenset({str, int, float, bool, type(None)})
_NONSENSE = Outcome("error", message="The sandboxed process answered nonsense.")
# What the kernel sends when a limit is reached; SIGXCPU and SIGXFSZ do not exist everywhere.
_SIGNALS: dict[str, tuple[OutcomeKind, str]] = {
    "SIGKILL": ("memory", "It was ended by the system, most likely for want of memory."),
    "SIGXCPU": ("timeout", "It used more processor time than it may."),
    "SIGSYS": ("refused", "It asked the system for something that nothing sound asks for."),
    "SIGSEGV": ("error", "It crashed."),
    "SIGABRT": ("error", "It gave up, as engines do that run out of memory."),
    "SIGBUS": ("error", "It crashed."),
}


@frozen
class Raw:
    """All that came out of one job: bytes of the answer, whether it ran late, the signal that ended it (0: none)."""

    text: bytes
    late: bool = False
    signal: int = 0


class NoAnswerError(Exception):
    """The process that should have run the job is gone, or sent more than it may."""


class NothingRanError(NoAnswerError):
    """It had gone before it was asked, so that another one may be asked instead."""


def outcome_of(raw: Raw, limits: Limits) -> Outcome:
    """The record of a job. Every value is checked; nothing in `raw` can make this raise."""
    if raw.late:
        return Outcome(
            "timeout", message=f"It took longer than {limits.seconds:g} s.", seconds=limits.seconds
        )
    if not raw.text.strip():
        return _death(raw.signal)
    try:
        answer = json.loads(raw.text)
    except (ValueError, RecursionError, MemoryError):
        return _NONSENSE
    if not isinstance(answer, dict) or str(answer.get("kind")) not in _KINDS:
        return _NONSENSE
    kind: OutcomeKind = next(kind for kind in get_args(OutcomeKind) if kind == str(answer["kind"]))
    seconds, message = answer.get("seconds"), answer.get("message")
    if not isinstance(seconds, (int, float)) or not isinstance(message, str):
        return _NONSENSE
    if kind == "timeout":
        return Outcome(
            "timeout", message=f"It took longer than {limits.seconds:g} s.", seconds=float(seconds)
        )
    if kind != "ok":
        return Outcome(kind, message=sentence(message), seconds=float(seconds))
    result = _result(answer, limits)
    return _NONSENSE if result is None else Outcome("ok", result, seconds=float(seconds))


def sentence(message: str) -> str:
    """An engine's words as one sentence of bounded length."""
    text = message.strip()[:500]
    return text if not text or text.endswith((".", "!", "?")) else text[0].upper() + text[1:] + "."


def _result(answer: dict[str, Any], limits: Limits) -> Result | None:
    columns, rows = answer.get("columns"), answer.get("rows")
    if not isinstance(columns, list) or not isinstance(rows, list) or len(rows) > limits.rows:
        return None
    width = len(columns)
    for row in rows:
        if not isinstance(row, list) or len(row) != width or not _CELLS.issuperset(map(type, row)):
            return None
    return Result(tuple(map(str, columns)), tuple(map(tuple, rows)))


def _death(number: int) -> Outcome:
    if not number:
        return Outcome("error", message="It ended its own process without an answer.")
    try:
        name = signal.Signals(number).name
    except ValueError:
        name = str(number)
    kind, message = _SIGNALS.get(name, ("error", f"It was ended by {name}."))
    return Outcome(kind, message=message)
