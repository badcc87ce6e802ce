"""Locks this process down for one hostile job, layer by layer; there is no way back.

Order matters: what a later layer forbids an earlier one still needs. Everything the job needs that is not below `readable`
must be open by now.
"""

import ctypes
import os
import resource
import struct

from understudy_knowledge.execution.confined import landlock, seccomp

TYPE_CHECKING = False
if TYPE_CHECKING:
    from understudy_knowledge.execution.confined.walls import Walls

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS, PR_SET_MDWE = 1, 4, 24, 38, 65
_CAPSET = {"x86_64": 126, "aarch64": 91}
_CAPABILITIES = 64
_OPEN_FILES = 64
_SIGKILL = 9


def die_with(parent: "int | None", libc: ctypes.CDLL) -> None:
    """Be killed when the parent ends; at once, if it has ended already. None: its number cannot be known here."""
    libc.prctl(PR_SET_PDEATHSIG, _SIGKILL, 0, 0, 0)
    if parent is not None and os.getppid() != parent:
        os._exit(1)


def lock_down(walls: "Walls", abi: int, libc: ctypes.CDLL) -> None:
    """Raise every wall. Raises OSError when one cannot be raised; the caller must then run nothing.

    `abi` is the Landlock version to rely on. At 0 the job cannot open any file at all, whatever `readable` says.
    """
    if len(os.listdir("/proc/self/task")) != 1:  # noqa: PTH208 - pathlib is not loaded in a zygote for SQL
        raise OSError("a second thread runs, and walls rise around the calling one alone")
    bound(walls.memory, walls.seconds)
    if libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "the process could not be made undumpable")
    _drop_capabilities(libc)
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "no_new_privs could not be set")
    libc.prctl(PR_SET_MDWE, 1, 0, 0, 0)  # Linux 6.3; the filter holds the same line before
    if abi:
        landlock.restrict(walls.readable, abi, libc)
    else:
        walls.files = False
    seccomp.install(seccomp.assemble(walls, os.getpid()), libc.prctl)


def bound(memory: int, seconds: float) -> None:
    """The kernel's own limits: `memory` bytes on top of what is used now, processor seconds, no files, no core."""
    with open("/proc/self/statm") as statm:  # noqa: PTH123
        used = int(statm.read().split()[0]) * resource.getpagesize()
    spent = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
    cpu = int(spent + seconds) + 2
    for limit, value in (
        (resource.RLIMIT_AS, used + memory),
        (resource.RLIMIT_CPU, cpu),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
        (resource.RLIMIT_MEMLOCK, 0),
        (resource.RLIMIT_MSGQUEUE, 0),
    ):
        resource.setrlimit(limit, (value, value))


def _drop_capabilities(libc: ctypes.CDLL) -> None:
    """Root without capabilities is a user who owns much: the other walls then hold for it as for anyone."""
    for capability in range(_CAPABILITIES):
        if libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0:
            break  # past the last one, or not root: then there is nothing to drop
    header = struct.pack("<Ii", 0x20080522, 0)
    if libc.syscall(_CAPSET[os.uname().machine], header, struct.pack("<6I", 0, 0, 0, 0, 0, 0)) != 0:
        raise OSError(ctypes.get_errno(), "capabilities could not be dropped")
