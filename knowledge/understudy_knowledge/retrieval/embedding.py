"""Hashed embeddings of questions and statements: no model file, the same in every process, a fraction of a millisecond.

Signed feature hashing (Weinberger et al., "Feature Hashing for Large Scale Multitask Learning", ICML 2009) of idf-weighted
terms. The question and the statement's structure have dimensions of their own and a fixed share of a case's length, so the
cosine to a query that has only one of the two can be scaled back exactly.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from functools import lru_cache
from math import sqrt
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from understudy_knowledge.retrieval.query import Terms

DIMENSIONS = 384
EMBEDDER_VERSION = 1
"""Raised whenever the same terms give other numbers; indexes made by another version are rebuilt."""

_QUESTION_DIMENSIONS = 272
_QUESTION_SHARE = 0.75
"""Share of a case's squared length that its question has; the structure has the rest."""
_WEIGHTS = {"w": 1.0, "p": 0.7, "s": 0.5, "q": 0.6, "t": 1.0}
_GRAM_WEIGHT = 1.0

Vector = NDArray[np.float32]


def embed(terms: Terms, idf: Callable[[str], float]) -> Vector:
    """A float32 vector of DIMENSIONS, of length 1, or zero when there is no term. `idf` gives a term's rarity."""
    vector = np.zeros(DIMENSIONS, dtype=np.float32)
    words = {term: _dampened(n) * _WEIGHTS[term[0]] * idf(term) for term, n in Counter(terms.words).items()}
    grams = {"g" + gram: _GRAM_WEIGHT for gram in terms.grams}
    structure = {
        term: _dampened(n) * _WEIGHTS[term[0]] * idf(term) for term, n in Counter(terms.structure).items()
    }
    parts = (
        (words | grams, 0, _QUESTION_DIMENSIONS, _QUESTION_SHARE),
        (structure, _QUESTION_DIMENSIONS, DIMENSIONS - _QUESTION_DIMENSIONS, 1 - _QUESTION_SHARE),
    )
    shares = 0.0
    for weighted, first, size, share in parts:
        values = _hashed(weighted.items(), size)
        length = sqrt(sum(value * value for value in values))
        if length:
            vector[first : first + size] = np.array(values, dtype=np.float32) * (sqrt(share) / length)
            shares += share
    return vector / np.float32(sqrt(shares)) if shares else vector


def attainable(query: Terms) -> float:
    """The cosine between a query and a case that agrees with all of it: less than 1 when the query has only one part."""
    share = (_QUESTION_SHARE if query.words else 0.0) + (1 - _QUESTION_SHARE if query.structure else 0.0)
    return sqrt(share) or 1.0


def _dampened(count: int) -> float:
    return sqrt(count)


def _hashed(weighted: Iterable[tuple[str, float]], size: int) -> list[float]:
    values = [0.0] * size
    for term, weight in weighted:
        code = _code(term)
        values[(code >> 1) % size] += weight if code & 1 else -weight
    return values


@lru_cache(maxsize=65536)
def _code(term: str) -> int:
    # Not hash(): Python's differs from process to process, and the index outlives this one.
    return crc32(term.encode("utf-8", "surrogatepass"))
