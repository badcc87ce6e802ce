"""What model servers answered under one label, kept in the run's log: who asks the same again after a kill is answered for nothing.

An optimizer of another make cannot go on where it was killed; it begins again. With the same seed and one thread it then asks the
same in the same order, and comes without cost to where it was.
"""

import hashlib
from collections import Counter

from attrs import define, field, frozen

from understudy_knowledge.teaching.run_log import RunLog
from understudy_server.bench.proxy import Calls

_KIND = "kept answer"


@frozen
class _Answer:
    """An answer as it came, and the one call that it took."""

    label: str
    role: str
    text: str
    calls: Calls


@frozen(eq=False)
class _Asked:
    """One request; `key` tells it from all others of the label."""

    log: RunLog
    label: str
    role: str
    key: str

    @property
    def answer(self) -> bytes | None:
        """What it was answered in an earlier run."""
        kept = self.log.find(_KIND, self.key, _Answer)
        return kept.text.encode() if kept else None

    def keep(self, answer: bytes, calls: Calls) -> None:
        """On the disk when this returns."""
        text = answer.decode("utf-8", "replace")
        self.log.note(_KIND, self.key, _Answer(self.label, self.role, text, calls))


@define(eq=False)
class KeptAnswers:
    """The answers under one label."""

    log: RunLog
    label: str
    _seen: Counter[str] = field(factory=Counter, init=False)

    def asked(self, role: str, body: bytes) -> _Asked:
        """The request that comes next; the same request a second time is another one."""
        request = hashlib.sha256(b"\0".join((self.label.encode(), role.encode(), body))).hexdigest()
        self._seen[request] += 1
        return _Asked(self.log, self.label, role, f"{request} {self._seen[request]}")

    def calls(self) -> dict[str, Calls]:
        """What the answers so far took, by role."""
        found: dict[str, Calls] = {}
        for key in list(self.log.keys(_KIND)):
            kept = self.log.find(_KIND, key, _Answer)
            if kept is not None and kept.label == self.label:
                found[kept.role] = found.get(kept.role, Calls()) + kept.calls
        return found
