"""Tries a wall before it is trusted, where nobody has verified it: a job of ours attacks from behind it, and must fail."""

import json
import secrets
import socket
import subprocess
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from understudy_knowledge.execution.launching import environment

_SECONDS = 20.0
# What it managed, by name. Reading its input must be among it, for otherwise no program could run; nothing else may be.
_ATTACK = """
import os, socket, subprocess
managed = []
def attempt(name, act):
    try:
        if act() is not False:
            managed.append(name)
    except BaseException:
        pass
attempt("input", lambda: open("input").read() == "sound")
attempt("read", lambda: open(OUTSIDE + "/secret").read())
attempt("list", lambda: os.listdir(OUTSIDE))
attempt("write", lambda: open(OUTSIDE + "/written", "w").write("x"))
attempt("write here", lambda: open("written", "w").write("x"))
attempt("remove", lambda: os.remove(OUTSIDE + "/secret"))
attempt("connect", lambda: socket.create_connection(("127.0.0.1", PORT), 1).close())
attempt("send", lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", PORT)))
attempt("start", lambda: subprocess.run([PYTHON, "-c", ""], check=True) and None)
[(name,) for name in managed]
"""


def holds(command: list[str], lend: Callable[[str], None] = lambda _: None) -> bool:
    """Whether the worker that `command` starts keeps a program from reading, writing, connecting and starting anything outside.

    `lend` opens a folder to it, where that has to be done from without; it may raise OSError.
    """
    with tempfile.TemporaryDirectory() as given, tempfile.TemporaryDirectory() as outside:
        folder, secret = Path(given).resolve(), Path(outside).resolve() / "secret"
        (folder / "input").write_text("sound", encoding="ascii")
        secret.write_text(secrets.token_hex(8), encoding="ascii")
        try:
            lend(str(folder))
        except OSError:
            return False
        with socket.create_server(("127.0.0.1", 0)) as server:
            server.settimeout(0)
            names = {"OUTSIDE": str(secret.parent), "PORT": server.getsockname()[1], "PYTHON": command[0]}
            given_names = "".join(f"{name} = {value!r}\n" for name, value in names.items())
            managed = _managed(command, given_names + _ATTACK, folder)
            with suppress(OSError):
                server.accept()[0].close()
                return False
        # What it says of itself is not all that is believed.
        untouched = [path.name for path in secret.parent.iterdir()] == ["secret"]
        return managed == ["input"] and untouched and not (folder / "written").exists()


def _managed(command: list[str], program: str, folder: Path) -> list[str] | None:
    """What the job says it managed; None where it gave no sound answer."""
    request = {
        "engine": "python",
        "code": program,
        "folder": str(folder),
        "inputs": ["input"],
        "abi": 1,
        "seconds": 10,
        "memory": 1 << 28,
        "rows": 100,
        "bytes": 1 << 16,
        "row_bytes": 1 << 12,
    }
    try:
        ran = subprocess.run(  # noqa: S603 - no word of it is anyone else's
            command,
            input=json.dumps(request).encode() + b"\n",
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment(),
            timeout=_SECONDS,
            check=False,
        )
        answer = json.loads(ran.stdout.splitlines()[-1])
        return [str(name) for (name,) in answer["rows"]] if answer["kind"] == "ok" else None
    except (OSError, subprocess.TimeoutExpired, ValueError, IndexError, KeyError, TypeError):
        return None
