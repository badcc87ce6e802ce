"""Pieces of work that do not depend on each other, so many at once that a model server has something to batch."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

from understudy_knowledge.teaching.purse import TimeOverError

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

Done = Callable[[], None]
"""Is called after each piece of a stage."""
Begin = Callable[[int], Done]
"""Is called with the number of pieces of a stage when it begins."""


def unheard(total: int) -> Done:
    """A stage that nobody wants to hear of."""
    return lambda: None


async def together(
    at_once: int,
    items: Iterable[_Item],
    work: Callable[[_Item], Awaitable[_Result]],
    done: Done = lambda: None,
) -> list[_Result]:
    """The work's results in the order of the items, in which they are begun too; one after another where `at_once` is 1.

    The first that fails ends the others: nothing goes on behind the caller's back. Where the time is over nothing new is begun,
    and what is under way comes to its end.
    """
    gate = asyncio.Semaphore(at_once)

    async def one(item: _Item) -> _Result:
        async with gate:
            result = await work(item)
        done()
        return result

    tasks = [asyncio.ensure_future(one(item)) for item in items]
    try:
        return await asyncio.gather(*tasks)
    except TimeOverError:
        await asyncio.gather(*tasks, return_exceptions=True)
        raise
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
