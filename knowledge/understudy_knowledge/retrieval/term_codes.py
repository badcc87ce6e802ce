"""Terms as numbers of 64 bits that are the same in every process; what a term is, is in the number. Knows no index.

Sixty-one bits of a hash and three of the kind: a million different terms meet with a chance of one in four million.
"""

from collections.abc import Iterable
from functools import lru_cache
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.uint64]

KINDS = "wpsqtc"
_KIND_BITS = 3
_KIND_MASK = np.uint64(7)


def codes_of(terms: Iterable[str]) -> Codes:
    """One code for each term, in order."""
    return np.fromiter(map(code_of, terms), dtype=np.uint64)


@lru_cache(maxsize=65536)
def code_of(term: str) -> int:
    """The code of a term that begins with the letter of its kind, or of a gram, which has the first kind's bits."""
    # Not hash(): Python's differs from process to process, and the index outlives this one.
    digest = blake2b(term.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    kind = max(KINDS.find(term[:1]), 0)
    return (int.from_bytes(digest, "little") & ~7) | kind


def kinds_of(codes: Codes) -> NDArray[np.intp]:
    """Positions in KINDS."""
    kinds: NDArray[np.intp] = (codes & _KIND_MASK).astype(np.intp)
    return kinds


def buckets_of(codes: Codes, size: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """For each code a number below `size` and a sign, for signed feature hashing."""
    hashed = codes >> np.uint64(_KIND_BITS)
    signs = np.where(hashed & np.uint64(1), np.float32(1), np.float32(-1))
    return ((hashed >> np.uint64(1)) % np.uint64(size)).astype(np.int64), signs
