"""A command of ours in a process of its own, so that completion never waits for it: JSON lines out, an interrupt in."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

from attrs import define

_LINE_BYTES = 8 * 2**20
_ERROR_BYTES = 16_384
_GRACE_SECONDS = 10.0


@define
class Child:
    """A running `understudy` command. Use `start`; every way out of its events ends with the process gone."""

    process: asyncio.subprocess.Process
    interrupted: bool = False
    error: str = ""
    """The last line it wrote to stderr, once its events are over."""

    @classmethod
    async def start(cls, *arguments: str, environment: Mapping[str, str]) -> "Child":
        """Start `python -m understudy_server` with the arguments. Raises OSError."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "understudy_server",
            *arguments,
            # Not the workspace: `python -m` would import modules from there.
            cwd=Path(sys.executable).parent,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            limit=_LINE_BYTES,
            # A group of its own: an interrupt goes to it alone and when we say so, not when the editor's terminal does.
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
            start_new_session=sys.platform != "win32",
        )
        return cls(process)

    async def events(self) -> AsyncIterator[dict[str, Any]]:
        """The JSON objects it prints, one a line; other lines are skipped."""
        stderr = asyncio.ensure_future(self._last_error())
        try:
            assert self.process.stdout is not None
            async for line in self.process.stdout:
                try:
                    event = json.loads(line)
                except ValueError:
                    continue
                if isinstance(event, dict):
                    yield event
            await self.process.wait()
        finally:
            await self._end()
            self.error = await stderr

    async def answer(self) -> Any:
        """The one JSON value it prints; None when that is not JSON."""
        try:
            stdout, stderr = await self.process.communicate()
        finally:
            await self._end()
        lines = stderr.decode("utf-8", "replace").strip().splitlines()
        self.error = lines[-1] if lines else ""
        try:
            return json.loads(stdout)
        except ValueError:
            return None

    def interrupt(self) -> None:
        """Ask it to stop as Ctrl-C does; what it finished stays. It is killed when it takes too long."""
        if self.process.returncode is None and not self.interrupted:
            self.interrupted = True
            if sys.platform == "win32":
                self.process.send_signal(signal.CTRL_BREAK_EVENT)
            else:
                self.process.send_signal(signal.SIGINT)
            asyncio.get_running_loop().call_later(_GRACE_SECONDS, self._kill)

    async def _end(self) -> None:
        if self.process.returncode is None:
            self.interrupt()
            await asyncio.shield(self.process.wait())

    def _kill(self) -> None:
        if self.process.returncode is None:
            self.process.kill()

    async def _last_error(self) -> str:
        assert self.process.stderr is not None
        tail = b""
        while piece := await self.process.stderr.read(65_536):
            tail = (tail + piece)[-_ERROR_BYTES:]
        lines = tail.decode("utf-8", "replace").strip().splitlines()
        return lines[-1].strip() if lines else ""
