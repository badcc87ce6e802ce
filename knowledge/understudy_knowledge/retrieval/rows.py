"""What the index keeps of each case besides its terms: a hundred thousand cases take a few megabytes."""

import json
from collections.abc import Collection, Iterable
from hashlib import blake2b

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from understudy_knowledge.memory.store import Entry

_Ids = NDArray[np.bytes_]


@frozen(eq=False)
class Rows:
    """Row i is the i-th entry. `fingerprint` is a hash of all that the entries say: the generation alone cannot tell one
    store from another."""

    fingerprint: str
    _cases: _Ids
    _examples: _Ids
    _table_sets: NDArray[np.int32]
    _sets: tuple[tuple[str, ...], ...]

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> "Rows":
        """The rows of these entries, in their order."""
        digest = blake2b(digest_size=12)
        cases, examples, table_sets = [], [], []
        sets: dict[tuple[str, ...], int] = {}
        for entry in entries:
            texts = (entry.case_id, entry.example_id, entry.masked_question, entry.skeleton, entry.tables)
            digest.update(json.dumps(texts).encode())
            cases.append(_bytes(entry.case_id))
            examples.append(_bytes(entry.example_id))
            table_sets.append(sets.setdefault(entry.tables, len(sets)))
        return cls(
            digest.hexdigest(),
            np.array(cases, dtype=np.bytes_),
            np.array(examples, dtype=np.bytes_),
            np.array(table_sets, dtype=np.int32),
            tuple(sets),
        )

    def __len__(self) -> int:
        return len(self._cases)

    def case_id(self, row: int) -> str:
        """The id of the row's case."""
        return bytes(self._cases[row]).decode("utf-8", "surrogatepass")

    def tables(self, row: int) -> tuple[str, ...]:
        """The tables that the row's case touches."""
        return self._sets[self._table_sets[row]]

    def of_examples(self, examples: Collection[str]) -> set[int]:
        """The rows of these examples' cases."""
        if not examples:
            return set()
        sought = np.array([_bytes(example) for example in examples])
        return set(np.flatnonzero(np.isin(self._examples, sought)).tolist())


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
