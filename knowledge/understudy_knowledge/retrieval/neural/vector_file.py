"""Vectors that a model gave for questions, in one SQLite file: what was paid for or waited for once is not asked again.

Derived: a file that cannot be read is made anew. Vectors of another model are dropped when the model is named.
"""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path

import numpy as np
from attrs import define, field
from numpy.typing import NDArray

from understudy_knowledge.retrieval.embedding import Vector

_TABLES = """
CREATE TABLE IF NOT EXISTS model (name TEXT NOT NULL, probe BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS vectors (text BLOB PRIMARY KEY, vector BLOB NOT NULL) WITHOUT ROWID;
"""
_SAME = 0.99
"""Cosine of what one model says twice of the same text; a server's batches change the last digits."""
_AT_ONCE = 500


@define
class VectorFile:
    """`path` None keeps it in memory. Belongs to one thread at a time."""

    path: Path | None
    _connection: sqlite3.Connection = field(init=False)

    def __attrs_post_init__(self) -> None:
        try:
            self._connection = self._opened()
        except sqlite3.DatabaseError:
            if self.path is not None:
                for name in (self.path.name, f"{self.path.name}-wal", f"{self.path.name}-shm"):
                    with suppress(OSError):
                        self.path.with_name(name).unlink(missing_ok=True)
            self._connection = self._opened()

    def of_model(self, name: str, probe: Vector) -> bool:
        """Whether the vectors kept are of this model, told by its name and by what it says of a fixed text; if not, they go."""
        row = self._connection.execute("SELECT name, probe FROM model").fetchone()
        if row is not None and row[0] == name and _alike(row[1], probe):
            return True
        with self._connection:
            self._connection.execute("DELETE FROM vectors")
            self._connection.execute("DELETE FROM model")
            self._connection.execute("INSERT INTO model VALUES (?, ?)", (name, _packed(probe)))
        return False

    def known(self, texts: Sequence[str]) -> Mapping[str, NDArray[np.float16]]:
        """The vectors of those texts that have one."""
        found: dict[str, NDArray[np.float16]] = {}
        for begin in range(0, len(texts), _AT_ONCE):
            some = {_key(text): text for text in texts[begin : begin + _AT_ONCE]}
            marks = ",".join("?" * len(some))
            rows = self._connection.execute(
                f"SELECT text, vector FROM vectors WHERE text IN ({marks})",  # noqa: S608 - question marks alone
                tuple(some),
            )
            found |= {some[key]: np.frombuffer(vector, dtype=np.float16) for key, vector in rows}
        return found

    def put(self, vectors: Iterable[tuple[str, Vector]]) -> None:
        """Keep these, all or none."""
        with self._connection:
            self._connection.executemany(
                "INSERT OR REPLACE INTO vectors VALUES (?, ?)",
                [(_key(text), _packed(vector)) for text, vector in vectors],
            )

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _opened(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path or ":memory:", timeout=2.0, check_same_thread=False)
        try:
            if self.path is not None:
                connection.execute("PRAGMA journal_mode=WAL")
            connection.executescript(_TABLES)
        except BaseException:
            connection.close()
            raise
        return connection


def _key(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=12).digest()


def _packed(vector: Vector) -> bytes:
    return vector.astype(np.float16).tobytes()


def _alike(kept: bytes, probe: Vector) -> bool:
    former = np.frombuffer(kept, dtype=np.float16).astype(np.float32)
    return len(former) == len(probe) and float(former @ probe) >= _SAME
