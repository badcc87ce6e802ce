"""The worker that runs model-written SQL. Started by path with `python -I -S`; imports the standard library only.

Reads one JSON request per line from stdin and writes one JSON answer per line. Arguments: bytes of memory it may use on top
of what it needs to start, and the process id of its parent. It ends when stdin does.

A connection is opened once per database and kept; it holds no transaction between statements, so that each statement sees
what was committed when it began. A file that was replaced (another inode) is opened anew.
"""

from __future__ import annotations

import ctypes
import json
import os
import sqlite3
import sys
import time
from collections import OrderedDict
from functools import partial

TYPE_CHECKING = False  # typing itself would cost a worker's start a tenth of its time
if TYPE_CHECKING:
    from typing import Any

CONNECTIONS = 8
LOCK_SECONDS = 1.0
PROGRESS_STEPS = 1_000
WAL_INDEX_BYTES = 1024 * 1024
CPU_SLACK_SECONDS = 5

# Numbers of sqlite3.h that Python 3.10 has no names for.
LIMIT_LENGTH, LIMIT_ATTACHED, LIMIT_LIKE_PATTERN_LENGTH = 0, 7, 8
# Read, select, call, recurse: everything else a statement can do is refused.
ACTIONS = {sqlite3.SQLITE_READ: "read", sqlite3.SQLITE_SELECT: "select", 31: "function", 33: "recursive"}
FUNCTIONS = frozenset(
    """
    abs changes char coalesce concat concat_ws format glob hex ifnull iif instr last_insert_rowid length like likelihood likely
    lower ltrim max min nullif octet_length printf quote random randomblob replace round rtrim sign soundex substr substring
    total_changes trim typeof unhex unicode unlikely upper zeroblob sqlite_version if
    date time datetime julianday strftime unixepoch timediff current_date current_time current_timestamp
    avg count group_concat string_agg sum total median percentile percentile_cont percentile_disc
    row_number rank dense_rank percent_rank cume_dist ntile lag lead first_value last_value nth_value
    acos acosh asin asinh atan atan2 atanh ceil ceiling cos cosh degrees exp floor ln log log10 log2 mod pi pow power radians sin
    sinh sqrt tan tanh trunc
    json json_array json_array_length json_error_position json_extract json_group_array json_group_object json_insert json_object
    json_patch json_pretty json_quote json_remove json_replace json_set json_type json_valid json_each json_tree -> ->>
    match regexp snippet highlight bm25
    """.split()
)
# The engine names its errors in words only; the first phrase found in the message decides.
PHRASES = (
    ("syntax error", "syntax"),
    ("incomplete input", "syntax"),
    ("unrecognized token", "syntax"),
    ("term out of range", "syntax"),
    ("term does not match", "syntax"),
    ("no such", "unknown-name"),
    ("unknown", "unknown-name"),
    ("ambiguous column", "unknown-name"),
    ("wrong number of arguments", "type-error"),
    ("misuse of", "type-error"),
    ("do not have the same number", "type-error"),
    ("columns - expected", "type-error"),
    ("sub-select returns", "type-error"),
    ("row value", "type-error"),
    ("mismatch", "type-error"),
    ("malformed json", "type-error"),
    ("integer overflow", "type-error"),
    ("must be", "type-error"),
    ("interrupted", "timeout"),
    ("too big", "bytes"),
    ("out of memory", "bytes"),
    ("one statement at a time", "refused"),
    ("not authorized", "refused"),
    ("prohibited", "refused"),
    ("unsafe use", "refused"),
    ("readonly", "refused"),
    ("too many", "refused"),
    ("too large", "refused"),
    ("stack overflow", "refused"),
    ("locked", "unavailable"),
    ("unable to open", "unavailable"),
    ("not a database", "unavailable"),
    ("malformed", "unavailable"),
    ("disk i/o", "unavailable"),
    ("unsupported file format", "unavailable"),
)


