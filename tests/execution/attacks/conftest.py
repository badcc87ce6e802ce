"""The stage on which attacks are tried: a secret, a database, a neighbor process, someone who listens, a folder to write to."""

import contextlib
import hashlib
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from attrs import define

SECRET = "SECRET-8f14e45f"


@define
class Stage:
    """Where an attack may hurt. `put` writes the stage's places into a program; `harm` says what changed since `set`."""

    outside: Path
    folder: Path
    port: int
    victim: "subprocess.Popen[bytes]"
    heard: list[str]
    before: str = ""

    def set(self) -> None:
        """Everything as it was, whatever the last attack did."""
        for place in (self.outside, self.folder):
            with contextlib.suppress(FileNotFoundError):
                for path in place.iterdir():
                    if path.is_dir() and not path.is_symlink():
                        shutil.rmtree(path)
                    else:
                        path.unlink()
            place.mkdir(exist_ok=True)
        (self.outside / "secret").write_text(SECRET)
        (self.outside / "out").mkdir()
        with closing(sqlite3.connect(self.outside / "db")) as connection:
            connection.executescript(
                f"CREATE TABLE secrets (v TEXT); INSERT INTO secrets VALUES ('{SECRET}')"
            )
        (self.folder / "data.csv").write_text("a,b\n1,2\n")
        Path("/dev/shm/understudy-attack").unlink(missing_ok=True)
        if self.victim.poll() is not None:
            self.victim = sleeper()
        self.heard.clear()
        self.before = self._print()

    def put(self, code: str, channel: int) -> str:
        places = {
            "SECRET": self.outside / "secret",
            "OUTSIDE": self.outside,
            "OUT": self.outside / "out",
            "DB": self.outside / "db",
            "PORT": self.port,
            "UNIX": self.outside.parent / "listener",
            "PID": self.victim.pid,
            "CHANNEL": channel,
            "FOLDER": self.folder,
        }
        for name, value in places.items():
            code = code.replace(f"@{name}@", str(value))
        return code

    def harm(self) -> list[str]:
        """What an attack did to the stage."""
        found = [] if self._print() == self.before else ["files changed"]
        found += ["a process was killed"] if self.victim.poll() is not None else []
        found += ["shared memory was written"] if Path("/dev/shm/understudy-attack").exists() else []
        return found + self.heard

    def _print(self) -> str:
        digest = hashlib.sha256()
        for place in (self.outside, self.folder):
            for path in sorted(place.rglob("*")):
                status = path.lstat()
                digest.update(f"{path} {status.st_mode} {status.st_uid} {status.st_mtime_ns}".encode())
                if path.is_file() and not path.is_symlink():
                    digest.update(path.read_bytes())
        return digest.hexdigest()


def sleeper() -> "subprocess.Popen[bytes]":
    return subprocess.Popen(["sleep", "600"])


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    if sys.platform != "linux":
        pytest.skip("the attacks are on Linux's sandbox")
    base = Path(f"/tmp/attacked-{os.getpid()}")
    outside, folder = base / "outside", base / "folder"
    outside.mkdir(parents=True)
    folder.mkdir()
    heard: list[str] = []
    listeners = [
        socket.socket(),
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
        socket.socket(socket.AF_UNIX),
    ]
    listeners[0].bind(("127.0.0.1", 0))
    port = listeners[0].getsockname()[1]
    listeners[1].bind(("127.0.0.1", port))
    listeners[2].bind(str(base / "listener"))
    for listener in listeners:
        threading.Thread(target=listen, args=(listener, heard), daemon=True).start()
    stage = Stage(outside, folder, port, sleeper(), heard)
    yield stage
    stage.victim.kill()
    stage.victim.wait()
    for listener in listeners:
        listener.close()
    shutil.rmtree(base, ignore_errors=True)


def listen(listener: socket.socket, heard: list[str]) -> None:
    with contextlib.suppress(OSError):
        if listener.type == socket.SOCK_DGRAM:
            while True:
                listener.recv(99)
                heard.append("a datagram arrived")
        listener.listen()
        while True:
            connection, _ = listener.accept()
            heard.append("someone connected")
            with connection:
                connection.settimeout(0.2)
                with contextlib.suppress(OSError):
                    connection.recv(999)
                    connection.sendall(b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n1\n")
