"""A connection to PostgreSQL that only reads, waits for nothing, and ends when its time is over."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Timer
from typing import TYPE_CHECKING, Any

from attrs import define, field

from understudy_knowledge.catalog.postgres_url import shown
from understudy_knowledge.errors import DataSourceError

if TYPE_CHECKING:
    from psycopg import Connection

LOCK_SECONDS = 1.0
"""How long a statement of ours waits for a lock; only DDL holds those that stand in our way."""


@contextmanager
def connected(url: str, *, password_env: str = "", seconds: float = 10.0) -> "Iterator[Connection[Any]]":
    """A connection in one READ ONLY transaction that sees one state of the database, closed after `seconds` at the latest.

    The password is that of the environment variable `password_env`; without it libpq looks where it always does: PGPASSWORD,
    the password file, the service file. Raises DataSourceError when the package `psycopg` is missing, and for
    everything that goes wrong in the block; no sentence holds a password.
    """
    try:
        import psycopg
    except ImportError as error:
        raise DataSourceError(
            f"{shown(url)} is a PostgreSQL database, which needs one more package: pip install understudy[postgres]."
        ) from error
    given: dict[str, Any] = {}
    if password_env:
        if password_env not in os.environ:
            raise DataSourceError(
                f"{shown(url)}: the environment variable {password_env} is not set; set it to the password, or "
                "correct data.password_env."
            )
        given["password"] = os.environ[password_env]
    watch = _Watch()
    timer = Timer(seconds, watch.end)
    timer.daemon = True
    timer.start()
    try:
        # libpq rounds to whole seconds and takes one as two.
        with psycopg.connect(
            url,
            connect_timeout=max(2, int(seconds)),
            application_name="understudy",
            client_encoding="utf8",
            **given,
        ) as connection:
            watch.descriptor = connection.fileno()
            connection.read_only = True
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            for name, limit in (("statement_timeout", seconds), ("lock_timeout", LOCK_SECONDS)):
                connection.execute("SELECT set_config(%s, %s, false)", (name, f"{int(limit * 1000)}ms"))
            yield connection
            # Before the connection closes: its number may be another file's by then.
            watch.descriptor = None
    except psycopg.Error as error:
        raise DataSourceError(_explain(url, error, watch.ended.is_set(), seconds)) from None
    finally:
        watch.descriptor = None
        timer.cancel()


@define(slots=False, eq=False)
class _Watch:
    """Ends a connection from outside: a server that fell silent leaves libpq waiting for ever."""

    descriptor: int | None = None
    ended: Event = field(factory=Event)

    def end(self) -> None:
        """Shut the socket, so that whoever waits on it is told."""
        self.ended.set()
        if (descriptor := self.descriptor) is not None:
            with suppress(OSError):
                line = socket.socket(fileno=descriptor)
                try:
                    line.shutdown(socket.SHUT_RDWR)
                finally:
                    line.detach()  # libpq closes it


def _explain(url: str, error: Exception, late: bool, seconds: float) -> str:
    """The sentence for an error of psycopg. Its text names user and host, never the password."""
    from psycopg import errors

    where = shown(url)
    if late or isinstance(error, errors.ConnectionTimeout | errors.QueryCanceled):
        return (
            f"{where} did not answer within {seconds:g} s; check that it can be reached, raise data.seconds, or name the "
            "schemas to read in data.schemas."
        )
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    reason = (lines[0] if lines else type(error).__name__).rstrip(".")
    if "password" in reason.lower() or "authentication" in reason.lower():
        return (
            f"{where} refuses the login ({reason}); name the environment variable that holds the password in data.password_env, "
            "or use libpq's password file."
        )
    return f"{where} cannot be read ({reason}); check data.url and that the server is up."
