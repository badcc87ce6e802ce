"""For work that nobody waits for at a keyboard: a server that asks to be left alone for a while is, and is then asked again."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from understudy_knowledge.models.vllm.failures import ServerError

T = TypeVar("T")

_TRIES = 4
_LONGEST = 120.0
"""Seconds. Who asks for more is not coming back within this run's patience, and the run can be resumed."""


async def patiently(ask: Callable[[], Awaitable[T]]) -> T:
    """What `ask` gives, asked anew as often as the server is busy, three times at most. Raises what `ask` raises."""
    for number in range(1, _TRIES):
        try:
            return await ask()
        except ServerError as error:  # noqa: PERF203 - each round is a request
            wait = error.retry_after if error.retry_after is not None else float(2**number)
            if error.kind != "busy" or wait > _LONGEST:
                raise
            await asyncio.sleep(wait)
    return await ask()
