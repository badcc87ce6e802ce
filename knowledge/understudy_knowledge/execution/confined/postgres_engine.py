"""Postgres, talked to from inside the walls: the connection is open before they rise, and is all that the job can use.

The server is asked to hold too: a read-only transaction, a statement timeout, and the extended protocol, which takes exactly
one statement (through the simple one, `COMMIT; DROP TABLE t` leaves a read-only transaction). A role that may only SELECT is
what protects the server from the functions it offers; `superuser` roles are refused.
"""

import time

import psycopg
from psycopg import sql

from understudy_knowledge.execution.confined.refused import RefusedError
from understudy_knowledge.execution.confined.table import Table, collect
from understudy_knowledge.execution.confined.walls import Walls

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from understudy_knowledge.execution.confined.job import Opened

_FETCH = 256
_CONNECT_SECONDS = 5
_KINDS = (
    ("42601", "syntax"),
    ("42P01", "unknown-name"),
    ("42703", "unknown-name"),
    ("42883", "unknown-name"),
    ("3F000", "unknown-name"),
    ("57014", "timeout"),
    ("42501", "refused"),
    ("25006", "refused"),
    ("53200", "memory"),
    ("54", "refused"),
    ("42", "type-error"),
    ("22", "type-error"),
    ("53", "unavailable"),
    ("57", "unavailable"),
    ("08", "unavailable"),
)


def opened(request: "dict[str, Any]") -> "Opened":
    """A connection to `request["path"]`, a libpq address, with its `password` if it has one, in a read-only transaction."""
    try:
        connection = psycopg.connect(
            request["path"],
            password=request.pop("password", "") or None,
            connect_timeout=_CONNECT_SECONDS,
            autocommit=True,
            prepare_threshold=None,
        )
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        settings = {
            "statement_timeout": str(int(request["seconds"] * 1000)),
            "lock_timeout": "1000",
            "idle_in_transaction_session_timeout": str(int(request["seconds"] * 1000) + 2000),
            "default_transaction_read_only": "on",
        }
        superuser = connection.execute(
            "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
        if superuser and superuser[0]:
            raise RefusedError(
                "unavailable",
                "the role is a superuser, which nothing on the server can hold back; "
                "name a role that may only SELECT",
            )
        for name, value in settings.items():
            connection.execute("SELECT set_config(%s, %s, false)", (name, value))
        connection.execute("BEGIN TRANSACTION READ ONLY")
    except psycopg.Error as error:
        raise RefusedError("unavailable", str(error).strip()) from error
    walls = Walls(memory=request["memory"], seconds=request["seconds"], socket=connection.fileno())
    return walls, lambda: run(connection, request)


def run(connection: "psycopg.Connection[tuple[Any, ...]]", request: "dict[str, Any]") -> Table:
    """The rows of `request["code"]`; raises RefusedError with the outcome's kind."""
    started = time.monotonic()
    try:
        with connection.cursor(binary=True) as cursor:
            # The text is the caller's, as written: a cursor's declaration takes no parameters and only a query.
            cursor.execute(sql.SQL("DECLARE answer NO SCROLL CURSOR FOR ") + sql.SQL(request["code"]))
            cursor.execute("FETCH FORWARD 0 FROM answer")
            columns = [column.name for column in cursor.description or ()]
            return collect(columns, _rows(cursor), request)
    except psycopg.Error as error:
        state = error.sqlstate or ""
        if state == "42883" and "operator" in str(error):
            state = "42804"  # the types are wrong, not the name
        kind = next((kind for prefix, kind in _KINDS if state.startswith(prefix)), "error")
        if kind == "error" and time.monotonic() - started >= request["seconds"]:
            kind = "timeout"
        raise RefusedError(kind, str(error).strip().partition("\n")[0]) from error


def _rows(cursor: "psycopg.Cursor[tuple[Any, ...]]") -> "Iterator[Sequence[Any]]":
    while True:
        cursor.execute(sql.SQL("FETCH FORWARD {} FROM answer").format(sql.Literal(_FETCH)))
        rows = cursor.fetchall()
        yield from rows
        if len(rows) < _FETCH:
            return
