"""Runs model-written SQL on a small pool of killable workers. Never raises for bad SQL or bad data."""

import asyncio
from types import TracebackType
from typing import Any, get_args

from attrs import evolve

from understudy_knowledge.execution.cache import OutcomeCache, key_for
from understudy_knowledge.execution.gate import refusal
from understudy_knowledge.execution.limits import Limits
from understudy_knowledge.execution.outcome import Outcome, OutcomeKind, Result
from understudy_knowledge.execution.worker import Worker, WorkerDiedError
from understudy_knowledge.memory.records import DataSource

GRACE_SECONDS = 0.25
"""How long after its deadline a worker may still answer before it is killed."""
_ANSWER_OVERHEAD = 1 << 20
_KINDS: tuple[OutcomeKind, ...] = get_args(OutcomeKind)


class Executor:
    """A pool of `workers` processes, started when first needed. Belongs to the event loop that first runs on it.

    Close it, or use it as `async with Executor() as executor`. A worker that outlives its parent ends by itself.
    """

    def __init__(self, workers: int = 2, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self._workers = workers
        self._free = asyncio.Semaphore(workers)
        self._busy: list[Worker] = []
        self._idle: list[Worker] = []
        self._ending: set[asyncio.Task[None]] = set()
        self._cache = OutcomeCache()
        self._asked = 0
        self._closed = False

    async def __aenter__(self) -> "Executor":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    async def run(self, sql: str, source: DataSource, limits: Limits | None = None) -> Outcome:
        """What comes of running `sql` on `source`. Cancelling it kills the worker that is busy with it.

        Statements see what is committed when they begin. Outcomes are kept in memory by file state, statement and limits.
        """
        limits = limits or self.limits
        if source.dialect != "sqlite":
            return Outcome(
                "unavailable", message=f"Only SQLite databases can be run on, not {source.dialect}."
            )
        if reason := refusal(sql, source.dialect):
            return Outcome("refused", message=reason)
        key = key_for(source.path, sql, limits)
        if key is not None and (kept := self._cache.find(key)):
            return kept
        try:
            async with self._free:
                if self._closed:
                    return Outcome("unavailable", message="The executor is closed.")
                outcome, size = await self._on_a_worker(sql, source, limits)
        except WorkerDiedError as error:
            return Outcome("unavailable", message=f"The statement could not be run: {error}.")
        if key is not None:
            self._cache.keep(key, outcome, size)
        return outcome

    async def close(self) -> None:
        """End every worker, and return when they are gone. What still runs comes back as unavailable."""
        self._closed = True
        for worker in self._busy:
            worker.stop()  # its run sees the end of the pipe and comes back
        while self._idle:
            self._end(self._idle.pop())
        for _ in range(self._workers):
            await self._free.acquire()
        for _ in range(self._workers):
            self._free.release()
        while self._ending:
            await asyncio.gather(*self._ending, return_exceptions=True)

    async def _on_a_worker(self, sql: str, source: DataSource, limits: Limits) -> tuple[Outcome, int]:
        worker = await self._take(limits.memory)
        self._asked += 1
        path = source.path.absolute()
        request = {
            "id": self._asked,
            "uri": path.as_uri() + "?mode=ro",
            "path": str(path),
            "sql": sql,
            "seconds": limits.seconds,
            "rows": limits.rows,
            "bytes": limits.bytes,
            "row_bytes": limits.row_bytes,
        }
        answered = False
        self._busy.append(worker)
        try:
            # JSON escapes a control character with six bytes; more than that a sound worker cannot need.
            asked = worker.ask(request, most=6 * limits.bytes + _ANSWER_OVERHEAD)
            answer, size = await asyncio.wait_for(asked, limits.seconds + GRACE_SECONDS)
            answered = True
        except (asyncio.TimeoutError, TimeoutError):
            message = (
                f"The query took longer than {limits.seconds:g} s and did not react; its worker was stopped."
            )
            return Outcome("timeout", message=message, seconds=limits.seconds + GRACE_SECONDS), 0
        finally:
            self._busy.remove(worker)
            if answered and not self._closed:
                self._idle.append(worker)
            else:
                self._end(worker)
        return _outcome(answer, source, limits), size

    async def _take(self, memory: int) -> Worker:
        while self._idle:
            worker = self._idle.pop()
            if worker.alive and worker.memory == memory:
                return worker
            self._end(worker)
        return await Worker.start(memory)

    def _end(self, worker: Worker) -> None:
        """Kill in a task of its own: whoever is being cancelled cannot wait."""
        worker.stop()
        task = asyncio.ensure_future(worker.gone())
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)


def _outcome(answer: dict[str, Any], source: DataSource, limits: Limits) -> Outcome:
    """The worker's answer as a record; what it says is checked, for it may have been taken over."""
    kind = next((kind for kind in _KINDS if kind == answer.get("kind")), None)
    if kind is None:
        return Outcome("error", message="The worker answered nonsense.")
    outcome = Outcome(
        kind, message=_sentence(str(answer.get("message", ""))), seconds=float(answer.get("seconds", 0.0))
    )
    if kind == "timeout":
        return evolve(outcome, message=f"The query took longer than {limits.seconds:g} s.")
    if kind == "unavailable":
        return evolve(outcome, message=f"{source.path} cannot be used ({str(answer.get('message'))[:200]}).")
    if kind != "ok":
        return outcome
    columns, rows = answer.get("columns"), answer.get("rows")
    if not isinstance(columns, list) or not isinstance(rows, list) or len(rows) > limits.rows:
        return Outcome("error", message="The worker answered nonsense.")
    return evolve(outcome, result=Result(tuple(map(str, columns)), tuple(map(tuple, rows))))


def _sentence(message: str) -> str:
    text = message.strip()[:500]
    return text if not text or text.endswith((".", "!", "?")) else text[0].upper() + text[1:] + "."
