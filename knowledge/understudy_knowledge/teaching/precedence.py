"""Whoever types goes first: a run holds its next requests back while somebody does.

Both are processes of their own that may ask one model server. A run keeps a file as long as it lasts, and whoever types touches it;
where there is no such file nobody explores, and nothing is written.
"""

import asyncio
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from attrs import define, field

_PAUSE = 1.0
"""Seconds since the last sign of somebody who types after which a run goes on."""
_MOST = 5.0
"""Seconds for which one request is held back at most: typing all day does not end an exploration."""
_LOOK = 0.05
_BETWEEN_SIGNS = 0.3


@define
class Precedence:
    """That of one project. `path` is the file; both sides name the same one."""

    path: Path
    _signed: float = field(default=float("-inf"), init=False)

    def claim(self) -> None:
        """Somebody types. Returns at once: a thread of the running loop touches the file, a few times a second at most; without a
        loop nobody waits for suggestions."""
        now = time.monotonic()
        if now - self._signed > _BETWEEN_SIGNS:
            self._signed = now
            with suppress(RuntimeError):
                asyncio.get_running_loop().run_in_executor(None, self._touch)

    @contextmanager
    def observed(self) -> Iterator[None]:
        """Keep the file while a run lasts. Where it cannot be kept the run goes on without."""
        with suppress(OSError):
            self.path.touch()
            os.utime(self.path, (0, 0))
        try:
            yield
        finally:
            with suppress(OSError):
                self.path.unlink()

    async def give(self) -> None:
        """Return when nobody types, or when that was waited for long enough."""
        until = time.monotonic() + _MOST
        while self._is_claimed() and time.monotonic() < until:  # noqa: ASYNC110 - the sign is another process's
            await asyncio.sleep(_LOOK)

    def _is_claimed(self) -> bool:
        try:
            return abs(time.time() - self.path.stat().st_mtime) < _PAUSE
        except OSError:
            return False

    def _touch(self) -> None:
        with suppress(OSError):
            os.utime(self.path)


async def nobody_types() -> None:
    """The precedence of a run that shares its servers with nobody."""
