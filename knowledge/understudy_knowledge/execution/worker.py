"""One worker process as its parent sees it: started, asked, killed."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from attrs import define

START_SECONDS = 20.0
_CHUNK = 1 << 18
_PROGRAM = Path(__file__).with_name("child.py")


class WorkerDiedError(Exception):
    """The process ended, or said what it may not say; whatever it was asked has no answer."""


@define(eq=False)
class Worker:
    """A running child. After any exception of `ask`, cancellation included, it must be killed: its state is unknown."""

    process: asyncio.subprocess.Process
    memory: int
    """Bytes it may use on top of what it needs to start."""

    @classmethod
    async def start(cls, memory: int) -> "Worker":
        """A worker that is ready. Raises WorkerDiedError when none can be had."""
        flags = getattr(subprocess, "CREATE_NO_WINDOW", 0) | getattr(
            subprocess, "CREATE_NEW_PROCESS_GROUP", 0
        )
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-I",
                "-S",
                str(_PROGRAM),
                str(memory),
                str(os.getpid()),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                # Windows cannot load its libraries without it; nothing else of our environment is the child's business.
                env={name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ},
                cwd=Path(sys.executable).anchor,
                start_new_session=os.name == "posix",  # Ctrl-C in the terminal is for the parent
                creationflags=flags,
            )
        except OSError as error:
            raise WorkerDiedError(f"the worker process cannot be started ({error})") from error
        worker = cls(process, memory)
        try:
            await asyncio.wait_for(worker._read_line(_CHUNK), START_SECONDS)
        except BaseException as error:
            await worker.gone()
            if isinstance(error, asyncio.TimeoutError):
                raise WorkerDiedError("the worker process did not start in time") from error
            raise
        return worker

    async def ask(self, request: dict[str, Any], most: int) -> tuple[dict[str, Any], int]:
        """The answer and its size in bytes; `most` is the size above which the worker is taken for broken."""
        if self.process.stdin is None:
            raise WorkerDiedError("the worker has no input")
        try:
            self.process.stdin.write(json.dumps(request).encode() + b"\n")
            await self.process.stdin.drain()
        except OSError as error:
            raise WorkerDiedError("the worker process ended") from error
        line = await self._read_line(most)
        try:
            answer = json.loads(line)
        except ValueError as error:
            raise WorkerDiedError("the worker answered nonsense") from error
        if not isinstance(answer, dict) or answer.get("id") != request["id"]:
            raise WorkerDiedError("the worker answered something else")
        return answer, len(line)

    @property
    def alive(self) -> bool:
        """Whether the process runs, as far as is known."""
        return self.process.returncode is None

    def stop(self) -> None:
        """End the process now; `gone` waits for it."""
        if not self.alive:
            return
        with suppress(ProcessLookupError):
            if os.name == "posix":
                # Popen.kill polls first, and would take the exit status of a child that just ended from asyncio.
                os.kill(self.process.pid, signal.SIGKILL)
            else:
                self.process.kill()

    async def gone(self) -> None:
        """End the process and take it off the system's list."""
        self.stop()
        if self.process.stdin is not None:
            self.process.stdin.close()
        # The pipe is emptied so that its transport closes; a reader in full flow would otherwise keep it open.
        if self.process.stdout is not None:
            with suppress(OSError):
                while await self.process.stdout.read(_CHUNK):
                    pass
        await self.process.wait()

    async def _read_line(self, most: int) -> bytes:
        """One line, however the pipe cuts it. StreamReader.readline would need its limit fixed before the request."""
        if self.process.stdout is None:
            raise WorkerDiedError("the worker has no output")
        line = bytearray()
        while not line.endswith(b"\n"):
            chunk = await self.process.stdout.read(_CHUNK)
            if not chunk:
                raise WorkerDiedError("the worker process ended")
            line += chunk
            if len(line) > most:
                raise WorkerDiedError("the worker answered more than it may")
        return bytes(line)
