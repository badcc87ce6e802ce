"""The store's file as all its parts use it: opened once, read strictly, every damage one sentence. Knows no tables but `state`."""

import json
from datetime import datetime, timezone
from pathlib import Path
from sqlite3 import Connection, DatabaseError
from types import TracebackType
from typing import Any, TypeVar

from cattrs.errors import BaseValidationError
from cattrs.preconf.json import make_converter

from understudy_knowledge.errors import KnowledgeStoreError
from understudy_knowledge.memory.database import Database, damaged, open_database

CONVERTER = make_converter()
_Record = TypeVar("_Record")
_Store = TypeVar("_Store", bound="StoreFile")


class StoreFile:
    """One open store. Raises KnowledgeStoreError throughout."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @classmethod
    def open(cls: type[_Store], path: Path, *, read_only: bool = False) -> _Store:
        """The store in that file; the file and its folder are made unless `read_only`, and an older schema is migrated."""
        return cls(open_database(path, read_only=read_only))

    @property
    def path(self) -> Path:
        """The file."""
        return self._database.path

    @property
    def generation(self) -> int:
        """Grows with each committed change of what enters prompts, whichever process made it."""
        with self._database.reading() as connection:
            return _generation(connection)

    def check(self, seconds: float) -> None:
        """Look the whole file over for damage, for that long at most. Raises KnowledgeStoreError where there is some."""
        self._database.check(seconds)
        self.generation  # noqa: B018 - a file whose pages are sound may lack what we wrote

    def close(self) -> None:
        """Close the file; the store is not used afterwards."""
        self._database.close()

    def __enter__(self: _Store) -> _Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _load(self, body: str, record: type[_Record], name: str = "") -> _Record:
        try:
            return CONVERTER.loads(body, record)
        except (BaseValidationError, ValueError, TypeError, KeyError, RecursionError) as error:
            what = f"a {name or record.__name__} cannot be read"
            raise KnowledgeStoreError(damaged(self.path, what)) from error

    def _json(self, text: str) -> Any:
        try:
            return json.loads(text)
        except (ValueError, TypeError, RecursionError) as error:
            raise KnowledgeStoreError(damaged(self.path, "an answer or run cannot be read")) from error

    def _texts(self, *values: object) -> tuple[str, ...]:
        # A zeroed page gives NULL even where the schema forbids it.
        texts = tuple(value for value in values if isinstance(value, str))
        if len(texts) < len(values):
            raise KnowledgeStoreError(damaged(self.path, "a row lacks its text"))
        return texts


def advance(connection: Connection) -> int:
    """Count one more change of what enters prompts; returns the new generation."""
    connection.execute("UPDATE state SET generation = generation + 1")
    return _generation(connection)


def now() -> str:
    """UTC, ISO 8601, to the microsecond."""
    return datetime.now(timezone.utc).isoformat(timespec="microseconds")


def _generation(connection: Connection) -> int:
    row = connection.execute("SELECT generation FROM state").fetchone()
    if row is None or not isinstance(row[0], int):
        raise DatabaseError("the generation is corrupt")
    return row[0]
