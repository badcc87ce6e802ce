"""The lexical and the symbol leg: BM25 over terms, and how much of a case's tables and columns is in sight. Knows no vectors.

Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009). The score of a document is divided by
what one of average length gets that holds each term once, so that 1 means "all of it" and scores of different queries compare.
Candidates come from lists by term, the best of each term first (impact-ordered: Anh and Moffat, SIGIR 2006); they are scored
from lists by document, so that a query touches a few thousand bytes however large the corpus is.
"""

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from understudy_knowledge.retrieval.asked import LEXICAL_WEIGHTS, Asked
from understudy_knowledge.retrieval.lexicon import Lexicon, rarity
from understudy_knowledge.retrieval.term_codes import KINDS, Codes, kinds_of

MOST_HOLDERS = 2_000
"""What one query reads to find candidates, rarest terms first: what keeps a million cases within a keystroke."""
_GAIN_BITS = np.uint64(16)
_GAIN_MASK = np.uint64(0xFFFF)
_K1 = 1.2
_B = 0.6
_COUNTED = LEXICAL_WEIGHTS > 0
"""Columns are of the symbol leg alone."""
_LENGTHENS = np.array([kind in "wp" for kind in KINDS])
"""A document is as long as its question. A statement may be as long as it must: were its tokens counted, a query that is a
question alone would find short statements rather than like questions (BM25F's fields, as far as two need them). Measured on 600
questions of `train/` to 4,441 cases: the first case has the gold's skeleton for 21.7 %, before for 19.2 %."""
_SYMBOLS = np.array([kind in "tc" for kind in KINDS])
_SORT_AT_ONCE = 1 << 23


