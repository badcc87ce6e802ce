"""A circuit breaker: whether a server that failed is worth asking again, and when. Knows nothing of requests, nor of time passing.

After M. Nygard, Release It! (2007): closed, requests go through; open, none does; half-open, one probe decides.
"""

from typing import Literal

from attrs import define, field, frozen

from understudy_knowledge.models.vllm.failures import Kind

State = Literal["closed", "open", "half-open"]


@frozen
class Waits:
    """Seconds before a probe: the first time, and at most; each one that fails doubles them."""

    first: float
    longest: float


_WAITS: dict[Kind, Waits] = {
    # A server on this machine is back within seconds of its start, and a refused connection costs nobody anything.
    "away": Waits(1.0, 30.0),
    "busy": Waits(2.0, 120.0),
    "broken": Waits(4.0, 60.0),
    "slow": Waits(4.0, 60.0),
    # Somebody has to change a setting first; a wrong key sent again and again gets an account locked.
    "unusable": Waits(15.0, 300.0),
}
_BORNE: dict[Kind, int] = {"away": 1, "busy": 1, "unusable": 1, "broken": 3, "slow": 2}
"""How many failures in a row open it. What is wrong with one request alone never does."""


@define
class Breaker:
    """Starts closed. `pace` shortens or stretches every wait that is not the server's own wish."""

    pace: float = 1.0
    state: State = field(default="closed", init=False)
    wait: float = field(default=0.0, init=False)
    """Seconds from now to the next probe, while open."""
    _failures: int = field(default=0, init=False)
    _probes: int = field(default=0, init=False)

    def succeeded(self) -> None:
        """The server answered as it should."""
        self.state, self.wait, self._failures, self._probes = "closed", 0.0, 0, 0

    def failed(self, kind: Kind, retry_after: float | None = None) -> None:
        """It did not. `retry_after` is how many seconds the server asks for."""
        if kind == "request":
            return
        self._failures += 1
        if self.state == "closed" and self._failures < _BORNE[kind]:
            return
        waits = _WAITS[kind]
        own = self.pace * min(waits.longest, waits.first * 2 ** min(self._probes, 10))
        self.state, self.wait = "open", max(own, retry_after or 0.0)
        self._probes += 1

    def probe(self) -> None:
        """The wait is over: one probe may go out."""
        self.state = "half-open"
