"""How long to wait before a student is asked: typing rhythm minus measured latency. Knows no clock, no loop and no editor."""

from attrs import define, field

LONGEST_SECONDS = 0.2
"""No suggestion waits longer than this for the next keystroke."""
_PAUSE_SECONDS = 1.0
"""A longer silence is a pause, and says nothing of the rhythm."""
_STOPPING_SECONDS = 0.1
"""A model server goes on generating for about as long after its connection was closed; what it writes meanwhile nobody sees."""
_ASKS_FOR_MORE = (".", "(", "\n")


@define
class Debounce:
    """One person's typing in one document, fed with the time of each keystroke and of each first word that came back.

    The time in which the next keystroke is due is estimated as TCP estimates when an answer is (RFC 6298): the smoothed
    interval and four times its smoothed deviation. A request that is sent so much earlier than that as its first word takes
    is rarely in vain, and seldom late.
    """

    _interval: float = field(default=0.0, init=False)
    _deviation: float = field(default=0.0, init=False)
    _latency: float = field(default=0.0, init=False)
    _last: float | None = field(default=None, init=False)
    _asks_for_more: bool = field(default=False, init=False)

    def typed(self, text: str, now: float) -> None:
        """An edit at `now`, in seconds of any monotonic clock; `text` is what it put in, empty for a deletion."""
        # Behind what was typed may stand the bracket or the indentation that the editor put in with it.
        self._asks_for_more = text.rstrip(" \t)]").endswith(_ASKS_FOR_MORE)
        if len(text.strip(" \t\r")) > 2:  # pasted or accepted; an editor that closes brackets puts in two
            self._last = None
            return
        if self._last is not None and 0 <= now - self._last <= _PAUSE_SECONDS:
            self._learn(now - self._last)
        self._last = now

    def answered(self, seconds: float) -> None:
        """A student's first words came so long after it was asked.

        A faster answer counts at once and a slower one little by little: who expects too fast an answer only asks later.
        """
        slower = self._latency + (seconds - self._latency) / 8
        self._latency = min(seconds, slower) if self._latency else seconds

    def wait(self, now: float) -> float:
        """Seconds from `now` until asking is worth it, 0 to `LONGEST_SECONDS`; half as long behind `.`, `(` and a new line."""
        if self._last is None:
            return 0.0
        due = self._interval + max(4 * self._deviation, self._interval / 2) + _STOPPING_SECONDS
        delay = min(max(due - self._latency, 0.0), LONGEST_SECONDS)
        if self._asks_for_more:
            delay /= 2
        return min(max(self._last + delay - now, 0.0), delay)

    def _learn(self, interval: float) -> None:
        if not self._interval:
            self._interval, self._deviation = interval, interval / 2
            return
        self._deviation += (abs(interval - self._interval) - self._deviation) / 4
        self._interval += (interval - self._interval) / 8