@frozen(eq=False)
class Postings:
    """Documents by term and terms by document. Term i has the i-th of the ascending `codes`.

    `holders[starts[i]:starts[i + 1]]` are the documents that gain most by term i, most first: a document's number, and in the
    lowest sixteen bits what it gains, as a float16. `terms[firsts[j]:firsts[j + 1]]` are document j's terms, `impacts` what it
    gains by each; `symbols[j]` of them name tables or columns. Gains are weighed by the term's kind.
    """

    codes: Codes
    starts: NDArray[np.int64]
    holders: NDArray[np.uint64]
    firsts: NDArray[np.int64]
    terms: NDArray[np.uint32]
    impacts: NDArray[np.float16]
    symbols: NDArray[np.uint8]

    def propose(self, asked: Asked, numbers: NDArray[np.int64], k: int) -> NDArray[np.int64]:
        """The k documents that do best by the query's rarest terms, or all that hold one; words that all hold decide nothing.

        `numbers` are the positions of the query's terms in `codes`.
        """
        rarest = numbers[np.argsort(-asked.idf, kind="stable")]
        rarest = rarest[rarest >= 0]
        begins = self.starts[rarest]
        read = self.starts[rarest + 1] - begins
        np.minimum(np.cumsum(read), MOST_HOLDERS, out=read)
        read[1:] -= read[:-1].copy()
        held = [
            self.holders[begin : begin + count]
            for begin, count in zip(begins.tolist(), read.tolist(), strict=True)
            if count
        ]
        if k <= 0 or not held:
            return np.zeros(0, dtype=np.int64)
        # Sums by document after sorting: an array with a place for each of a million documents would miss the caches.
        # Document and gain are one number, because numbers sort several times faster than places by numbers.
        found = np.concatenate(held)
        found.sort()
        gained = (found & _GAIN_MASK).astype(np.uint16).view(np.float16).astype(np.float32)
        rows: NDArray[np.int64] = (found >> _GAIN_BITS).view(np.int64)
        firsts = np.flatnonzero(np.diff(rows, prepend=-1))
        different: NDArray[np.int64] = rows[firsts]
        if k < len(different):
            different = different[np.argpartition(np.add.reduceat(gained, firsts), -k)[-k:]]
        return different

    def scores(
        self, asked: Asked, numbers: NDArray[np.int64], rows: NDArray[np.int64]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Two scores in [0, 1] for each of these documents: the lexical one, and the share of its tables and columns in sight."""
        known = np.flatnonzero(numbers >= 0)
        if not len(known):
            return np.zeros(len(rows), dtype=np.float32), np.zeros(len(rows), dtype=np.float32)
        numbers, symbols = numbers[known], asked.symbols[known]
        begins = self.firsts[rows]
        lengths = self.firsts[rows + 1] - begins
        of_row = np.repeat(np.arange(len(rows)), lengths)
        flat = np.arange(len(of_row)) + np.repeat(begins - np.cumsum(lengths) + lengths, lengths)
        terms = self.terms[flat]
        at = np.minimum(np.searchsorted(numbers.astype(np.uint32), terms), len(numbers) - 1)
        hits = np.flatnonzero(numbers[at] == terms)
        at, of_row = at[hits], of_row[hits]
        gains = np.bincount(of_row, self.impacts[flat[hits]], len(rows))
        lexical = np.minimum(gains / asked.usual, 1) if asked.usual else np.zeros(len(rows))
        seen = np.bincount(of_row, symbols[at], len(rows)) / np.maximum(self.symbols[rows], 1)
        return lexical.astype(np.float32), seen.astype(np.float32)

    def numbers(self, codes: Codes) -> NDArray[np.int64]:
        """The positions in `codes`, -1 for a term that no document holds; ascending for ascending ones."""
        if not len(self.codes):
            return np.full(len(codes), -1, dtype=np.int64)
        at = np.minimum(np.searchsorted(self.codes, codes), len(self.codes) - 1)
        return np.where(self.codes[at] == codes, at, -1)


def impacts_of(
    codes: Codes,
    holding: NDArray[np.integer],
    counts: NDArray[np.integer],
    lengths: NDArray[np.integer],
    lexicon: Lexicon,
) -> NDArray[np.float16]:
    """What documents of these lengths gain by terms that stand `counts` times in them, element by element."""
    kinds = kinds_of(codes)
    norm = _K1 * np.where(_LENGTHENS[kinds], 1 - _B + _B * lengths / lexicon.average, 1.0)
    gained = rarity(holding, lexicon.documents) * counts * (_K1 + 1) / (counts + norm)
    return (LEXICAL_WEIGHTS[kinds] * gained).astype(np.float16)


def lengths_of(
    codes: Codes, counts: NDArray[np.integer], rows: NDArray[np.int64], documents: int
) -> NDArray[np.int64]:
    """How many terms of a question each document has, repeated ones counted."""
    counted = counts * _LENGTHENS[kinds_of(codes)]
    return np.bincount(rows, counted, documents).astype(np.int64)


def symbols_of(codes: Codes, rows: NDArray[np.int64], documents: int) -> NDArray[np.uint8]:
    """How many tables and columns each document names, 255 at most."""
    return np.minimum(np.bincount(rows, _SYMBOLS[kinds_of(codes)], documents), 255).astype(np.uint8)


def by_term(
    firsts: NDArray[np.int64], terms: NDArray[np.uint32], impacts: NDArray[np.float16], codes: Codes
) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    """`starts` and `holders` of these lists by document. Sorts a few million entries at a time."""
    vocabulary = len(codes)
    holding = np.zeros(vocabulary, dtype=np.int64)
    for begin in range(0, len(terms), _SORT_AT_ONCE):
        holding += np.bincount(terms[begin : begin + _SORT_AT_ONCE], minlength=vocabulary)
    holding[~_COUNTED[kinds_of(codes)]] = 0
    starts = np.concatenate(([0], np.cumsum(np.minimum(holding, MOST_HOLDERS)))).astype(np.int64)
    holders = np.zeros(int(starts[-1]), dtype=np.uint64)
    ends = np.cumsum(holding)
    low = 0
    while low < vocabulary:
        done = int(ends[low - 1]) if low else 0
        high = max(low + 1, int(np.searchsorted(ends, done + _SORT_AT_ONCE, side="right")))
        number, row, gain = _of_terms(firsts, terms, impacts, low, high, holding)
        order = np.lexsort((row, ~gain, number))
        number, row, gain = number[order], row[order], gain[order]
        place = np.arange(len(number)) - (ends[number] - holding[number] - done)
        kept = place < MOST_HOLDERS
        held = (row[kept].astype(np.uint64) << _GAIN_BITS) | gain[kept]
        holders[starts[number[kept]] + place[kept]] = held
        low = high
    return starts, holders


def _of_terms(
    firsts: NDArray[np.int64],
    terms: NDArray[np.uint32],
    impacts: NDArray[np.float16],
    low: int,
    high: int,
    holding: NDArray[np.int64],
) -> tuple[NDArray[np.uint32], NDArray[np.uint32], NDArray[np.uint16]]:
    """Term, document and the bits of the impact of every entry that counts and whose term is in that range."""
    numbers, rows, gained = [], [], []
    for begin in range(0, len(terms), _SORT_AT_ONCE):
        some = terms[begin : begin + _SORT_AT_ONCE]
        at = np.flatnonzero((some >= low) & (some < high) & (holding[some] > 0))
        numbers.append(some[at])
        gained.append(impacts[begin : begin + _SORT_AT_ONCE][at].view(np.uint16))
        rows.append((np.searchsorted(firsts, begin + at, side="right") - 1).astype(np.uint32))
    if not numbers:
        return np.zeros(0, np.uint32), np.zeros(0, np.uint32), np.zeros(0, np.uint16)
    return np.concatenate(numbers), np.concatenate(rows), np.concatenate(gained)
