"""Processes that make attempts, so that more than one core works. Which one makes an attempt changes nothing of what comes of it.

Only for a student that hangs on nothing but its request, and that can be sent to another process.
"""

import asyncio
import multiprocessing
import os
import signal
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.util import Finalize
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import frozen

from understudy_knowledge.catalog import Catalog
from understudy_knowledge.errors import BackendError
from understudy_knowledge.evaluation.items import Item
from understudy_knowledge.execution import Limits
from understudy_knowledge.memory.records import GeneralInstructions, Lesson, Plan
from understudy_knowledge.models.roles import Student
from understudy_knowledge.teaching.records import Attempt
from understudy_server.bench.teach.steady_executor import SteadyExecutor

if TYPE_CHECKING:
    from understudy_server.bench.teach.benches import DatasetBench


@frozen
class Equipment:
    """What each process needs to make any attempt of a run."""

    items: Sequence[Item]
    student: Student
    limits: Limits
    neighbors: int
    folder: Path
    catalogs: Mapping[str, Catalog]


class Workers:
    """So many processes, started when first needed; they end with this one, whatever ends that. Close it."""

    def __init__(self, jobs: int, equipment: Equipment) -> None:
        self._pool = ProcessPoolExecutor(
            jobs, multiprocessing.get_context("spawn"), initializer=_begin, initargs=(equipment,)
        )

    async def attempt(
        self,
        example: str,
        plan: Plan | None,
        lessons: tuple[Lesson, ...],
        general: GeneralInstructions,
        facts: str,
    ) -> Attempt:
        """The attempt at the item of that id. Raises what an attempt raises, and BackendError where a process was ended."""
        try:
            return await asyncio.get_running_loop().run_in_executor(
                self._pool, _attempt, example, plan, lessons, general, facts
            )
        except BrokenProcessPool:
            raise BackendError(
                "A process that made attempts was ended from outside, perhaps for want of memory; the same command "
                "goes on from here, with fewer --jobs if it must"
            ) from None

    async def close(self) -> None:
        """End the processes; attempts that nobody waits for any more are not begun."""
        await asyncio.to_thread(self._pool.shutdown, wait=True, cancel_futures=True)


@frozen(eq=False)
class _AtWork:
    bench: "DatasetBench"
    loop: asyncio.AbstractEventLoop


_at_work: _AtWork | None = None
"""Of a process that makes attempts."""


def _begin(equipment: Equipment) -> None:
    from understudy_server.bench.teach.benches import DatasetBench

    global _at_work
    # Ctrl-C reaches every process of a terminal; the one that was asked decides.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_the_parent, daemon=True).start()
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    executor = SteadyExecutor(1)
    bench = DatasetBench.over(
        equipment.items,
        equipment.student,
        executor,
        equipment.limits,
        equipment.neighbors,
        equipment.folder,
        equipment.catalogs,
    )
    _at_work = _AtWork(bench, loop)
    Finalize(None, lambda: loop.run_until_complete(executor.close()), exitpriority=10)


def _attempt(
    example: str, plan: Plan | None, lessons: tuple[Lesson, ...], general: GeneralInstructions, facts: str
) -> Attempt:
    assert _at_work is not None, "begun before the first attempt"
    bench = _at_work.bench
    return _at_work.loop.run_until_complete(
        bench.attempt(bench.items[example].example, plan=plan, lessons=lessons, general=general, facts=facts)
    )


def _end_with_the_parent() -> None:
    """Otherwise a process whose parent was killed would wait for work forever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
