"""Runs hostile SQL and Python, each in a locked-down process of its own. Never raises for bad code or bad data."""

import asyncio
import os
from pathlib import Path
from types import TracebackType
from typing import Any

from attrs import evolve

from understudy_knowledge.errors import DataSourceError
from understudy_knowledge.execution.answer import NoAnswerError, NothingRanError, Raw, outcome_of, sentence
from understudy_knowledge.execution.boundary import Boundary, boundary
from understudy_knowledge.execution.cache import OutcomeCache, key_for
from understudy_knowledge.execution.confined.appcontainer import open_to_container
from understudy_knowledge.execution.copies import Copies
from understudy_knowledge.execution.gate import refusal
from understudy_knowledge.execution.inputs import Inputs
from understudy_knowledge.execution.launching import Engine, missing_library
from understudy_knowledge.execution.limits import Limits
from understudy_knowledge.execution.outcome import Outcome
from understudy_knowledge.execution.single_use import SingleUse
from understudy_knowledge.execution.zygote import GRACE_SECONDS, Zygote
from understudy_knowledge.memory.records import DataSource

__all__ = ["GRACE_SECONDS", "Executor"]

_ANSWER_OVERHEAD = 1 << 20
_ENGINES: dict[str, Engine] = {"sqlite": "sqlite", "duckdb": "duckdb", "postgres": "postgres"}


class Executor:
    """At most `workers` jobs at once. Its processes are started when first needed; it belongs to the event loop that runs it.

    Close it, or use it as `async with Executor() as executor`. What it started ends with this process, whatever ends that.
    """

    def __init__(self, workers: int = 2, limits: Limits | None = None, wall: Boundary | None = None) -> None:
        """`wall` is the boundary to rely on, when it is not to be the best that this system offers."""
        self.limits = limits or Limits()
        self.boundary = wall or boundary()
        self._workers = workers
        self._free = asyncio.Semaphore(workers)
        self._starting = asyncio.Lock()
        self._runners: dict[Engine, Zygote | SingleUse] = {}
        self._copies = Copies()
        self._cache = OutcomeCache()
        self._lent: set[Path] = set()
        self._closed = False

    async def __aenter__(self) -> "Executor":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    async def run(self, sql: str, source: DataSource, limits: Limits | None = None) -> Outcome:
        """What comes of running `sql` on a copy of `source`. Cancelling it kills the job.

        The copy holds what is committed when the run begins. Outcomes are kept in memory by file state, statement and limits.
        """
        limits = limits or self.limits
        engine = _ENGINES.get(source.dialect)
        if engine is None:
            known = ", ".join(_ENGINES)
            return Outcome(
                "unavailable", message=f"SQL can be run on {known}, not on {source.dialect} databases."
            )
        if reason := refusal(sql, source.dialect):
            return Outcome("refused", message=reason)
        key = key_for(source, sql, limits)
        if key is not None and (kept := self._cache.find(key)):
            return kept
        try:
            copy = await self._copies.of(source)
        except DataSourceError as error:
            return Outcome("unavailable", message=sentence(str(error)))
        if refused := await self._lend(copy.path):
            return refused
        request = {"engine": engine, "code": sql, "path": source.address or str(copy.path)}
        if source.address:
            # The job's environment is empty. What it is told here, it forgets before the walls rise and the statement is read.
            request["password"] = os.environ.get(source.password_env or "PGPASSWORD", "")
        if engine == "sqlite":
            # Nobody writes to a copy: no lock is taken and no log looked for, so that the job need not open another file.
            request["uri"] = copy.path.absolute().as_uri() + "?mode=ro&immutable=1"
        outcome, size = await self._on(engine, request, limits)
        if outcome.kind == "unavailable" and not source.address:
            outcome = evolve(outcome, message=f"{source.path} cannot be used: {outcome.message}")
        if key is not None:
            self._cache.keep(key, outcome, size)
        return outcome

    async def run_python(self, program: str, inputs: Inputs, limits: Limits | None = None) -> Outcome:
        """What comes of running `program` in a folder that holds copies of `inputs`, and nothing else that it can open.

        Its answer is the value of its last expression, else of `result`, `answer` or `df`. Cancelling it kills the job.
        """
        limits = limits or self.limits
        if not self.boundary.holds_python:
            return Outcome("refused", message=f"Python is not run here: {self.boundary.sentence}.")
        try:
            folder = await self._copies.of_inputs(inputs)
        except DataSourceError as error:
            return Outcome("unavailable", message=sentence(str(error)))
        if refused := await self._lend(folder):
            return refused
        request = {
            "code": program,
            "folder": str(folder),
            "inputs": list(inputs.names),
            "abi": self.boundary.abi,
        }
        outcome, _ = await self._on("python", {"engine": "python", **request}, limits)
        return outcome

    async def close(self) -> None:
        """End every process and remove every copy. What still runs comes back as unavailable."""
        self._closed = True
        async with self._starting:
            runners = list(self._runners.values())
            self._runners.clear()
        for runner in runners:
            runner.stop()  # its jobs see the end of their channels and come back
        for runner in runners:
            await runner.close()
        for _ in range(self._workers):
            await self._free.acquire()
        for _ in range(self._workers):
            self._free.release()
        await asyncio.to_thread(self._copies.close)

    async def _lend(self, path: Path) -> Outcome | None:
        """Open a copy to jobs where a container would not let them read it; the outcome where that fails."""
        if self.boundary.name != "appcontainer" or path in self._lent:
            return None
        try:
            await asyncio.to_thread(open_to_container, str(path))
        except OSError as error:
            return Outcome("unavailable", message=sentence(str(error)))
        self._lent.add(path)
        return None

    async def _on(self, engine: Engine, request: dict[str, Any], limits: Limits) -> tuple[Outcome, int]:
        """The outcome of one job, and the size of what it said in bytes."""
        request |= {
            "seconds": limits.seconds,
            "rows": limits.rows,
            "bytes": limits.bytes,
            "row_bytes": limits.row_bytes,
            "memory": limits.memory,
        }
        try:
            async with self._free:
                # JSON escapes a control character with six bytes; more than that a sound job cannot need.
                raw = await self._answer(engine, request, most=6 * limits.bytes + _ANSWER_OVERHEAD)
        except NoAnswerError as error:
            return Outcome("unavailable", message=f"It could not be run: {error}."), 0
        return outcome_of(raw, limits), len(raw.text)

    async def _answer(self, engine: Engine, request: dict[str, Any], most: int) -> Raw:
        runner = await self._runner(engine)
        try:
            return await runner.answer(request, most)
        except NothingRanError:
            runner.stop()
            async with self._starting:
                if self._runners.get(engine) is runner:
                    del self._runners[engine]
            await runner.close()
        return await (await self._runner(engine)).answer(request, most)

    async def _runner(self, engine: Engine) -> Zygote | SingleUse:
        """The engine's processes, started or replaced if need be. Raises NoAnswerError."""
        async with self._starting:
            if self._closed:
                raise NoAnswerError("the executor is closed")
            known = self._runners.get(engine)
            if known is not None and known.alive:
                return known
            if known is not None:
                await self._runners.pop(engine).close()
            if missing := missing_library(engine):
                raise NoAnswerError(f"the package {missing} is not installed")
            start = Zygote.start if self.boundary.forks else SingleUse.start
            self._runners[engine] = await start(engine, self.boundary)
            return self._runners[engine]
