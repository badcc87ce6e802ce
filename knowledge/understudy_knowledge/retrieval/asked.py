"""A query as the legs take it: codes, weights and a vector, worked out once for every part of an index."""

from collections import Counter

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from understudy_knowledge.retrieval.embedding import Vector, attainable, embedded
from understudy_knowledge.retrieval.lexicon import Lexicon
from understudy_knowledge.retrieval.query import RetrievalQuery, terms_of
from understudy_knowledge.retrieval.term_codes import KINDS, Codes, code_of, kinds_of

LEXICAL_WEIGHTS = np.array([1.0, 0.5, 0.2, 0.25, 0.8, 0.0])
"""What a term counts for in the lexical leg, by its kind."""
_SYMBOLS = np.array([kind in "tc" for kind in KINDS])


@frozen(eq=False)
class Asked:
    """The different terms of a query by ascending codes. `usual` is the lexical score of a case of average length that holds all."""

    codes: Codes
    idf: NDArray[np.float64]
    weights: NDArray[np.float64]
    """Of the lexical leg."""
    symbols: NDArray[np.bool_]
    """Which of them name a table or column."""
    numbers: NDArray[np.int64]
    """Their positions in the lexicon that they were weighed by."""
    usual: float
    vector: Vector
    reach: float
    """The cosine of a case that agrees with all of the query."""
    neural: Vector | None = None
    """The question's vector by the embedding model, of length 1, where there is one and it answered in time."""


def ask(query: RetrievalQuery, lexicon: Lexicon, neural: Vector | None = None) -> Asked | None:
    """The query by this corpus's statistics; None where it says nothing to compare by."""
    terms = terms_of(query)
    if not terms.indexed:
        return None
    counted = sorted(Counter(map(code_of, terms.indexed + terms.columns)).items())
    codes = np.array([code for code, _ in counted], dtype=np.uint64)
    counts = np.array([count for _, count in counted])
    numbers = lexicon.numbers(codes)
    idf = lexicon.idf_of(numbers)
    kinds = kinds_of(codes)
    weights = LEXICAL_WEIGHTS[kinds]
    return Asked(
        codes,
        idf,
        weights,
        _SYMBOLS[kinds],
        numbers,
        float(weights @ idf),
        embedded(codes, counts, idf, terms.grams),
        attainable(terms),
        neural,
    )
