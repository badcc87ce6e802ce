"""DuckDB inside the walls: a read-only copy, everything external off and locked, one SELECT statement.

Some queries heed neither its interrupt nor its memory limit: the process's walls are what holds.
"""

# DuckDB imports these when it first hands out such a value, when the walls stand and nothing can be read any more.
import datetime  # noqa: F401
import decimal  # noqa: F401
import uuid  # noqa: F401

import duckdb

from understudy_knowledge.execution.confined.refused import RefusedError
from understudy_knowledge.execution.confined.table import Table, collect
from understudy_knowledge.execution.confined.walls import Walls

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from understudy_knowledge.execution.confined.job import Opened

    Setting = str | bool | int | float | list[str]

_FETCH = 256
_MEBIBYTE = 1 << 20
_SETTINGS: "dict[str, Setting]" = {
    "enable_external_access": False,
    "autoload_known_extensions": False,
    "autoinstall_known_extensions": False,
    "allow_community_extensions": False,
    "python_enable_replacements": False,
    "max_temp_directory_size": "0KB",
    "threads": 1,
}
_PHRASES = (
    ("Parser Error", "syntax"),
    ("Catalog Error", "unknown-name"),
    ("does not exist", "unknown-name"),
    ("not found", "unknown-name"),
    ("Conversion Error", "type-error"),
    ("Binder Error", "type-error"),
    ("Invalid Input Error", "type-error"),
    ("Out of Range Error", "type-error"),
    ("Mismatch Type Error", "type-error"),
    ("Out of Memory", "memory"),
    ("could not allocate", "memory"),
    ("Permission Error", "refused"),
    ("read-only", "refused"),
    ("INTERRUPT", "timeout"),
)


def opened(request: "dict[str, Any]") -> "Opened":
    """The database in `request["path"]`, and walls within which no file can be opened at all."""
    # DuckDB maps large blocks in advance and returns memory late: its own limit is the tighter one.
    limit = f"{max(64, request['memory'] // _MEBIBYTE)}MB"
    try:
        connection = connect(request["path"], {"memory_limit": limit, **_SETTINGS})
        connection.execute("SET lock_configuration = true")
    except duckdb.Error as error:
        raise RefusedError("unavailable", str(error)) from error
    walls = Walls(memory=request["memory"] * 5 // 4, seconds=request["seconds"])
    return walls, lambda: run(connection, request)


def connect(path: str, settings: "dict[str, Setting]") -> "duckdb.DuckDBPyConnection":
    """The open file, without a thread of DuckDB's own: walls rise around the thread that raises them alone. Raises duckdb.Error."""
    try:
        return duckdb.connect(path, read_only=True, config={"async_threads": 0, **settings})
    except duckdb.InvalidInputException as error:
        if "not recognized" not in str(error):
            raise
    return duckdb.connect(path, read_only=True, config=settings)  # before version 2 there are no such threads


def run(connection: "duckdb.DuckDBPyConnection", request: "dict[str, Any]") -> Table:
    """The rows of `request["code"]`; raises RefusedError with the outcome's kind."""
    try:
        statements = connection.extract_statements(request["code"])
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            raise RefusedError("refused", "only a single SELECT may run")
        cursor = connection.execute(statements[0])
        columns = [column[0] for column in cursor.description or ()]
        return collect(columns, _rows(cursor), request)
    except duckdb.Error as error:
        message = str(error)
        raise RefusedError(
            next((kind for phrase, kind in _PHRASES if phrase in message), "error"), message.split("\n\n")[0]
        ) from error


def _rows(cursor: "duckdb.DuckDBPyConnection") -> "Iterator[Sequence[Any]]":
    while rows := cursor.fetchmany(_FETCH):
        yield from rows
