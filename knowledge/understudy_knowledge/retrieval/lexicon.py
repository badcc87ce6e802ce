"""What is known of a corpus's terms: how many documents hold each, and how long documents are. Knows no document."""

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from understudy_knowledge.retrieval.term_codes import Codes


@frozen(eq=False)
class Lexicon:
    """`codes` ascend; `holding[i]` documents hold the i-th. `average` is the length of the documents' questions in terms."""

    codes: Codes
    holding: NDArray[np.uint32]
    documents: int
    average: float

    def numbers(self, codes: Codes) -> NDArray[np.int64]:
        """The position of each code, -1 for one that no document holds."""
        if not len(self.codes):
            return np.full(len(codes), -1, dtype=np.int64)
        at = np.minimum(np.searchsorted(self.codes, codes), len(self.codes) - 1)
        return np.where(self.codes[at] == codes, at, -1)

    def idf(self, codes: Codes) -> NDArray[np.float64]:
        """The terms' rarity, highest for one that no document holds."""
        return self.idf_of(self.numbers(codes))

    def idf_of(self, numbers: NDArray[np.int64]) -> NDArray[np.float64]:
        """The same of positions that `numbers` gave."""
        return rarity(self.holding_of(numbers), self.documents)

    def holding_of(self, numbers: NDArray[np.int64]) -> NDArray[np.integer]:
        """How many documents hold each of these terms."""
        if not len(self.codes):
            return np.zeros(len(numbers), dtype=np.int64)
        return np.where(numbers >= 0, self.holding[numbers], 0)


def rarity(holding: NDArray[np.number], documents: int) -> NDArray[np.float64]:
    """BM25's idf of terms that so many of the documents hold; never negative."""
    held = holding.astype(np.float64)
    logs: NDArray[np.float64] = np.log(1 + np.maximum(documents - held + 0.5, 0.5) / (held + 0.5))
    return logs


def count_terms(codes: Codes, lengths: NDArray[np.integer], batch: int = 1 << 22) -> Lexicon:
    """The lexicon of documents whose different terms stand one after another in `codes`; `lengths` counts repeated ones too."""
    known, holding = np.zeros(0, dtype=np.uint64), np.zeros(0, dtype=np.int64)
    for begin in range(0, len(codes), batch):
        # Bounded by the batch and the vocabulary, not by the corpus.
        some, counts = np.unique(codes[begin : begin + batch], return_counts=True)
        merged, places = np.unique(np.concatenate((known, some)), return_inverse=True)
        holding = np.bincount(places, np.concatenate((holding, counts)), len(merged)).astype(np.int64)
        known = merged
    average = float(np.mean(lengths)) if len(lengths) else 1.0
    return Lexicon(known, holding.astype(np.uint32), len(lengths), max(average, 1e-9))
