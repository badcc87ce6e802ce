"""A ledger as it is read: its lines put together to calls, the calls counted. Writes nothing."""

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from attrs import define, field, frozen

from understudy_knowledge.errors import KnowledgeStoreError
from understudy_knowledge.models.usage import Usage
from understudy_knowledge.teaching.ledger import Role
from understudy_knowledge.teaching.purse import Spent

End = Literal["paid", "kept", "here", "failed", "lost"]
"""Paid: answered by a server. Kept: answered by what was paid for before. Here: no server was asked. Failed: the server
said no. Lost: sent, and no answer came, as after a kill: it may have taken all it may."""


@frozen
class Entry:
    """One call. `prompt` and `answer` are as the ledger keeps them, without values by default; `at` is UTC, ISO 8601."""

    call: int
    at: str
    role: Role
    model: str
    purpose: str
    example: str
    end: End
    server: str = ""
    prompt: str = ""
    sha256: str = ""
    """Of the whole prompt, values included."""
    answer: str = ""
    failure: str = ""
    usage: Usage = field(factory=Usage)
    """What it took; where that is not known, what it may have taken at most."""
    money: float = 0.0
    request: int = 1
    """The first, or a further one of the same call: a repair."""


@frozen
class Sum:
    """What the calls of one role to one server came to."""

    role: Role
    model: str
    server: str
    calls: int
    kept: int
    failed: int
    usage: Usage
    money: float


@define
class Book:
    """All calls of a run, oldest first, and how many minutes were worked on it."""

    entries: tuple[Entry, ...]
    minutes: float = 0.0

    def taken(self, role: Role) -> Usage:
        """Tokens that servers took in this role."""
        return sum((entry.usage for entry in self.entries if entry.role == role), Usage())

    @property
    def spent(self) -> Spent:
        """On teachers, calls that brought nothing included."""
        asked = [entry for entry in self.entries if entry.role == "teacher" and entry.end != "kept"]
        return Spent(
            sum(entry.request == 1 for entry in asked),
            self.taken("teacher"),
            sum(entry.money for entry in asked),
        )


def read_ledger(path: Path) -> Book:
    """The book; empty where there is no such file. A line that is not whole is passed over. Raises KnowledgeStoreError."""
    if not path.exists():
        return Book(())
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise KnowledgeStoreError(f"{path} cannot be read ({error.strerror})") from error
    calls: dict[int, dict[str, Any]] = {}
    worked, since, last = 0.0, None, None
    for line in lines:
        told = _parsed(line)
        moment = _moment(told)
        if told is None or moment is None:
            continue
        if told["event"] == "begun":
            worked, since = worked + _minutes(since, last), moment
        elif isinstance(number := told.get("call"), int):
            first = calls.setdefault(number, told)
            if first is not told:
                first.update({**told, "at": first["at"]})
        last = moment
    entries = tuple(entry for call in calls.values() if (entry := _entry(call)) is not None)
    return Book(entries, worked + _minutes(since, last))


def sums(entries: Sequence[Entry]) -> list[Sum]:
    """By role, model and server, teachers first."""
    groups: dict[tuple[Role, str, str], list[Entry]] = {}
    for entry in entries:
        # What was kept was once answered by that model, wherever it was served.
        groups.setdefault((entry.role, entry.model, entry.server), []).append(entry)
    return [
        Sum(
            *key,
            calls=sum(entry.end != "kept" for entry in group),
            kept=sum(entry.end == "kept" for entry in group),
            failed=sum(entry.end in ("failed", "lost") for entry in group),
            usage=sum((entry.usage for entry in group), Usage()),
            money=sum(entry.money for entry in group),
        )
        for key, group in sorted(groups.items(), key=lambda item: (item[0][0] != "teacher", item[0]))
    ]


_ENDS: dict[str, End] = {
    "sent": "lost",
    "answered": "paid",
    "failed": "failed",
    "in doubt": "lost",
    "kept": "kept",
    "here": "here",
}


def _entry(call: dict[str, Any]) -> Entry | None:
    end = _ENDS.get(call["event"])
    if end is None or call.get("role") not in ("student", "teacher"):
        return None
    took = [call.get("prompt_tokens", 0), call.get("completion_tokens", 0), call.get("money", 0.0)]
    if end == "lost":
        took = call.get("most", took)
    texts = ("model", "purpose", "example", "server", "prompt", "sha256", "answer", "failure")
    return Entry(
        call=call["call"],
        at=call["at"],
        role=call["role"],
        end=end,
        usage=Usage(int(took[0]), int(took[1])),
        money=float(took[2]),
        request=int(call.get("request", 1)),
        **{name: str(call.get(name, "")) for name in texts},
    )


def _parsed(line: bytes) -> dict[str, Any] | None:
    try:
        told = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) and isinstance(told.get("event"), str) else None


def _moment(told: dict[str, Any] | None) -> datetime | None:
    try:
        return datetime.fromisoformat(told["at"]) if told else None
    except (KeyError, TypeError, ValueError):
        return None


def _minutes(since: datetime | None, last: datetime | None) -> float:
    return (last - since).total_seconds() / 60 if since and last else 0.0
