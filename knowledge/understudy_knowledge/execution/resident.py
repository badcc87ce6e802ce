"""What a process keeps in memory, watched from outside: for systems whose kernel bounds no process's memory (macOS)."""

import asyncio
from asyncio.subprocess import DEVNULL, PIPE

_EVERY_SECONDS = 0.1


async def outgrows(process: int, most: int) -> None:
    """Returns when the process has more than `most` bytes beyond what it had at first; never, if it does not.

    What grows faster than the watch looks can pass the limit for a tenth of a second.
    """
    first = await resident(process)
    while await resident(process) - first <= most:  # noqa: ASYNC110 - another process tells us nothing
        await asyncio.sleep(_EVERY_SECONDS)


async def resident(process: int) -> int:
    """Bytes of a process in memory, as `ps` says; 0 when it is gone."""
    asked = await asyncio.create_subprocess_exec(
        "ps", "-o", "rss=", "-p", str(process), stdin=DEVNULL, stdout=PIPE, stderr=DEVNULL
    )
    said, _ = await asked.communicate()
    return int(said) * 1024 if said.strip().isdigit() else 0
