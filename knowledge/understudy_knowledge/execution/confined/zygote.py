"""The zygote: a clean, warm, single-threaded process that forks one child for each job, ahead of it, and buries it.

Its parent hands it one end of a socket pair per job. It ends a child at its deadline or when the parent's end is closed, so a
busy or dead parent cannot let a job run on; when a child is gone it adds one line to the answer that says how.
"""

import ctypes
import gc
import json
import os
import select
import signal
import socket
import struct
import time
from contextlib import suppress

from understudy_knowledge.execution.confined.lockdown import die_with, lock_down
from understudy_knowledge.execution.confined.reserve import Reserve

LONGEST_MESSAGE = 64


class Child:
    """One running job. `channel` is kept open until the child is gone, so that its end is the job's end."""

    def __init__(self, pid: int, channel: socket.socket, deadline: float) -> None:
        self.pid = pid
        self.channel = channel
        self.deadline = deadline
        self.killed = ""


class Zygote:
    """`control` is the descriptor on which jobs arrive, `parent` who sends them, `abi` the Landlock version to rely on.

    `rehearsal` is the module that children rehearse with, if any.
    """

    def __init__(self, control: int, parent: "int | None", abi: int, rehearsal: "str | None") -> None:
        self.libc = ctypes.CDLL(None, use_errno=True)
        die_with(parent, self.libc)
        self.control = socket.socket(fileno=control)
        self.abi = abi
        self.rehearsal = rehearsal
        self.reserve: Reserve | None = None
        self.children: dict[int, Child] = {}
        self.poll = select.poll()
        self.poll.register(control, select.POLLIN)
        # A signal that arrives writes to this pipe, which wakes the poll: pidfds would need Linux 5.3.
        wake, told = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)  # type: ignore[attr-defined,unused-ignore]
        self.wake = wake
        self.poll.register(wake, select.POLLIN)
        signal.set_wakeup_fd(told, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGINT, signal.SIG_IGN)

    def serve(self, missing: list[str]) -> None:
        """Fork children until the parent closes the control channel. `missing`: modules that could not be loaded."""
        gc.collect()
        gc.freeze()  # children share these pages as long as the collector does not touch them
        self.control.send(json.dumps({"missing": missing}).encode())
        self.reserve = self._forked()
        while True:
            for descriptor, event in self.poll.poll(self._patience()):
                if descriptor == self.control.fileno():
                    if not self._accept():
                        self._kill_all()
                        return
                elif descriptor == self.wake:
                    os.read(self.wake, 4096)
                elif event & (select.POLLHUP | select.POLLERR) and descriptor in self.children:
                    self._kill(self.children[descriptor], "given up")
                    self.poll.unregister(descriptor)
            self._end_the_late()
            self._bury()

    def _accept(self) -> bool:
        """One job: eight bytes of seconds and a descriptor. False when the parent is gone."""
        message, descriptors, _, _ = socket.recv_fds(self.control, LONGEST_MESSAGE, 1)
        if not message:
            return False
        (seconds,) = struct.unpack("<d", message)
        channel = socket.socket(fileno=descriptors[0])
        chosen, self.reserve = self.reserve or self._forked(), None
        if chosen is not None and not chosen.take(channel):  # it did not live to see its job
            chosen.end()
            chosen = self._forked()
            if chosen is not None and not chosen.take(channel):
                chosen.end()
                chosen = None
        if chosen is None:  # no memory or no process left: the end of the channel tells the parent
            channel.close()
            return True
        self.children[channel.fileno()] = Child(chosen.pid, channel, time.monotonic() + seconds)
        self.poll.register(channel.fileno(), 0)
        self.reserve = self._forked()
        return True

    def _forked(self) -> "Reserve | None":
        return Reserve.fork(self.rehearsal, lambda walls: lock_down(walls, self.abi, self.libc), self.libc)

    def _patience(self) -> float | None:
        """Milliseconds until the next deadline."""
        running = [child.deadline for child in self.children.values() if not child.killed]
        return max(0.0, (min(running) - time.monotonic()) * 1000) + 1 if running else None

    def _end_the_late(self) -> None:
        now = time.monotonic()
        for child in self.children.values():
            if not child.killed and now >= child.deadline:
                self._kill(child, "late")

    def _kill(self, child: Child, reason: str) -> None:
        if not child.killed:
            child.killed = reason
            os.kill(child.pid, signal.SIGKILL)  # not buried yet, so the number is still this child's

    def _kill_all(self) -> None:
        for child in self.children.values():
            self._kill(child, "given up")
        for child in self.children.values():
            os.waitpid(child.pid, 0)
        if self.reserve is not None:
            self.reserve.end()

    def _bury(self) -> None:
        if self.reserve is not None and self.reserve.has_gone():
            self.reserve = None  # the next job gets a fresh one
        for descriptor, child in list(self.children.items()):
            pid, status = os.waitpid(child.pid, os.WNOHANG)
            if pid == 0:
                continue
            del self.children[descriptor]
            if child.killed != "given up":
                self.poll.unregister(descriptor)
            epitaph = {
                "late": child.killed == "late",
                "signal": os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0,
            }
            with suppress(
                OSError
            ):  # the parent has given up, or has yet to read what the job flooded it with
                child.channel.send(b"\n" + json.dumps(epitaph).encode() + b"\n", socket.MSG_DONTWAIT)
            child.channel.close()
