"""Real data and a real Postgres server for the tests of execution."""

import os
import pwd
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from understudy_knowledge.execution import Executor
from understudy_knowledge.memory.records import DataSource


@pytest.fixture
def source(tmp_path: Path) -> DataSource:
    """Two rows in a SQLite file whose name needs quoting."""
    path = tmp_path / "data ?#%.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            "CREATE TABLE t (a INTEGER, b TEXT); INSERT INTO t VALUES (1, 'x'), (2, 'y');"
        )
    aged = time.time() - 60
    os.utime(path, (aged, aged))
    return DataSource(path)


@pytest.fixture
async def executor() -> AsyncIterator[Executor]:
    async with Executor() as executor:
        yield executor


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DataSource]:
    """A server of our own, run by a user without rights, with the role `reader`, which may only SELECT, and the table t."""
    tools = _postgres_tools()
    if tools is None:
        pytest.skip("Postgres is not installed (Debian's package postgresql)")
    folder = tmp_path_factory.mktemp("postgres")
    # A socket's path may hold about a hundred characters, and the unprivileged user has to reach it.
    home = Path("/tmp") / f"pg-{os.getpid()}"
    home.mkdir(mode=0o755)
    as_user = _as_unprivileged(home)

    def run(*command: str | Path) -> None:
        subprocess.run([*as_user, *map(str, command)], check=True, capture_output=True, cwd="/", timeout=120)

    try:
        run(
            tools / "initdb",
            "-D",
            home / "data",
            "-A",
            "trust",
            "-U",
            "owner",
            "--no-sync",
            "-E",
            "UTF8",
            "--locale=C",
        )
        settings = (
            f"-c listen_addresses= -c unix_socket_directories={home} -c fsync=off -c shared_buffers=16MB"
        )
        run(tools / "pg_ctl", "-D", home / "data", "-l", home / "log", "-w", "-o", settings, "start")
        script = folder / "setup.sql"
        script.write_text(
            "CREATE TABLE t (a int, b text); INSERT INTO t VALUES (1, 'x'), (2, 'y');"
            "CREATE ROLE reader LOGIN; GRANT SELECT ON t TO reader; CREATE EXTENSION dblink;"
        )
        psql = [
            str(tools / "psql"),
            "-h",
            str(home),
            "-U",
            "owner",
            "-d",
            "postgres",
            "-v",
            "ON_ERROR_STOP=1",
        ]
        subprocess.run([*psql, "-f", str(script)], check=True, capture_output=True, timeout=60)
        yield DataSource(home, "postgres", address=f"host={home} user=reader dbname=postgres")
    finally:
        subprocess.run(
            [*as_user, str(tools / "pg_ctl"), "-D", str(home / "data"), "-m", "immediate", "stop"],
            capture_output=True,
            cwd="/",
            check=False,
        )
        shutil.rmtree(home, ignore_errors=True)


def _postgres_tools() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")) if sys.platform == "linux" else []
    return found[-1].parent if found else None


def _as_unprivileged(home: Path) -> list[str]:
    """How to run a command as someone without rights; Postgres refuses to run as root."""
    if os.geteuid() != 0:
        return []
    user = next((name for name in ("postgres", "nobody") if _exists(name)), "nobody")
    account = pwd.getpwnam(user)
    os.chown(home, account.pw_uid, account.pw_gid)
    return ["setpriv", f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups"]


def _exists(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True
