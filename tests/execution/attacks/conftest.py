"""The stage on which attacks are tried: a secret, a database, a neighbor process, someone who listens, a folder to write to."""

import contextlib
import hashlib
import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest
from attrs import define

from understudy_knowledge.memory.records import DataSource

SECRET = "SECRET-8f14e45f"


@define
class Stage:
    """Where an attack may hurt. `put` writes the stage's places into a program; `harm` says what changed since `set`."""

    outside: Path
    folder: Path
    port: int
    victim: "subprocess.Popen[bytes]"
    heard: list[str]
    templates: dict[str, Path]
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
        (self.outside / "secret.csv").write_text(f"{SECRET}\n{SECRET}\n")
        (self.outside / "secret.json").write_text(f'{{"v": "{SECRET}"}}\n')
        (self.outside / "out").mkdir(mode=0o777)
        (self.outside / "out").chmod(0o777)  # a server runs as another user
        for name, made in self.templates.items():
            shutil.copyfile(made, (self.folder if name.startswith("live") else self.outside) / name)
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
            "DUCK": self.outside / "duck",
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
def naked() -> Iterator[Callable[[dict[str, Any]], dict[str, Any]]]:
    """Runs a program without the sandbox: code, folder, seconds -> said, bytes, late, peak."""
    program = Path(__file__).with_name("naked.py")
    with subprocess.Popen(
        [sys.executable, str(program)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        writing, reading = process.stdin, process.stdout
        assert writing is not None
        assert reading is not None

        def run(request: dict[str, Any]) -> dict[str, Any]:
            writing.write(json.dumps(request) + "\n")
            writing.flush()
            answer: dict[str, Any] = json.loads(reading.readline())
            return answer

        yield run
        writing.close()


@pytest.fixture(scope="module")
def server(postgres: DataSource) -> "Server":
    return Server(postgres)


@define
class Server:
    """The Postgres server as its owner sees it."""

    source: DataSource

    @property
    def owner(self) -> str:
        return self.source.address.replace("user=reader", "user=owner")

    def set(self) -> str:
        """Everything as it was; what `state` then is. What an attack without the sandbox left running ends."""
        with psycopg.connect(self.owner, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'owner' AND pid <> pg_backend_pid()"
            )
            connection.execute(
                "DROP SCHEMA public CASCADE; DROP ROLE IF EXISTS evil; SELECT lo_unlink(oid) FROM pg_largeobject_metadata;"
                "CREATE SCHEMA public; GRANT USAGE ON SCHEMA public TO reader; CREATE EXTENSION IF NOT EXISTS dblink;"
                "CREATE TABLE t (a int, b text); INSERT INTO t VALUES (1, 'x'), (2, 'y'); GRANT SELECT ON t TO reader;"
                f"CREATE TABLE hidden (v text); INSERT INTO hidden VALUES ('{SECRET}'); CREATE SEQUENCE s"
            )
        return self.state()

    def state(self) -> str:
        queries = (
            "SELECT * FROM t",
            "SELECT relname, relkind, relacl FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1",
            "SELECT attname FROM pg_attribute WHERE attrelid = 't'::regclass",
            "SELECT rolname FROM pg_roles ORDER BY 1",
            "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace ORDER BY 1",
            "SELECT last_value, is_called FROM s",
            "SELECT oid FROM pg_largeobject_metadata",
            "SELECT description FROM pg_description WHERE objoid = 't'::regclass",
        )
        with psycopg.connect(self.owner, autocommit=True) as connection:
            try:
                return str([connection.execute(query).fetchall() for query in queries])
            except psycopg.Error as error:  # a table is gone
                return str(error)


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
    stage = Stage(outside, folder, port, sleeper(), heard, templates(base))
    yield stage
    stage.victim.kill()
    stage.victim.wait()
    for listener in listeners:
        listener.close()
    shutil.rmtree(base, ignore_errors=True)


def templates(base: Path) -> dict[str, Path]:
    """Databases to start from: what a job is given, and what it must not see."""
    rows = "CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT); INSERT INTO t VALUES (1, 'x'), (2, 'y');"
    with closing(sqlite3.connect(base / "live.db")) as connection:
        connection.executescript(rows)
    with duckdb.connect(str(base / "live.duckdb")) as duck:
        duck.execute(rows)
    with duckdb.connect(str(base / "duck")) as duck:
        duck.execute(f"CREATE TABLE secrets (v TEXT); INSERT INTO secrets VALUES ('{SECRET}')")
    return {name: base / name for name in ("live.db", "live.duckdb", "duck")}


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
