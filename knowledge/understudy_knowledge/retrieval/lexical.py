"""The lexical leg: BM25 over terms, an inverted index in memory. Knows nothing of vectors.

Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009). The score of a document is divided by
what one of average length gets that holds each term once, so that 1 means "all of it" and scores of different queries compare.
"""

from collections import Counter
from collections.abc import Sequence
from math import log

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from understudy_knowledge.retrieval.query import Terms

_K1 = 1.2
_B = 0.6
_MOST_POSTINGS = 8_000
"""What one query reads to find candidates, rarest terms first: what keeps 100,000 cases within a keystroke."""
_WEIGHTS = {"w": 1.0, "p": 0.5, "s": 0.2, "q": 0.25, "t": 0.8}


@frozen(eq=False)
class LexicalIndex:
    """`rows[offsets[i]:offsets[i + 1]]` are the documents that hold term i, ascending, `impacts` what each gets for it."""

    vocabulary: dict[str, int]
    offsets: NDArray[np.int64]
    rows: NDArray[np.int32]
    impacts: NDArray[np.float32]
    documents: int

    def idf(self, term: str) -> float:
        """The term's rarity, highest for one that no document holds."""
        number = self.vocabulary.get(term)
        holding = 0 if number is None else int(self.offsets[number + 1] - self.offsets[number])
        return _idf(holding, self.documents)

    def scores(self, terms: Terms, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """One score in [0, 1] for each of these documents."""
        scores = np.zeros(len(rows), dtype=np.float32)
        usual = 0.0
        sought = rows.astype(np.int32)  # as the postings, which NumPy would otherwise copy to the wider type
        # In order of first use, not of a set: sums of floats differ with the order, and sets with the process.
        for term in dict.fromkeys(terms.indexed):
            weight = _WEIGHTS[term[0]]
            usual += weight * self.idf(term)
            holding, impacts = self._posting(term)
            if len(holding):
                at = np.minimum(np.searchsorted(holding, sought), len(holding) - 1)
                scores += np.where(holding[at] == sought, np.float32(weight) * impacts[at], np.float32(0))
        return np.minimum(scores / np.float32(usual), np.float32(1)) if usual else scores

    def propose(self, terms: Terms, k: int) -> NDArray[np.int64]:
        """The k documents that do best by the query's rarest terms, in no order, or all that hold one; words that all hold decide nothing."""
        found: list[NDArray[np.int32]] = []
        gains: list[NDArray[np.float32]] = []
        left = _MOST_POSTINGS
        for term in sorted(dict.fromkeys(terms.indexed), key=self.idf, reverse=True):
            holding, impacts = self._posting(term)
            found.append(holding[:left])
            gains.append(np.float32(_WEIGHTS[term[0]]) * impacts[:left])
            left -= len(found[-1])
            if left <= 0:
                break
        if not found:
            return np.zeros(0, dtype=np.int64)
        rows, places = np.unique(np.concatenate(found), return_inverse=True)
        totals = np.bincount(places, np.concatenate(gains))
        best = np.argpartition(-totals, k - 1)[:k] if k < len(totals) else np.arange(len(totals))
        return rows[best].astype(np.int64)

    def _posting(self, term: str) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        number = self.vocabulary.get(term)
        held = slice(0, 0) if number is None else slice(self.offsets[number], self.offsets[number + 1])
        return self.rows[held], self.impacts[held]


def index_terms(documents: Sequence[Terms]) -> LexicalIndex:
    """The inverted index of the documents, in their order."""
    vocabulary: dict[str, int] = {}
    postings: list[list[tuple[int, int]]] = []
    lengths = np.zeros(len(documents), dtype=np.float64)
    for row, terms in enumerate(documents):
        counts = Counter(terms.indexed)
        lengths[row] = sum(counts.values())
        for term, count in counts.items():
            number = vocabulary.setdefault(term, len(vocabulary))
            if number == len(postings):
                postings.append([])
            postings[number].append((row, count))
    average = float(lengths.mean()) if len(documents) else 1.0
    offsets = np.cumsum([0, *map(len, postings)], dtype=np.int64)
    flat = np.array([pair for posting in postings for pair in posting], dtype=np.int32).reshape(-1, 2)
    rows, counts_of = flat[:, 0].copy(), flat[:, 1].astype(np.float64)
    idf = np.array([_idf(len(posting), len(documents)) for posting in postings])
    norm = _K1 * (1 - _B + _B * lengths[rows] / max(average, 1e-9))
    impacts = np.repeat(idf, np.diff(offsets)) * counts_of * (_K1 + 1) / (counts_of + norm)
    return LexicalIndex(vocabulary, offsets, rows, impacts.astype(np.float32), len(documents))


def _idf(holding: int, documents: int) -> float:
    return log(1 + (documents - holding + 0.5) / (holding + 0.5))
