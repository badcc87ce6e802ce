"""Work that nobody waits for: in a thread of its own, never twice at once."""

import time
from collections.abc import Callable
from threading import Condition, Thread

from attrs import define, field


@define(slots=False, eq=False)
class Errand:
    """Asked for again while under way, the work is done once more afterwards. Its thread ends with the process."""

    work: Callable[[], None]
    _wanted: bool = field(default=False, init=False)
    _under_way: bool = field(default=False, init=False)
    _began: float = field(default=0.0, init=False)
    _state: Condition = field(factory=Condition, init=False)

    def start(self) -> None:
        """Returns at once."""
        with self._state:
            self._wanted = True
            if self._under_way:
                return
            self._under_way, self._began = True, time.monotonic()
        # asyncio's own threads would keep the process from ending while a database is silent.
        Thread(target=self._run, name="understudy errand", daemon=True).start()

    @property
    def seconds(self) -> float:
        """How long it has been under way; 0 when it is not."""
        return time.monotonic() - self._began if self._under_way else 0.0

    def wait(self, seconds: float) -> bool:
        """Whether it was done within that time."""
        with self._state:
            return self._state.wait_for(lambda: not self._under_way, seconds)

    def _run(self) -> None:
        while True:
            with self._state:
                if not self._wanted:
                    self._under_way = False
                    self._state.notify_all()
                    return
                self._wanted = False
            try:
                self.work()
            except BaseException:
                with self._state:
                    self._wanted = self._under_way = False
                    self._state.notify_all()
                raise
