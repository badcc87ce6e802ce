"""Which calls of model servers belong to which arm: the counting proxy told which one is at work, its counts kept in the log."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from attrs import field, frozen

from understudy_knowledge.teaching.run_log import RunLog
from understudy_server.bench.proxy import Calls, CountingProxy
from understudy_server.bench.teach.kept_answers import KeptAnswers
from understudy_server.bench.teach.reached import Reached


@frozen
class CallsOf:
    """The calls of one arm, by role."""

    roles: dict[str, Calls]


@frozen(eq=False)
class Counting:
    """Without a proxy, where no role is filled by a server, there is nothing to count."""

    proxy: CountingProxy | None = None
    reached: Mapping[str, Reached] = field(factory=dict)
    """By role, of those that a server fills."""

    @contextmanager
    def under(self, label: str, log: RunLog) -> Iterator[None]:
        """Whatever is sent inside counts for the label, with what the log has of it."""
        if self.proxy is None:
            yield
            return
        before = self.proxy.label
        self.proxy.label = label
        try:
            yield
        finally:
            self.proxy.label = before
            known = log.find("calls", label, CallsOf) or CallsOf({})
            made = self.proxy.taken(label)
            roles = {
                role: known.roles.get(role, Calls()) + made.get(role, Calls())
                for role in {**known.roles, **made}
            }
            log.note("calls", label, CallsOf(roles))

    @contextmanager
    def within(self, label: str, log: RunLog, most: Mapping[str, int]) -> Iterator[None]:
        """What is sent inside under the label counts for it; beyond so many tokens of a role nothing is sent.

        Every answer is kept as it comes. A run that goes on after a kill gets it again instead of asking, and counts it as the
        killed one did: the bounds hold for both together.
        """
        assert self.proxy is not None, "only who reaches a model server sends anything"
        kept = KeptAnswers(log, label)
        bounds = {(label, role): tokens for role, tokens in most.items()}
        self.proxy.counts |= {(label, role): calls for role, calls in kept.calls().items()}
        self.proxy.bounds |= bounds
        self.proxy.kept[label] = kept
        try:
            yield
        finally:
            # Where the run is stopped, an optimizer in a thread of its own has yet to notice: nothing it asks now is sent.
            self.proxy.bounds |= dict.fromkeys(bounds, 0)
            self.proxy.kept.pop(label)
            log.note("calls", label, CallsOf(self.proxy.taken(label)))

    def is_spent(self, label: str, role: str) -> bool:
        """Whether a call of the role was refused for want of tokens, since the label is under way."""
        return self.proxy is not None and self.proxy.counts.get((label, role), Calls()).refused > 0

    @staticmethod
    def kept(log: RunLog) -> dict[str, dict[str, Calls]]:
        """By label and role, of this run and of those it goes on from."""
        found = {label: log.find("calls", label, CallsOf) for label in dict.fromkeys(log.keys("calls"))}
        return {label: calls.roles for label, calls in found.items() if calls is not None and calls.roles}