class RefusedError(Exception):
    """Raised where a run ends for a reason of ours; carries the outcome's kind and sentence."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class Database:
    """One open file and what its guards need to know of the statement that runs."""

    def __init__(self, uri: str, path: str, heap: int) -> None:
        self.identity = identity_of(path)
        allow_wal_index(path)
        self.denied = ""
        self.deadline = 0.0
        self.connection = sqlite3.connect(uri, uri=True, timeout=LOCK_SECONDS, isolation_level=None)
        connection = self.connection
        connection.text_factory = partial(str, encoding="utf-8", errors="replace")
        for pragma in (
            "query_only = ON",
            "trusted_schema = OFF",
            "cell_size_check = ON",
            "temp_store = MEMORY",
        ):
            connection.execute("PRAGMA " + pragma)
        connection.execute("PRAGMA hard_heap_limit = " + str(int(heap)))
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
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

    def authorize(self, action: int, first: str | None, second: str | None, *_: str | None) -> int:
        """The authorizer: allows reading and known functions, and remembers what it refused."""
        if action == sqlite3.SQLITE_PRAGMA and first == "data_version" and not second:
            return sqlite3.SQLITE_OK  # how the full-text module notices that its tables changed
        if action not in ACTIONS:
            self.denied = (
                "the statement does more than read (" + " ".join(filter(None, (first, second))) + ")"
            )
            return sqlite3.SQLITE_DENY
        if ACTIONS[action] == "function" and (second or "").lower() not in FUNCTIONS:
            self.denied = "the function " + str(second) + " is not allowed"
            return sqlite3.SQLITE_DENY
        return sqlite3.SQLITE_OK

    def limit(self, row_bytes: int) -> None:
        """Bounds what a single opcode may build. Python 3.10 cannot; there the memory limit is what stops it."""
        setlimit = getattr(self.connection, "setlimit", None)
        if setlimit is not None:
            for limit, value in (
                (LIMIT_LENGTH, row_bytes),
                (LIMIT_ATTACHED, 0),
                (LIMIT_LIKE_PATTERN_LENGTH, 1_000),
            ):
                setlimit(limit, value)

    def run(self, sql: str, request: dict[str, Any]) -> tuple[list[str], list[list[Any]]]:
        """Column names and rows; raises RefusedError when a limit is reached."""
        self.denied = ""
        self.deadline = time.monotonic() + request["seconds"]
        self.limit(request["row_bytes"])
        cursor = self.connection.cursor()
        try:
            cursor.execute(sql)
            if cursor.description is None:
                raise RefusedError("syntax", "there is no query in the statement")
            columns = [column[0] for column in cursor.description]
            return columns, read_rows(cursor, request)
        finally:
            cursor.close()


def read_rows(cursor: sqlite3.Cursor, request: dict[str, Any]) -> list[list[Any]]:
    """All rows, counted and weighed as they come."""
    rows: list[list[Any]] = []
    total = 0
    for row in cursor:
        if len(rows) == request["rows"]:
            raise RefusedError("rows", f"the result has more than {request['rows']} rows")
        size = sum(map(size_of, row))
        if size > request["row_bytes"]:
            raise RefusedError("bytes", f"a row is larger than {request['row_bytes']} bytes")
        total += size
        if total > request["bytes"]:
            raise RefusedError("bytes", f"the result is larger than {request['bytes']} bytes")
        rows.append([shown(cell) if isinstance(cell, bytes) else cell for cell in row])
    return rows


def size_of(cell: Any) -> int:
    """Bytes that a cell stands for; a NULL counts too, for a thousand empty columns are not free."""
    if isinstance(cell, str):
        return 8 + (len(cell) if cell.isascii() else 4 * len(cell))
    if isinstance(cell, bytes):
        return 8 + 2 * len(cell)
    return 8


def shown(blob: bytes) -> str:
    """A blob as the SQL literal that would make it."""
    return "x'" + blob.hex() + "'"


def identity_of(path: str) -> tuple[int, int]:
    """What tells a file from another one put in its place."""
    status = os.stat(path)  # noqa: PTH116 - pathlib would cost a worker's start a fifth of its time
    return status.st_dev, status.st_ino


class Databases:
    """The open files, the least recently used closed first."""

    def __init__(self, heap: int) -> None:
        self.heap = heap
        self.open: OrderedDict[str, Database] = OrderedDict()

    def get(self, uri: str, path: str) -> Database:
        """The open database, opened now if need be."""
        known = self.open.pop(path, None)
        if known is not None and known.identity != identity_of(path):
            known.connection.close()
            known = None
        if known is None:
            known = Database(uri, path, self.heap)
        self.open[path] = known
        if len(self.open) > CONNECTIONS:
            self.open.popitem(last=False)[1].connection.close()
        return known


def answer(databases: Databases, request: dict[str, Any]) -> dict[str, Any]:
    """The outcome of one request as a plain dictionary; never raises."""
    allow_cpu(request["seconds"])
    started = time.monotonic()
    columns: list[str] = []
    rows: list[list[Any]] = []
    database: Database | None = None
    kind, message = "ok", ""
    try:
        database = databases.get(request["uri"], request["path"])
        columns, rows = database.run(request["sql"], request)
    except RefusedError as error:
        kind, message = error.kind, str(error)
    except MemoryError:
        kind, message = "bytes", "the query needs more memory than it may use"
    except (sqlite3.Error, sqlite3.Warning, OSError, ValueError, OverflowError, UnicodeError) as error:
        kind, message = classify(error, database)
    seconds = time.monotonic() - started
    return {
        "id": request["id"],
        "kind": kind,
        "message": message,
        "columns": columns,
        "rows": rows,
        "seconds": seconds,
    }


def classify(error: Exception, database: Database | None) -> tuple[str, str]:
    """The outcome's kind and sentence for an error of the engine."""
    message = str(error)
    if database is None or isinstance(error, OSError):
        return "unavailable", message
    lowered = message.lower()
    kind = next((kind for phrase, kind in PHRASES if phrase in lowered), "error")
    if kind == "timeout":
        return kind, "the query took longer than it may"
    if database.denied and (kind == "refused" or "authoriz" in lowered):
        return "refused", database.denied
    return kind, message


