"""Which wall stands between hostile code and this machine: what the system offers, asked once."""

import ctypes
import sys
from collections.abc import Callable
from functools import cache
from typing import Literal

from attrs import frozen

from understudy_knowledge.execution.bubblewrap import works
from understudy_knowledge.execution.confined import landlock, seccomp
from understudy_knowledge.execution.confined.appcontainer import open_to_container
from understudy_knowledge.execution.launching import worker_command
from understudy_knowledge.execution.proof import holds

BoundaryName = Literal["landlock", "strict", "seatbelt", "appcontainer", "process"]
_SENTENCES: dict[BoundaryName, str] = {
    "landlock": "SQL and Python run behind Landlock (ABI {abi}) and a system-call filter",
    "strict": "SQL and Python run behind a system-call filter that lets them open no file; this kernel has no Landlock",
    "seatbelt": "SQL and Python run behind Seatbelt, which withstood a trial on this machine but is not yet verified on macOS",
    "appcontainer": "SQL and Python run in an AppContainer, which withstood a trial on this machine but is not yet verified on Windows",
    "process": "SQL runs in a killable read-only process; this system has no wall for Python, which is refused",
}


@frozen
class Boundary:
    """The level in force. `abi` is Landlock's version, 0 without it; `wrapped` says that bubblewrap's namespaces lie around it."""

    name: BoundaryName
    abi: int = 0
    wrapped: bool = False

    @property
    def holds_python(self) -> bool:
        """Whether a program may run behind it."""
        return self.name != "process"

    @property
    def forks(self) -> bool:
        """Whether jobs are forked from a zygote; elsewhere each has a process started for it."""
        return self.name in {"landlock", "strict"}

    @property
    def sentence(self) -> str:
        """What it means for the user."""
        sentence = _SENTENCES[self.name].format(abi=self.abi)
        return f"{sentence}, within bubblewrap's namespaces" if self.wrapped else sentence


@cache
def boundary() -> Boundary:
    """The best that this system offers."""
    if sys.platform == "linux" and seccomp.supported() and _filters_calls():
        abi = landlock.abi()
        return Boundary("landlock" if abi else "strict", abi, works())
    if sys.platform == "darwin" and _withstands("seatbelt"):
        return Boundary("seatbelt")
    if sys.platform == "win32" and _withstands("appcontainer", lend=open_to_container):
        return Boundary("appcontainer")
    return Boundary("process")


def _withstands(name: BoundaryName, lend: Callable[[str], None] = lambda _: None) -> bool:
    """Whether a wall that nobody has verified holds on this machine. Takes as long as Python needs to start, once."""
    return holds(worker_command("python", name, preload=[], warm=[], paths=[]), lend)


def _filters_calls() -> bool:
    """Whether the kernel takes filters: asking for the mode of a process that has none gives 0 where it does."""
    pr_get_seccomp = 21
    return int(ctypes.CDLL(None, use_errno=True).prctl(pr_get_seccomp, 0, 0, 0, 0)) >= 0
