"""A child forked before its job comes, so that neither the fork nor the copying of pages is waited for.

It has run nothing but a rehearsal of ours, runs one job, and ends; what an earlier job did cannot be in it, for it comes from the
zygote. It raises its walls when it has its job, as they depend on it.
"""

import importlib
import os
import signal
import socket

from understudy_knowledge.execution.confined.job import run
from understudy_knowledge.execution.confined.lockdown import die_with

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ctypes
    from typing import NoReturn

    from understudy_knowledge.execution.confined.job import CloseIn

CHANNEL = 3
"""Where a child finds its channel; nothing else is open above 2."""


class Reserve:
    """A child that waits for its job at the other end of `line`."""

    def __init__(self, pid: int, line: socket.socket) -> None:
        self.pid = pid
        self.line = line

    @classmethod
    def fork(cls, rehearsal: "str | None", close_in: "CloseIn", libc: "ctypes.CDLL") -> "Reserve | None":
        """One that gets ready; None when no process or memory is left. `rehearsal`: a module whose `rehearse` it calls."""
        try:
            ours, theirs = socket.socketpair()
        except OSError:
            return None
        zygote = os.getpid()
        try:
            pid = os.fork()
        except OSError:
            ours.close()
            return None
        finally:
            if os.getpid() == zygote:
                theirs.close()
        if pid == 0:
            _wait_and_run(theirs, rehearsal, close_in, zygote, libc)
        return cls(pid, ours)

    def take(self, channel: socket.socket) -> bool:
        """Hand it its job's channel; False when it has gone."""
        try:
            socket.send_fds(self.line, [b"job"], [channel.fileno()])
        except OSError:
            return False
        finally:
            self.line.close()
        return True

    def has_gone(self) -> bool:
        """Whether it ended before its job came, killed from outside; it is buried then."""
        if os.waitpid(self.pid, os.WNOHANG)[0] == 0:
            return False
        self.line.close()
        return True

    def end(self) -> None:
        """Kill it, and return when it is gone."""
        self.line.close()
        os.kill(self.pid, signal.SIGKILL)  # not buried yet, so the number is still this child's
        os.waitpid(self.pid, 0)


def _wait_and_run(
    line: socket.socket, rehearsal: "str | None", close_in: "CloseIn", zygote: int, libc: "ctypes.CDLL"
) -> "NoReturn":
    """Never returns, whatever happens: a child must not go on as a second zygote."""
    try:
        die_with(zygote, libc)
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setsid()
        os.dup2(line.fileno(), CHANNEL)
        os.closerange(CHANNEL + 1, 65536)  # the other jobs' channels above all
        if rehearsal is not None:
            importlib.import_module(rehearsal).rehearse()
        waiting = socket.socket(fileno=CHANNEL)
        message, descriptors, _, _ = socket.recv_fds(waiting, 16, 1)
        if message:  # none when the zygote has gone
            waiting.detach()
            os.dup2(descriptors[0], CHANNEL)
            os.close(descriptors[0])
            run(CHANNEL, CHANNEL, close_in)
    finally:
        os._exit(0)
