"""bubblewrap as one more layer around a zygote: namespaces in which there is no network and no other process to see.

It is no wall that anything relies on: where it is absent, or this system lets it make no namespace, the others hold alone.
"""

import os
import shutil
import subprocess
from functools import cache

_PROBE_SECONDS = 5.0


@cache
def works() -> bool:
    """Whether bubblewrap is installed and may make namespaces here: tried once."""
    wrapping = around(network=False)
    if not wrapping:
        return False
    try:
        tried = subprocess.run(  # noqa: S603 - no word of it is anyone else's
            [*wrapping, "/bin/true"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env={},
            timeout=_PROBE_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return tried.returncode == 0


def around(*, network: bool) -> list[str]:
    """What to write before a command: all files read-only, none but its own processes, a network only where asked for.

    Empty where bubblewrap is not installed.
    """
    program = shutil.which("bwrap")
    if program is None:
        return []
    spaces = ["--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"]
    # Root needs no namespace of users, and would lose its access to the files of others in one.
    spaces += [] if os.geteuid() == 0 else ["--unshare-user"]
    spaces += [] if network else ["--unshare-net"]
    return [
        program,
        "--ro-bind",
        "/",
        "/",
        "--dev",
        "/dev",
        "--proc",
        "/proc",
        *spaces,
        "--die-with-parent",
        "--",
    ]
