"""A worker for one job, where there is no zygote: it is warm before the job comes and ends when it is answered.

macOS closes itself in with Seatbelt, and Windows starts it in an AppContainer; where these do not hold, only the limits, the process
itself and its parent's deadline do, and Python is not run.
"""

import os
import sys

from understudy_knowledge.execution.confined.job import run, write

TYPE_CHECKING = False
if TYPE_CHECKING:
    from understudy_knowledge.execution.confined.walls import Walls


def serve(missing: list[str], wall: str) -> None:
    """Say that the worker is ready, then answer one request from stdin on stdout."""
    write(1, {"missing": missing})
    run(0, 1, lambda walls: close_in(walls, wall))


def close_in(walls: "Walls", wall: str) -> None:
    """Whatever limits this system has, and the walls that are left to raise from within."""
    if os.name == "posix":
        bound(walls.memory, walls.seconds)
    if sys.platform == "win32":
        from understudy_knowledge.execution.confined.appcontainer import bound as bound_by_job

        try:
            bound_by_job(walls.memory, walls.seconds)
        except OSError:
            if wall == "appcontainer":
                raise
    if sys.platform == "darwin" and wall == "seatbelt":
        from understudy_knowledge.execution.confined.seatbelt import close_in as seatbelt

        seatbelt(walls.readable)


def bound(memory: int, seconds: float) -> None:
    """The limits that every Unix has. The one on memory is Linux's alone: macOS does not keep to it."""
    import resource

    spent = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
    limits = [
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CPU, int(spent + seconds) + 2),
    ]
    if sys.platform == "linux":
        with open("/proc/self/statm") as statm:  # noqa: PTH123
            used = int(statm.read().split()[0]) * resource.getpagesize()
        limits.append((resource.RLIMIT_AS, used + memory))
    for limit, value in limits:
        resource.setrlimit(limit, (value, value))
