"""Which calls of model servers belong to which arm: the counting proxy told which one is at work, its counts kept in the log."""

from collections.abc import Iterator
from contextlib import contextmanager

from attrs import frozen

from understudy_knowledge.models.vllm import ServerSettings
from understudy_knowledge.teaching.run_log import RunLog
from understudy_server.bench.proxy import Calls, CountingProxy


@frozen
class CallsOf:
    """The calls of one arm, by role."""

    roles: dict[str, Calls]


@frozen(eq=False)
class Counting:
    """Without a proxy, where no role is filled by a server, there is nothing to count."""

    proxy: CountingProxy | None = None
    student: ServerSettings | None = None
    """How the student is reached through the proxy, for clients of another make."""

    @contextmanager
    def under(self, label: str, log: RunLog, tokens: int | None = None) -> Iterator[None]:
        """Whatever is sent inside counts for the label, with what the log has of it; beyond so many tokens nothing is sent."""
        if self.proxy is None:
            yield
            return
        before = self.proxy.label
        self.proxy.label = label
        if tokens is not None:
            self.proxy.bounds[label] = tokens
        try:
            yield
        finally:
            self.proxy.bounds.pop(label, None)
            self.proxy.label = before
            known = log.find("calls", label, CallsOf) or CallsOf({})
            made = self.proxy.taken(label)
            roles = {
                role: known.roles.get(role, Calls()) + made.get(role, Calls())
                for role in {**known.roles, **made}
            }
            log.note("calls", label, CallsOf(roles))

    def is_spent(self, label: str) -> bool:
        """Whether a call under the label was refused for want of tokens, since it is under way."""
        return self.proxy is not None and any(
            calls.refused for (name, _), calls in self.proxy.counts.items() if name == label
        )

    @staticmethod
    def kept(log: RunLog) -> dict[str, dict[str, Calls]]:
        """By label and role, of this run and of those it goes on from."""
        found = {label: log.find("calls", label, CallsOf) for label in dict.fromkeys(log.keys("calls"))}
        return {label: calls.roles for label, calls in found.items() if calls is not None and calls.roles}
