"""The knowledge store's file: opening, migrating and one transaction for each write. Knows no records.

Whatever SQLite says about the file becomes a KnowledgeStoreError that says what to do; the file itself is never deleted.
"""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import resources
from pathlib import Path
from threading import RLock

from attrs import field, frozen

from understudy_knowledge.errors import KnowledgeStoreError

_APPLICATION_ID = 1431192659
_BUSY_SECONDS = 2.0
_STEPS_BETWEEN_LOOKS = 1000


@frozen
class Database:
    """One connection, guarded by a lock, so that any thread may use it; one thread at a time does."""

    path: Path
    connection: sqlite3.Connection
    lock: RLock = field(factory=RLock)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The connection, for statements that only read."""
        with self.lock, _translated(self.path):
            yield self.connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """The connection inside one transaction: all of it is on disk afterwards, or none."""
        with self.lock, _translated(self.path):
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield self.connection
                self.connection.execute("COMMIT")
            except BaseException:
                # A full disk or an interrupted commit may have ended the transaction already.
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")
                raise

    def check(self, seconds: float) -> None:
        """SQLite's own check of every page, given up after `seconds`. Raises KnowledgeStoreError when it finds damage."""
        deadline = time.monotonic() + seconds
        with self.lock, _translated(self.path):
            self.connection.set_progress_handler(lambda: time.monotonic() > deadline, _STEPS_BETWEEN_LOOKS)
            try:
                found = self.connection.execute("PRAGMA quick_check(1)").fetchone()
            except sqlite3.OperationalError as error:
                if "interrupted" not in str(error):
                    raise
                return
            finally:
                self.connection.set_progress_handler(None, 0)
        if found != ("ok",):
            raise KnowledgeStoreError(damaged(self.path))

    def close(self) -> None:
        """Close the connection; the write-ahead log goes into the file."""
        with self.lock, _translated(self.path):
            self.connection.close()


def open_database(path: Path, *, read_only: bool) -> Database:
    """Open the file, made and migrated as needed unless `read_only`. Raises KnowledgeStoreError."""
    with _translated(path):
        if read_only:
            if not path.is_file():
                raise KnowledgeStoreError(f"{path} does not exist; run `understudy distill` to make it")
            return Database(path, _connect_read_only(path))
        _make_folder(path)
        connection = _connect(path.absolute().as_uri())
        try:
            _migrate(connection, path)
        except BaseException:
            connection.close()
            raise
        return Database(path, connection)


def _connect_read_only(path: Path) -> sqlite3.Connection:
    uri = path.absolute().as_uri()
    connection = _connect(uri + "?mode=ro")
    try:
        _check_version(connection, path)
    except sqlite3.OperationalError:
        connection.close()
        if path.with_name(path.name + "-wal").exists():
            raise
        # A write-ahead log needs a shared-memory file beside it, which a read-only folder cannot hold. Without a log
        # nobody is writing, and the file may be read as one that does not change.
        connection = _connect(uri + "?immutable=1")
        _check_version(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def _connect(uri: str) -> sqlite3.Connection:
    return sqlite3.connect(
        uri, uri=True, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )


def _make_folder(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise KnowledgeStoreError(f"{path.parent} cannot be made: {error.strerror or error}") from error


def _check_version(connection: sqlite3.Connection, path: Path) -> int:
    """The file's schema version. Raises KnowledgeStoreError when the file is not ours to read."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (entries,) = connection.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
    newest = len(_migrations())
    if entries and application != _APPLICATION_ID:
        raise KnowledgeStoreError(
            f"{path} is another database, not a knowledge store; move it away and run `understudy distill` again"
        )
    if version > newest:
        raise KnowledgeStoreError(
            f"{path} was written by a newer Understudy (schema {version}, this one knows {newest}); upgrade Understudy"
        )
    return int(version)


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    if _check_version(connection, path) < len(_migrations()):
        # Not worth failing for: some network file systems have no write-ahead log, and the store works without.
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("BEGIN IMMEDIATE")
        try:
            # Asked again inside the transaction: another process may have migrated meanwhile.
            for script in _migrations()[_check_version(connection, path) :]:
                for statement in _statements(script):
                    connection.execute(statement)
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
    # Answers were paid for: a commit is on the disk before it counts.
    connection.execute("PRAGMA synchronous = FULL")


@cache
def _migrations() -> tuple[str, ...]:
    """The scripts in `schema/` in order; the n-th takes a store from version n - 1 to n."""
    folder = resources.files(__package__) / "schema"
    scripts = sorted(
        (each for each in folder.iterdir() if each.name.endswith(".sql")), key=lambda each: each.name
    )
    return tuple(script.read_text(encoding="utf-8") for script in scripts)


def _statements(script: str) -> Iterator[str]:
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.ProgrammingError:
        raise  # a bug of ours
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise KnowledgeStoreError(_sentence(path, str(error))) from error


def _sentence(path: Path, error: str) -> str:
    said = error.lower()
    if "locked" in said or "busy" in said:
        return f"{path} is locked by another process; close it or try again in a moment"
    if "readonly" in said or "read-only" in said:
        return f"{path} cannot be written; make the file and its folder writable"
    if "unable to open" in said:
        return f"{path} cannot be opened; check that its folder exists, and who may read and write it"
    if "full" in said:
        return f"{path} cannot grow, the disk is full; make room and try again"
    if any(
        word in said
        for word in (
            "malformed",
            "not a database",
            "corrupt",
            "decode",
            "no such table",
            "no such column",
            "constraint failed",
        )
    ):
        return damaged(path)
    return (
        f"{path} cannot be used ({error}); if that stays so, move it away and run `understudy distill` again"
    )


def damaged(path: Path, what: str = "") -> str:
    """The sentence for a file that is not, or not any more, what it claims to be."""
    detail = f" ({what})" if what else ""
    return f"{path} is not a knowledge store or is damaged{detail}; move it away and run `understudy distill` again"
