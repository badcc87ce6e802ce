"""Warm processes that each run one job, where there is no zygote to fork them. As seen by their parent.

On macOS the worker closes itself in with Seatbelt, on Windows a launcher starts it in an AppContainer; both are NOT YET VERIFIED, and
trusted only where they withstood an attack of ours. Elsewhere its only walls are its limits, its clean environment and its parent's
deadline, which is why the executor gives it SQL alone.
"""

import asyncio
import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from attrs import define, field

from understudy_knowledge.execution.answer import NoAnswerError, Raw
from understudy_knowledge.execution.boundary import Boundary
from understudy_knowledge.execution.launching import Engine, environment, worker_command
from understudy_knowledge.execution.resident import outgrows
from understudy_knowledge.execution.zygote import GRACE_SECONDS, START_SECONDS

_CHUNK = 1 << 18
_KILLED = 9
_FLAGS = getattr(subprocess, "CREATE_NO_WINDOW", 0) | getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)


@define(eq=False)
class SingleUse:
    """A stock of one warm worker for one engine; the next one is started when a job takes it."""

    engine: Engine
    wall: Boundary
    _warm: "asyncio.Task[_Worker] | None" = None
    _ending: set["asyncio.Task[None]"] = field(factory=set)

    @classmethod
    async def start(cls, engine: Engine, wall: Boundary) -> "SingleUse":
        """A stock with one worker that is ready, of whatever `wall` it has. Raises NoAnswerError when none can be had."""
        stock = cls(engine, wall)
        stock._warm = asyncio.ensure_future(_Worker.start(engine, wall))
        await asyncio.shield(stock._warm)
        return stock

    @property
    def alive(self) -> bool:
        """Workers are started when needed, so there is always one to be had."""
        return True

    async def answer(self, request: dict[str, Any], most: int) -> Raw:
        """All that one job said. Cancelling it kills the job. Raises NoAnswerError."""
        warm, self._warm = self._warm, asyncio.ensure_future(_Worker.start(self.engine, self.wall))
        worker = await (warm or _Worker.start(self.engine, self.wall))
        jobs: list[asyncio.Future[Any]] = [
            asyncio.ensure_future(worker.ask(json.dumps(request).encode() + b"\n", most))
        ]
        if self.wall.name == "seatbelt":  # macOS holds no limit on memory, so it is watched from outside
            jobs.append(asyncio.ensure_future(outgrows(worker.process.pid, request["memory"])))
        try:
            await asyncio.wait(
                jobs, timeout=request["seconds"] + GRACE_SECONDS, return_when=asyncio.FIRST_COMPLETED
            )
            if jobs[0].done():
                said: Raw = jobs[0].result()
                return said
            return Raw(b"", signal=_KILLED) if jobs[-1].done() else Raw(b"", late=True)
        finally:
            for job in jobs:
                job.cancel()
            worker.stop()
            # In a task of its own: whoever is being cancelled cannot wait.
            task = asyncio.ensure_future(worker.gone())
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)

    def stop(self) -> None:
        """Kill the warm worker; those that run a job go with their jobs."""
        warm = self._warm
        if warm is not None and warm.done() and not warm.cancelled() and warm.exception() is None:
            warm.result().stop()

    async def close(self) -> None:
        """End every worker, and return when they are gone."""
        if self._warm is not None:
            with suppress(NoAnswerError):
                await (await self._warm).gone()
            self._warm = None
        while self._ending:
            await asyncio.gather(*self._ending, return_exceptions=True)


@define(eq=False)
class _Worker:
    process: asyncio.subprocess.Process

    @classmethod
    async def start(cls, engine: Engine, wall: Boundary) -> "_Worker":
        try:
            process = await asyncio.create_subprocess_exec(
                *worker_command(engine, wall.name),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment(),
                cwd=Path(sys.executable).anchor,
                start_new_session=os.name == "posix",
                creationflags=_FLAGS,
            )
        except OSError as error:
            raise NoAnswerError(f"the worker process cannot be started ({error})") from error
        worker = cls(process)
        try:
            assert process.stdout is not None
            said = json.loads(await asyncio.wait_for(process.stdout.readline(), START_SECONDS) or "{}")
            missing = said.get("missing", ["everything"])
        except BaseException as error:
            await worker.gone()
            if isinstance(error, (asyncio.TimeoutError, ValueError)):
                raise NoAnswerError("the worker process did not start in time") from error
            raise
        if missing:
            await worker.gone()
            raise NoAnswerError(f"the worker process could not load {', '.join(missing)}")
        return worker

    async def ask(self, line: bytes, most: int) -> Raw:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        with suppress(OSError):
            self.process.stdin.write(line)
            await self.process.stdin.drain()
        said = bytearray()
        while chunk := await self.process.stdout.read(_CHUNK):
            said += chunk
            if len(said) > most:
                raise NoAnswerError("it answered more than it may")
        status = await self.process.wait()
        return Raw(bytes(said), signal=-status if status < 0 else 0)

    def stop(self) -> None:
        if self.process.returncode is not None:
            return
        with suppress(ProcessLookupError):
            if os.name == "posix":
                # Popen.kill polls first, and would take the exit status of a child that just ended from asyncio.
                os.kill(self.process.pid, signal.SIGKILL)
            else:
                self.process.kill()

    async def gone(self) -> None:
        self.stop()
        if self.process.stdin is not None:
            self.process.stdin.close()
        # The pipe is emptied so that its transport closes; a reader in full flow would otherwise keep it open.
        if self.process.stdout is not None:
            with suppress(OSError):
                while await self.process.stdout.read(_CHUNK):
                    pass
        await self.process.wait()
