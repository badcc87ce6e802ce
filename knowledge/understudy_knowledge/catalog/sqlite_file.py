"""Opens a SQLite file that is not ours: read-only, without waiting long, and with one sentence when it cannot be."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from understudy_knowledge.errors import DataSourceError

LOCK_SECONDS = 0.5
"""How long a reader waits for another process's lock."""


@contextmanager
def open_read_only(path: Path) -> Iterator[sqlite3.Connection]:
    """A read-only connection to `path`, closed at the end. Every engine error in the block becomes a DataSourceError.

    The schema is read once, so that a file that is no database, or a locked one, is known before the block starts.
    """
    require_regular_file(path)
    try:
        # as_uri() quotes ?, # and %; a plain f-string would let a file name add parameters.
        with closing(
            sqlite3.connect(path.absolute().as_uri() + "?mode=ro", uri=True, timeout=LOCK_SECONDS)
        ) as connection:
            connection.text_factory = _lenient_text
            connection.execute("PRAGMA query_only = ON")
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            yield connection
    except sqlite3.Error as error:
        raise DataSourceError(explain(path, error)) from error


def schema_version(path: Path) -> int:
    """A number that grows with every change of a table or column. Raises DataSourceError."""
    with open_read_only(path) as connection:
        return int(connection.execute("PRAGMA schema_version").fetchone()[0])


def explain(path: Path, error: sqlite3.Error) -> str:
    """The sentence for an engine error on `path`: what is wrong and what to do."""
    reason = str(error)
    lowered = reason.lower()
    if "locked" in lowered or "busy" in lowered:
        return f"{path} is locked by another process; close that process or let it finish, then try again."
    if "not a database" in lowered:
        return f"{path} is not a SQLite database (or it is encrypted); point the setting at a database file."
    if "malformed" in lowered or "corrupt" in lowered:
        return f"{path} is damaged ({reason}); restore it from a backup or rebuild it."
    if "unable to open" in lowered or "readonly" in lowered:
        return (
            f"{path} cannot be opened ({reason}); check that you may read the file, and, if it is in WAL mode, "
            "that its folder is writable."
        )
    return f"{path} cannot be read ({reason}); check the file."


def require_regular_file(path: Path) -> None:
    """Raises DataSourceError. A named pipe would block the open for ever, so anything but a regular file is turned away first."""
    try:
        if path.is_dir():
            raise DataSourceError(f"{path} is a folder; name the database file inside it.")
        if not path.exists():
            raise DataSourceError(f"{path} does not exist; check the path of the database.")
        if not path.is_file():
            raise DataSourceError(f"{path} is not a regular file; name a database file.")
        with path.open("rb"):
            pass
    except PermissionError as error:
        raise DataSourceError(f"{path} may not be read by this user; change its permissions.") from error
    except (OSError, ValueError) as error:
        raise DataSourceError(
            f"{path} cannot be opened ({error}); check the path of the database."
        ) from error


def _lenient_text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")
