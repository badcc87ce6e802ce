"""Outcomes kept in memory: while a case is made, the same gold code and the same candidates run again and again."""

import re
import time
from collections import OrderedDict

from attrs import define, field, frozen

from understudy_knowledge.execution.limits import MEGABYTE, Limits
from understudy_knowledge.execution.outcome import Outcome
from understudy_knowledge.execution.states import State, state_of
from understudy_knowledge.memory.records import DataSource

# Statements whose answer changes although the data does not. A false alarm ("snow") only costs a run.
_UNSTEADY = re.compile(
    r"random|now|current_|(?:date|time|julianday|unixepoch|strftime)\s*\(\s*(?:\)|'[^']*'\s*\))",
    re.IGNORECASE,
)
# A run that failed for want of time or of a database may well succeed the next time.
_STEADY_KINDS = frozenset({"ok", "syntax", "unknown-name", "type-error", "rows", "bytes", "refused"})
# File times tick every few milliseconds: a file this young may change again without its time showing it.
_YOUNG_SECONDS = 0.1


@frozen
class Key:
    """A statement, the state of the file it runs on, and the limits it runs under."""

    source: DataSource
    state: State
    sql: str
    limits: Limits


def key_for(source: DataSource, sql: str, limits: Limits) -> Key | None:
    """The key, or None when an outcome may not be kept: unsteady statement, a server's data, a file missing or just changed."""
    if source.address or _UNSTEADY.search(sql):
        return None
    state = state_of([source.path])
    newest = max(state[::3]) / 1e9
    if not state[0] or time.time() - newest < _YOUNG_SECONDS:
        return None
    return Key(source, state, sql, limits)


@define
class OutcomeCache:
    """The most recently used outcomes, at most `entries` of them and `most_bytes` bytes as the worker wrote them."""

    entries: int = 4_096
    most_bytes: int = 64 * MEGABYTE
    _kept: OrderedDict[Key, tuple[Outcome, int]] = field(factory=OrderedDict, init=False)
    _bytes: int = field(default=0, init=False)

    def find(self, key: Key) -> Outcome | None:
        """The outcome kept under `key`."""
        found = self._kept.get(key)
        if found is None:
            return None
        self._kept.move_to_end(key)
        return found[0]

    def keep(self, key: Key, outcome: Outcome, size: int) -> None:
        """Keep `outcome`, `size` bytes large, if it would come out the same again."""
        size += len(key.sql)
        if outcome.kind not in _STEADY_KINDS or size > self.most_bytes // 4:
            return
        if (former := self._kept.pop(key, None)) is not None:
            self._bytes -= former[1]
        self._kept[key] = outcome, size
        self._bytes += size
        while len(self._kept) > self.entries or self._bytes > self.most_bytes:
            self._bytes -= self._kept.popitem(last=False)[1][1]
