"""The database of a project, whichever engine it has: what it is, without opening it; and how to read it."""

from contextlib import suppress
from pathlib import Path
from typing import Literal

from attrs import frozen

from understudy_knowledge.catalog.model import Catalog
from understudy_knowledge.catalog.postgres_url import shown
from understudy_knowledge.catalog.readings import stamp
from understudy_knowledge.catalog.sqlite import read_sqlite
from understudy_knowledge.catalog.sqlite_file import schema_version

Engine = Literal["sqlite", "duckdb", "postgres"]

_DUCKDB_SUFFIXES = (".duckdb", ".ddb")
_JOURNALS = ("-wal", ".wal")
"""What the engines append to a file's name for changes that are not in the file yet: SQLite and DuckDB."""


@frozen
class Database:
    """A file or a server. The name of an engine is also that of its dialect."""

    engine: Engine
    path: Path | None = None
    """Absolute; None for a server."""
    url: str = ""
    """`postgresql://…` without a password; empty for a file."""
    password_env: str = ""
    samples: bool = True
    """Whether values may be read, or only names and types."""
    schemas: tuple[str, ...] = ()
    """The namespaces to read; empty means all."""

    @property
    def name(self) -> str:
        """As notes and people call it."""
        return str(self.path) if self.path else shown(self.url)

    @property
    def source(self) -> str:
        """As its tables name it."""
        return self.path.name if self.path else shown(self.url)


def engine_of(path: Path) -> Engine:
    """The engine that wrote the file, by its first bytes; where it cannot be read or is empty, by its name. Never raises."""
    head = b""
    with suppress(OSError, ValueError):
        if path.is_file():  # a named pipe would block the open for ever
            with path.open("rb") as file:
                head = file.read(16)
    if head[8:12] == b"DUCK":
        return "duckdb"
    if head.startswith(b"SQLite format 3"):
        return "sqlite"
    return "duckdb" if path.suffix.lower() in _DUCKDB_SUFFIXES else "sqlite"


def read_database(database: Database, *, seconds: float) -> Catalog:
    """What the database says of itself. Raises DataSourceError with one sentence, within about `seconds`."""
    if database.path is None:
        from understudy_knowledge.catalog.postgres import read_postgres

        return read_postgres(
            database.url,
            password_env=database.password_env,
            samples=database.samples,
            schemas=database.schemas,
            seconds=seconds,
        )
    if database.engine == "duckdb":
        from understudy_knowledge.catalog.duckdb import read_duckdb

        return read_duckdb(database.path, samples=database.samples, schemas=database.schemas, seconds=seconds)
    return read_sqlite(database.path, samples=database.samples, seconds=seconds)


def touched(database: Database) -> tuple[object, ...]:
    """Changes whenever the file or its journal does; only asks the file system. Empty for a server, which has no such sign."""
    if database.path is None:
        return ()
    return (
        stamp(database.path),
        *(stamp(database.path.with_name(database.path.name + end)) for end in _JOURNALS),
    )


def mark_of(database: Database, *, seconds: float) -> str:
    """Changes when a table or column does, which is less often than the data. Raises DataSourceError within about `seconds`.

    Asking a server costs a connection and one statement; asking a DuckDB file costs nothing, because it is not opened: that
    would keep others from writing to it.
    """
    if database.path is None:
        from understudy_knowledge.catalog.postgres import mark_of_postgres

        return mark_of_postgres(database.url, password_env=database.password_env, seconds=seconds)
    if database.engine == "duckdb":
        return repr(touched(database))
    return str(schema_version(database.path))
