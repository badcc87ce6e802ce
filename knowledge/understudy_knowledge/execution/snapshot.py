"""A consistent copy of a database: runs on it never meet the lock, or the changes, of whoever else uses the original."""

import hashlib
import os
import sqlite3
import time
from contextlib import closing, suppress
from pathlib import Path

from attrs import evolve

from understudy_knowledge.catalog.sqlite_file import open_read_only
from understudy_knowledge.errors import DataSourceError
from understudy_knowledge.execution.states import state_of
from understudy_knowledge.execution.steady_copy import copy_steadily
from understudy_knowledge.memory.records import DataSource

COPY_SECONDS = 60.0
MOST_BYTES = 4 << 30
_PAGES = 2_000


def snapshot(source: DataSource, folder: Path) -> DataSource:
    """A copy of `source` in `folder`, rows of a write-ahead log included; `source` itself is only read. A server has none.

    A copy made of the same file in the same state is used again, and copies of earlier states are removed. Raises
    DataSourceError when the source is locked, damaged, missing or larger than 4 GB, when it takes longer than a minute, or
    when `folder` cannot be written. Never waits for a lock longer than a second.
    """
    if source.address:
        return source
    stem = hashlib.sha256(os.fsencode(source.path.absolute())).hexdigest()[:16]
    state = hashlib.sha256(repr(state_of([source.path])).encode()).hexdigest()[:16]
    target = folder / f"{stem}-{state}.db"
    if target.exists():
        return evolve(source, path=target.absolute(), steady=True)
    _check_size(source.path)
    partial = folder / f"{target.name}.{os.getpid()}.{time.monotonic_ns()}.partial"
    try:
        if source.dialect == "sqlite":
            with open_read_only(source.path) as original:
                _make_folder(folder, source.path)
                _copy(original, partial, source.path)
        else:
            _make_folder(folder, source.path)
            copy_steadily(source.path, partial)
        partial.replace(target)
    except (OSError, sqlite3.OperationalError) as error:
        # The source was read a moment ago, so an open that fails, or a full disk, is about the folder.
        about_folder = {"unable", "full", "readonly"} & set(str(error).split())
        if isinstance(error, sqlite3.OperationalError) and not about_folder:
            raise DataSourceError(f"{source.path} cannot be copied ({error}).") from error
        raise DataSourceError(f"{folder} cannot hold a copy of {source.path.name} ({error}).") from error
    except sqlite3.DatabaseError as error:
        raise DataSourceError(f"{source.path} is damaged ({error}); restore it.") from error
    finally:
        for leftover in folder.glob(f"{partial.name}*"):
            leftover.unlink(missing_ok=True)
    for former in folder.glob(f"{stem}-*.db"):
        if former != target:
            with suppress(
                OSError
            ):  # Windows keeps a file that a worker has open; the next snapshot removes it
                former.unlink()
    return evolve(source, path=target.absolute(), steady=True)


def _check_size(path: Path) -> None:
    try:
        size = path.stat().st_size
    except (OSError, ValueError):
        return  # whoever opens it says it better
    if size > MOST_BYTES:
        raise DataSourceError(
            f"{path} is larger than {MOST_BYTES >> 30} GB, too large to copy before each change; "
            "point database at a smaller sample of it."
        )


def _make_folder(folder: Path, path: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataSourceError(f"{folder} cannot hold a copy of {path.name} ({error}).") from error


def _copy(original: sqlite3.Connection, partial: Path, path: Path) -> None:
    deadline = time.monotonic() + COPY_SECONDS

    def keep_time(status: int, remaining: int, total: int) -> None:
        if time.monotonic() > deadline:
            raise DataSourceError(
                f"{path} could not be copied within {COPY_SECONDS:g} s; it is too large or changes too often."
            )

    with closing(sqlite3.connect(partial)) as copy:
        # backup() retries a locked source for ever; an open read transaction takes the lock first, in bounded time.
        original.execute("BEGIN")
        original.execute("SELECT count(*) FROM sqlite_master").fetchone()
        original.backup(copy, pages=_PAGES, progress=keep_time)
        original.execute("ROLLBACK")
        # A copy in WAL mode would need files beside it that a reader has to write.
        copy.execute("PRAGMA journal_mode = DELETE")
