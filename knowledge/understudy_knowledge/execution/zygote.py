"""One zygote as its parent sees it: started, asked for jobs, closed. Linux only."""

import asyncio
import json
import os
import signal
import socket
import struct
from contextlib import suppress
from typing import Any

from attrs import define

from understudy_knowledge.execution.answer import NoAnswerError, NothingRanError, Raw
from understudy_knowledge.execution.boundary import Boundary
from understudy_knowledge.execution.launching import Engine, command, environment

START_SECONDS = 20.0
GRACE_SECONDS = 0.25
"""How long after its deadline a job may still answer before the zygote kills it."""
_STUCK_SECONDS = 2.0
_CHUNK = 1 << 18


@define(eq=False)
class Zygote:
    """A warm process for one engine. It dies with this process, and its jobs die with it."""

    process: asyncio.subprocess.Process
    control: socket.socket

    @classmethod
    async def start(cls, engine: Engine, wall: Boundary) -> "Zygote":
        """A zygote that is ready. Raises NoAnswerError when none can be had."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            process = await asyncio.create_subprocess_exec(
                *command(engine, wrapped=wall.wrapped, role="zygote", control=theirs.fileno(), abi=wall.abi),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
                env=environment(),
                cwd="/",
                pass_fds=(theirs.fileno(),),
                start_new_session=True,  # Ctrl-C in the terminal is for the parent
            )
        except OSError as error:
            ours.close()
            raise NoAnswerError(f"the sandbox's process cannot be started ({error})") from error
        finally:
            theirs.close()
        ours.setblocking(False)
        zygote = cls(process, ours)
        try:
            said = await asyncio.wait_for(asyncio.get_running_loop().sock_recv(ours, _CHUNK), START_SECONDS)
            missing = json.loads(said)["missing"] if said else ["everything"]
        except BaseException as error:
            await zygote.close()
            if isinstance(error, (asyncio.TimeoutError, OSError, ValueError)):
                raise NoAnswerError("the sandbox's process did not start in time") from error
            raise
        if missing:
            await zygote.close()
            raise NoAnswerError(f"the sandbox's process could not load {', '.join(missing)}")
        return zygote

    @property
    def alive(self) -> bool:
        """Whether the process runs, as far as is known."""
        return self.process.returncode is None and self.control.fileno() >= 0

    async def answer(self, request: dict[str, Any], most: int) -> Raw:
        """All that one job said, when it ended a line or its process is gone. `most` is how many bytes that may be.

        A job has nothing to do after its answer, so what does not end by itself is killed then. Cancelling has it killed, too.
        Raises NoAnswerError; NothingRanError if the zygote had gone before.
        """
        loop = asyncio.get_running_loop()
        seconds = request["seconds"] + GRACE_SECONDS
        ours, theirs = socket.socketpair()
        try:
            ours.setblocking(False)
            try:
                socket.send_fds(self.control, [struct.pack("<d", seconds)], [theirs.fileno()])
            except OSError as error:
                raise NothingRanError("the sandbox's process ended") from error
            finally:
                theirs.close()
            talk = self._talk(loop, ours, json.dumps(request).encode() + b"\n", most)
            try:
                return _raw(await asyncio.wait_for(talk, seconds + _STUCK_SECONDS))
            except asyncio.TimeoutError as error:
                self.stop()
                raise NoAnswerError("the sandbox's process did not react") from error
        finally:
            ours.close()

    async def _talk(
        self, loop: asyncio.AbstractEventLoop, channel: socket.socket, line: bytes, most: int
    ) -> bytes:
        with suppress(BrokenPipeError, ConnectionResetError):
            await loop.sock_sendall(channel, line)
        said, lines = bytearray(), 0
        try:
            while chunk := await loop.sock_recv(channel, _CHUNK):
                said += chunk
                if len(said) > most:
                    raise NoAnswerError("it answered more than it may")
                lines += chunk.count(b"\n")
                # Giving back a process's memory takes as long as a small job: nobody waits for that. An epitaph brings two breaks.
                if lines == 1 and chunk.endswith(b"\n"):
                    break
        except ConnectionResetError:  # the child went without having read all of its request
            pass
        return bytes(said)

    def stop(self) -> None:
        """End the process now; `close` waits for it."""
        if self.process.returncode is None:
            with suppress(ProcessLookupError):
                # Popen.kill polls first, and would take the exit status of a child that just ended from asyncio.
                os.kill(self.process.pid, signal.SIGKILL)

    async def close(self) -> None:
        """End the process and its jobs, and return when they are gone."""
        self.control.close()
        try:
            # It kills and buries its jobs when the channel closes: only what hangs is killed from here.
            await asyncio.wait_for(self.process.wait(), _STUCK_SECONDS)
        except asyncio.TimeoutError:
            self.stop()
            await self.process.wait()


def _raw(said: bytes) -> Raw:
    """What the job wrote: its one line, or all before the zygote's epitaph, which is the last line."""
    if not said:
        raise NoAnswerError("the sandbox's process ended")
    if said.find(b"\n") == len(said) - 1:
        return Raw(said)
    text, _, last = said.rstrip(b"\n").rpartition(b"\n")
    try:
        epitaph = json.loads(last)
        return Raw(text, bool(epitaph["late"]), int(epitaph["signal"]))
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise NoAnswerError("the sandbox's process ended") from error
