"""Ctrl-C, SIGTERM and Windows' Ctrl-Break end work between two steps; what was done is kept."""

import asyncio
import signal
from collections.abc import Coroutine
from types import FrameType
from typing import Any, TypeVar

T = TypeVar("T")

_SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGBREAK") if hasattr(signal, name))


class StoppedError(Exception):
    """The user stopped a command; the message is what to tell them."""


def run_stoppable(work: Coroutine[Any, Any, T]) -> T:
    """The work's result. The first signal cancels it, a second one does not wait for it; raises StoppedError either way."""
    former = {number: signal.getsignal(number) for number in _SIGNALS}
    try:
        return asyncio.run(_watched(work))
    except (asyncio.CancelledError, KeyboardInterrupt):
        raise StoppedError("Stopped.") from None
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)


async def _watched(work: Coroutine[Any, Any, T]) -> T:
    loop = asyncio.get_running_loop()
    task = asyncio.ensure_future(work)
    asked = False

    def stop(number: int, frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True
        loop.call_soon_threadsafe(task.cancel)

    # Not loop.add_signal_handler: Windows' loops have none.
    for number in _SIGNALS:
        signal.signal(number, stop)
    return await task