def restrict(memory: int, parent: int) -> None:
    """What holds for the whole process, whatever it will be asked: it dies with its parent, dumps and writes nothing."""
    os.environ.clear()
    if sys.platform == "linux":
        pr_set_pdeathsig, sigkill = 1, 9
        ctypes.CDLL(None, use_errno=True).prctl(pr_set_pdeathsig, sigkill, 0, 0, 0)
        if os.getppid() != parent:  # the parent died before the line above
            sys.exit(0)
    if os.name != "posix":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, WAL_INDEX_BYTES))
    if sys.platform == "linux":
        with open("/proc/self/statm") as statm:  # noqa: PTH123
            used = int(statm.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + memory, used + memory))


def allow_wal_index(path: str) -> None:
    """Lets the worker write up to a megabyte when the database is in WAL mode: a reader has to build the index beside it."""
    if os.name != "posix":
        return
    import resource

    with open(path, "rb") as file:  # noqa: PTH123
        header = file.read(20)
    if header[18:20] == b"\2\2":
        resource.setrlimit(resource.RLIMIT_FSIZE, (WAL_INDEX_BYTES, WAL_INDEX_BYTES))


def allow_cpu(seconds: float) -> None:
    """Moves the processor limit on for the next run, so that a worker whose parent is gone cannot spin for ever."""
    if os.name != "posix":
        return
    import resource

    used = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
    limit = int(used + seconds) + CPU_SLACK_SECONDS
    resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def write_line(message: dict[str, Any]) -> None:
    """One answer, as one line of JSON; infinity is written as Python's reader takes it."""
    sys.stdout.buffer.write(
        json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace") + b"\n"
    )
    sys.stdout.buffer.flush()


def main() -> None:
    """Answer requests until stdin ends."""
    memory, parent = int(sys.argv[1]), int(sys.argv[2])
    restrict(memory, parent)
    databases = Databases(memory)
    write_line({"ready": os.getpid()})
    for line in sys.stdin.buffer:
        write_line(answer(databases, json.loads(line)))


if __name__ == "__main__":
    main()
