"""What the index keeps of each case besides its terms and its vector: a hundred thousand cases take a few megabytes."""

from array import array
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from hashlib import blake2b
from itertools import islice

import numpy as np
from attrs import define, field, frozen
from numpy.typing import NDArray

from understudy_knowledge.memory.store import Entry
from understudy_knowledge.retrieval.spool import Spool

STRETCH = 1_000
"""Rows whose texts have one digest together."""
_SEPARATOR = "\x1f"
_Ids = NDArray[np.bytes_]


@frozen(eq=False)
class Rows:
    """Row i is the i-th entry; `cases` ascend. Any array may be mapped from a file."""

    cases: _Ids
    examples: _Ids
    table_sets: NDArray[np.int32]
    stamps: NDArray[np.uint64]
    """A hash of each row's text."""
    shapes: NDArray[np.uint32]
    """A hash of each row's skeleton: rows that have the same are of one shape."""
    lifts: NDArray[np.float32]
    """As they were when the row was read; a lift that is measured anew changes no text."""
    set_names: NDArray[np.uint8]
    """The sets of tables, one after another: each name in UTF-8, and a separator."""
    set_ends: NDArray[np.int64]
    digests: tuple[str, ...]
    """A hash of the texts of each stretch of rows, as `digest` gives it."""

    def __len__(self) -> int:
        return len(self.cases)

    @property
    def fingerprint(self) -> str:
        """A hash of all that the entries say: the generation alone cannot tell one store from another."""
        return blake2b("".join(self.digests).encode(), digest_size=12).hexdigest()

    def case_id(self, row: int) -> str:
        """The id of the row's case."""
        return bytes(self.cases[row]).decode("utf-8", "surrogatepass")

    def ids(self, rows: NDArray[np.int64]) -> list[str]:
        """The ids of the rows' cases."""
        return [each.decode("utf-8", "surrogatepass") for each in self.cases[rows].tolist()]

    def table_names(self, rows: NDArray[np.int64]) -> list[tuple[str, ...]]:
        """The tables that each row's case touches."""
        numbers = self.table_sets[rows]
        begins = np.where(numbers > 0, self.set_ends[numbers - 1], 0).tolist()
        spans = zip(begins, self.set_ends[numbers].tolist(), strict=True)
        return [_names(self.set_names[begin:end].tobytes()) for begin, end in spans]

    def of_examples(self, examples: Collection[str]) -> set[int]:
        """The rows of these examples' cases."""
        if not examples or not len(self):
            return set()
        sought = np.array([_bytes(example) for example in examples])
        return set(np.flatnonzero(np.isin(self.examples, sought)).tolist())

    def stretches(self) -> Iterator["Stretch"]:
        """The rows by the ids between which they stand. What no row stands for yet falls into one of them, too."""
        for first in range(0, max(len(self), 1), STRETCH):
            end = min(first + STRETCH, len(self))
            above = self.case_id(first - 1) if first else ""
            yield Stretch(range(first, end), above, self.case_id(end - 1) if end < len(self) else None)


@frozen
class Stretch:
    """Rows whose ids are greater than `above` and at most `upto`; the last stretch has no end."""

    rows: range
    above: str
    upto: str | None


@define
class RowsWriter:
    """Rows out of entries that come in order of their case ids; ids are packed as they come."""

    _cases: list[_Ids] = field(factory=list)
    _examples: list[_Ids] = field(factory=list)
    _table_sets: "array[int]" = field(factory=lambda: array("i"))
    _stamps: "array[int]" = field(factory=lambda: array("Q"))
    _shapes: "array[int]" = field(factory=lambda: array("I"))
    _lifts: "array[float]" = field(factory=lambda: array("f"))
    _sets: dict[int, int] = field(factory=dict)
    """Numbers of the sets, by hashes: names may be many, and long."""
    _set_names: Spool[np.uint8] = field(factory=lambda: Spool(np.uint8))
    _set_ends: "array[int]" = field(factory=lambda: array("q"))
    _digests: list[str] = field(factory=list)

    def read(self, entries: Iterable[Entry]) -> Iterator[list[Entry]]:
        """The entries in batches; each is noted before it is given."""
        source = iter(entries)
        while batch := list(islice(source, STRETCH)):
            texts = [entry.text for entry in batch]
            self._cases.append(np.array([_bytes(entry.case_id) for entry in batch]))
            self._examples.append(np.array([_bytes(entry.example_id) for entry in batch]))
            self._table_sets.extend([self._set_number(entry.tables) for entry in batch])
            self._stamps.extend(map(stamp, texts))
            self._shapes.extend([_shape(entry.skeleton) for entry in batch])
            self._lifts.extend([entry.lift for entry in batch])
            self._digests.append(digest(b"".join(texts)))
            yield batch

    def rows(self) -> Rows:
        """All that was read."""
        return Rows(
            np.concatenate(self._cases) if self._cases else np.zeros(0, "S1"),
            np.concatenate(self._examples) if self._examples else np.zeros(0, "S1"),
            np.array(self._table_sets, dtype=np.int32),
            np.array(self._stamps, dtype=np.uint64),
            np.array(self._shapes, dtype=np.uint32),
            np.array(self._lifts, dtype=np.float32),
            self._set_names.array(),
            np.array(self._set_ends, dtype=np.int64),
            tuple(self._digests),
        )

    def _set_number(self, tables: tuple[str, ...]) -> int:
        names = _bytes("".join([name + _SEPARATOR for name in tables]))
        number = self._sets.setdefault(stamp(names), len(self._sets))
        if number == len(self._set_ends):
            self._set_names.append(np.frombuffer(names, dtype=np.uint8))
            self._set_ends.append((self._set_ends[-1] if number else 0) + len(names))
        return number


def digest(texts: bytes) -> str:
    """A hash of a stretch's texts."""
    return blake2b(texts, digest_size=12).hexdigest()


def stamp(text: bytes) -> int:
    """A hash of one row's text."""
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "little")


@lru_cache(maxsize=4096)
def _shape(skeleton: str) -> int:
    return int.from_bytes(blake2b(_bytes(skeleton), digest_size=4).digest(), "little")


@lru_cache(maxsize=4096)
def _names(stored: bytes) -> tuple[str, ...]:
    return tuple(stored.decode("utf-8", "surrogatepass").split(_SEPARATOR)[:-1])


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
