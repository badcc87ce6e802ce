"""Hashed embeddings of questions and statements: no model file, the same in every process, a fraction of a millisecond.

Signed feature hashing (Weinberger et al., "Feature Hashing for Large Scale Multitask Learning", ICML 2009) of idf-weighted
terms. The question and the statement's structure have dimensions of their own and a fixed share of a case's length, so the
cosine to a query that has only one of the two can be scaled back exactly.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from itertools import chain
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from understudy_knowledge.retrieval.query import Terms
from understudy_knowledge.retrieval.term_codes import Codes, buckets_of, code_of, codes_of, kinds_of

DIMENSIONS = 384
EMBEDDER_VERSION = 2
"""Raised whenever the same terms give other numbers; indexes made by another version are rebuilt."""

_QUESTION_DIMENSIONS = 272
_QUESTION_SHARE = 0.75
"""Share of a case's squared length that its question has; the structure has the rest."""
_WEIGHTS = np.array([1.0, 0.7, 0.5, 0.6, 1.0, 0.0])
"""Of words, their pairs, skeleton tokens, their pairs, tables, columns; parts of words have 1."""
_FIRST_STRUCTURE = 2
"""The first kind that belongs to the structure."""

Vector = NDArray[np.float32]
Places = NDArray[np.int16]
"""Dimensions counted from one, negative where the sign is; zero is nowhere."""


def embed(terms: Terms, idf: Callable[[Codes], NDArray[np.float64]]) -> Vector:
    """A float32 vector of DIMENSIONS, of length 1, or zero when there is no term. `idf` gives the rarity of each code."""
    codes, counts = np.unique(codes_of(terms.indexed), return_counts=True)
    return embedded(codes, counts, idf(codes), terms.grams)


def embedded(
    codes: Codes, counts: NDArray[np.integer], idf: NDArray[np.float64], grams: Iterable[str]
) -> Vector:
    """The same of terms that were counted already. Says what `vectors` says of one text, in a third of the time."""
    places = np.fromiter(chain(map(_place, codes.tolist()), gram_places(grams)), dtype=np.int64)
    weights = np.ones(len(places))
    weights[: len(codes)] = weights_of(codes, counts, idf)
    # Negative places count before the middle, mirrored; the middle is nowhere.
    sums = np.bincount(places + DIMENSIONS, weights, minlength=2 * DIMENSIONS + 1)
    vector = (sums[DIMENSIONS + 1 :] - sums[DIMENSIONS - 1 :: -1]).astype(np.float64, copy=False)
    shares = 0.0
    for part, share in (
        (vector[:_QUESTION_DIMENSIONS], _QUESTION_SHARE),
        (vector[_QUESTION_DIMENSIONS:], 1 - _QUESTION_SHARE),
    ):
        length = sqrt(part @ part)
        if length > 0:
            part *= sqrt(share) / length
            shares += share
    if shares > 0:
        vector /= sqrt(shares)
    return vector.astype(np.float32)


def vectors(rows: NDArray[np.int64], places: Places, weights: NDArray[np.float64], count: int) -> Vector:
    """`count` vectors, one a row: term i adds `weights[i]` at `places[i]` of row `rows[i]`."""
    flat = rows * DIMENSIONS + np.maximum(np.abs(places).astype(np.int64) - 1, 0)
    sums = np.bincount(flat, weights * np.sign(places), minlength=count * DIMENSIONS).astype(np.float64)
    matrix: NDArray[np.float64] = sums.reshape(count, DIMENSIONS)
    shares = np.zeros((count, 1))
    for part, share in (
        (matrix[:, :_QUESTION_DIMENSIONS], _QUESTION_SHARE),
        (matrix[:, _QUESTION_DIMENSIONS:], 1 - _QUESTION_SHARE),
    ):
        length = np.sqrt(np.einsum("ij,ij->i", part, part))[:, None]
        part *= np.divide(sqrt(share), length, out=np.zeros_like(length), where=length > 0)
        shares += np.where(length > 0, share, 0.0)
    matrix /= np.sqrt(np.where(shares > 0, shares, 1.0))
    return matrix.astype(np.float32)


def weights_of(codes: Codes, counts: NDArray[np.integer], idf: NDArray[np.float64]) -> NDArray[np.float64]:
    """What each term adds that stands `counts` times in a text."""
    weights: NDArray[np.float64] = np.sqrt(counts.astype(np.float64)) * _WEIGHTS[kinds_of(codes)] * idf
    return weights


def places_of(codes: Codes) -> Places:
    """Where each term adds."""
    question, q_sign = buckets_of(codes, _QUESTION_DIMENSIONS)
    structure, s_sign = buckets_of(codes, DIMENSIONS - _QUESTION_DIMENSIONS)
    kinds = kinds_of(codes)
    places = np.where(
        kinds < _FIRST_STRUCTURE, (question + 1) * q_sign, (structure + _QUESTION_DIMENSIONS + 1) * s_sign
    )
    return np.where(_WEIGHTS[kinds] > 0, places, 0).astype(np.int16)


def gram_places(grams: Iterable[str]) -> Iterator[int]:
    """Where each different part of a word adds."""
    return map(_gram_place, dict.fromkeys(grams))


def attainable(query: Terms) -> float:
    """The cosine between a query and a case that agrees with all of it: less than 1 when the query has only one part."""
    share = (_QUESTION_SHARE if query.words else 0.0) + (1 - _QUESTION_SHARE if query.structure else 0.0)
    return sqrt(share) or 1.0


@lru_cache(maxsize=65536)
def _place(code: int) -> int:
    """What `places_of` gives for one code; most words of a question come again."""
    kind, hashed = code & 7, code >> 3
    if not _WEIGHTS[kind]:
        return 0
    sign = 1 if hashed & 1 else -1
    if kind < _FIRST_STRUCTURE:
        return sign * ((hashed >> 1) % _QUESTION_DIMENSIONS + 1)
    return sign * ((hashed >> 1) % (DIMENSIONS - _QUESTION_DIMENSIONS) + _QUESTION_DIMENSIONS + 1)


@lru_cache(maxsize=65536)
def _gram_place(gram: str) -> int:
    hashed = code_of("g" + gram) >> 3
    place = (hashed >> 1) % _QUESTION_DIMENSIONS + 1
    return place if hashed & 1 else -place
