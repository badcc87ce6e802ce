"""SQLite inside the walls: a read-only connection to a copy, an authorizer, a clock, bounded opcodes.

The engine's own guards give the better sentence and end most runs early; the process's walls are what holds.
"""

import sqlite3
import time
from functools import partial

from understudy_knowledge.execution.confined.refused import RefusedError
from understudy_knowledge.execution.confined.sqlite_words import ACTIONS, FUNCTIONS, classify
from understudy_knowledge.execution.confined.table import Table, collect
from understudy_knowledge.execution.confined.walls import Walls

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from understudy_knowledge.execution.confined.job import Opened

PROGRESS_STEPS = 1_000
# Numbers of sqlite3.h that Python 3.10 has no names for.
LIMIT_LENGTH, LIMIT_ATTACHED, LIMIT_LIKE_PATTERN_LENGTH = 0, 7, 8


def opened(request: "dict[str, Any]") -> "Opened":
    """The database behind `request["uri"]`, and walls within which no file can be opened at all."""
    database = open_database(request)
    return Walls(memory=request["memory"], seconds=request["seconds"]), partial(database.run, request)


def open_database(request: "dict[str, Any]") -> "Database":
    """Raises RefusedError where the file is no database."""
    try:
        return Database(request["uri"], request["memory"])
    except (sqlite3.Error, OSError) as error:
        raise RefusedError("unavailable", str(error)) from error


class Database:
    """One open file and what its guards need to know of the statement that runs."""

    def __init__(self, uri: str, heap: int) -> None:
        self.denied = ""
        self.deadline = 0.0
        self.connection = sqlite3.connect(uri, uri=True, isolation_level=None)
        connection = self.connection
        connection.text_factory = partial(str, encoding="utf-8", errors="replace")
        connection.executescript(
            "PRAGMA query_only = ON; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY"
        )
        connection.execute("PRAGMA hard_heap_limit = " + str(int(heap)))
        # Modules declare themselves on first use, which looks like writing: known ones do so before the authorizer is there.
        connection.execute("SELECT 1 FROM json_each('[]'), json_tree('[]')").fetchall()
        for (table,) in connection.execute(
            "SELECT name FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL%'"
        ).fetchall():
            connection.execute("SELECT 1 FROM pragma_table_info(?)", (table,)).fetchall()
        connection.set_progress_handler(self.is_late, PROGRESS_STEPS)
        connection.set_authorizer(self.authorize)  # last: nothing of ours runs behind it

    def is_late(self) -> bool:
        """The progress handler: true interrupts the statement."""
        return time.monotonic() > self.deadline

    def authorize(self, action: int, first: "str | None", second: "str | None", *_: "str | None") -> int:
        """The authorizer: allows reading and known functions, and remembers what it refused."""
        if action == sqlite3.SQLITE_PRAGMA and first == "data_version" and not second:
            return sqlite3.SQLITE_OK  # how the full-text module notices that its tables changed
        if action not in ACTIONS:
            self.denied = f"the statement does more than read ({' '.join(filter(None, (first, second)))})"
            return sqlite3.SQLITE_DENY
        if ACTIONS[action] == "function" and (second or "").lower() not in FUNCTIONS:
            self.denied = f"the function {second} is not allowed"
            return sqlite3.SQLITE_DENY
        return sqlite3.SQLITE_OK

    def run(self, request: "dict[str, Any]") -> Table:
        """The rows of `request["code"]`; raises RefusedError with the outcome's kind."""
        self.deadline = time.monotonic() + request["seconds"]
        self._limit(request["row_bytes"])
        try:
            cursor = self.connection.execute(request["code"])
            if cursor.description is None:
                raise RefusedError("syntax", "there is no query in the statement")
            return collect([column[0] for column in cursor.description], cursor, request)
        except (sqlite3.Error, sqlite3.Warning, ValueError, OverflowError, OSError) as error:
            raise RefusedError(*classify(error, self.denied)) from error

    def _limit(self, row_bytes: int) -> None:
        """Bounds what a single opcode may build. Python 3.10 cannot; there the memory limit is what stops it."""
        setlimit = getattr(self.connection, "setlimit", None)
        if setlimit is not None:
            setlimit(LIMIT_LENGTH, row_bytes)
            setlimit(LIMIT_ATTACHED, 0)
            setlimit(LIMIT_LIKE_PATTERN_LENGTH, 1_000)
