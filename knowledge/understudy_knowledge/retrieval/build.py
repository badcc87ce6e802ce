"""Entries -> a part of an index. Streams: what grows with the corpus stands in files, not in memory. Knows no folder."""

from array import array
from collections import Counter
from collections.abc import Iterable

import numpy as np
from attrs import define, field
from numpy.typing import NDArray

from understudy_knowledge.memory.store import Entry
from understudy_knowledge.retrieval.dense import kind_for, new_index, training_size, tuned
from understudy_knowledge.retrieval.embedding import (
    DIMENSIONS,
    Vector,
    gram_places,
    places_of,
    vectors,
    weights_of,
)
from understudy_knowledge.retrieval.lexicon import Lexicon, count_terms, rarity
from understudy_knowledge.retrieval.part import Part
from understudy_knowledge.retrieval.postings import (
    Postings,
    by_term,
    impacts_of,
    lengths_of,
    symbols_of,
)
from understudy_knowledge.retrieval.query import RetrievalQuery, Terms, terms_of
from understudy_knowledge.retrieval.rows import Rows, RowsWriter
from understudy_knowledge.retrieval.spool import Spool
from understudy_knowledge.retrieval.term_codes import Codes, code_of

_BATCH = 8_192


def query_of(entry: Entry) -> RetrievalQuery:
    """A case as if it were asked for."""
    return RetrievalQuery(entry.masked_question, entry.skeleton, entry.tables, entry.columns)


def build_part(entries: Iterable[Entry], lexicon: Lexicon | None = None, kind: str | None = None) -> Part:
    """The entries, in order of their case ids, ready to be searched. Deterministic.

    With a lexicon the terms are weighed by it, so that scores compare with those of the part it is of. `kind` is FAISS's name
    of the index; without one it goes by the number of entries.
    """
    return part_of(*read_corpus(entries, lexicon), kind)


def read_corpus(entries: Iterable[Entry], lexicon: Lexicon | None = None) -> tuple[Rows, "Corpus"]:
    """The entries' rows and their texts in numbers."""
    writer = RowsWriter()
    texts = _Texts()
    for batch in writer.read(entries):
        texts.add([terms_of(query_of(entry)) for entry in batch])
    return writer.rows(), texts.finished(lexicon)


def part_of(rows: Rows, corpus: "Corpus", kind: str | None = None) -> Part:
    """What `build_part` makes of them."""
    index = new_index(DIMENSIONS, kind or kind_for(len(rows)), corpus.sample(training_size(len(rows))))
    for begin in range(0, len(rows), _BATCH):
        index.add(corpus.vectors(np.arange(begin, min(begin + _BATCH, len(rows)))))
    return Part(rows, corpus.postings(), tuned(index), corpus.lexicon)


def index_terms(documents: Iterable[Terms]) -> "Corpus":
    """A few documents by their own statistics."""
    texts = _Texts()
    texts.add(list(documents))
    return texts.finished(None)


@define
class _Texts:
    """The terms of all documents, one after another."""

    codes: Spool[np.uint64] = field(factory=lambda: Spool(np.uint64))
    counts: Spool[np.uint8] = field(factory=lambda: Spool(np.uint8))
    grams: Spool[np.int16] = field(factory=lambda: Spool(np.int16))
    ends: "array[int]" = field(factory=lambda: array("q", [0]))
    gram_ends: "array[int]" = field(factory=lambda: array("q", [0]))

    def add(self, documents: list[Terms]) -> None:
        """A batch of them."""
        codes: list[int] = []
        counts: list[int] = []
        places: list[int] = []
        end, gram_end = self.ends[-1], self.gram_ends[-1]
        for terms in documents:
            counted = Counter(map(code_of, terms.indexed + terms.columns))
            codes += counted
            counts += counted.values()
            self.ends.append(end + len(codes))
            places += gram_places(terms.grams)
            self.gram_ends.append(gram_end + len(places))
        self.codes.append(np.array(codes, dtype=np.uint64))
        self.counts.append(np.minimum(np.array(counts, dtype=np.int64), 255).astype(np.uint8))
        self.grams.append(np.array(places, dtype=np.int16))

    def finished(self, lexicon: Lexicon | None) -> "Corpus":
        """Weighed by their own statistics or by those given."""
        return Corpus.of(
            self.codes.array(),
            self.counts.array(),
            np.array(self.ends, dtype=np.int64),
            self.grams.array(),
            np.array(self.gram_ends, dtype=np.int64),
            lexicon,
        )


@define(eq=False)
class Corpus:
    """The documents in numbers: `terms[firsts[j]:firsts[j + 1]]` are document j's, positions in `own.codes`."""

    own: Lexicon
    """Of these documents."""
    lexicon: Lexicon
    """By which they are weighed."""
    holding: NDArray[np.integer]
    """How many documents of the lexicon hold each of `own.codes`."""
    firsts: NDArray[np.int64]
    terms: NDArray[np.uint32]
    counts: NDArray[np.uint8]
    gram_firsts: NDArray[np.int64]
    grams: NDArray[np.int16]
    _lengths: NDArray[np.int64]
    _symbols: NDArray[np.uint8]

    @classmethod
    def of(
        cls,
        codes: Codes,
        counts: NDArray[np.uint8],
        firsts: NDArray[np.int64],
        grams: NDArray[np.int16],
        gram_firsts: NDArray[np.int64],
        lexicon: Lexicon | None,
    ) -> "Corpus":
        """Out of the documents' codes and how often each stands in its document."""
        documents = len(firsts) - 1
        lengths = np.zeros(documents, dtype=np.int64)
        symbols = np.zeros(documents, dtype=np.uint8)
        for begin in range(0, documents, _BATCH):
            end = min(begin + _BATCH, documents)
            flat = slice(firsts[begin], firsts[end])
            rows = np.repeat(np.arange(end - begin), np.diff(firsts[begin : end + 1]))
            lengths[begin:end] = lengths_of(codes[flat], counts[flat], rows, end - begin)
            symbols[begin:end] = symbols_of(codes[flat], rows, end - begin)
        own = count_terms(codes, lengths)
        terms: Spool[np.uint32] = Spool(np.uint32)
        for begin in range(0, len(codes), _BATCH * 64):
            terms.append(np.searchsorted(own.codes, codes[begin : begin + _BATCH * 64]).astype(np.uint32))
        holding = lexicon.holding_of(lexicon.numbers(own.codes)) if lexicon else own.holding
        return cls(
            own, lexicon or own, holding, firsts, terms.array(), counts, gram_firsts, grams, lengths, symbols
        )

    def vectors(self, rows: NDArray[np.int64]) -> Vector:
        """The embeddings of these documents."""
        flat, of_row = _gathered(self.firsts, rows)
        gram_flat, gram_of_row = _gathered(self.gram_firsts, rows)
        numbers = self.terms[flat]
        codes = self.own.codes[numbers]
        idf = rarity(self.holding[numbers], self.lexicon.documents)
        weights = weights_of(codes, self.counts[flat], idf)
        return vectors(
            np.concatenate((of_row, gram_of_row)),
            np.concatenate((places_of(codes), self.grams[gram_flat])),
            np.concatenate((weights, np.ones(len(gram_flat)))),
            len(rows),
        )

    def sample(self, size: int) -> Vector:
        """The embeddings of so many documents, evenly chosen."""
        if not size:
            return np.zeros((0, DIMENSIONS), dtype=np.float32)
        chosen = np.linspace(0, len(self.firsts) - 2, size).astype(np.int64)
        return np.concatenate(
            [self.vectors(chosen[begin : begin + _BATCH]) for begin in range(0, size, _BATCH)]
        )

    def postings(self) -> Postings:
        """The documents by term and the terms by document."""
        impacts: Spool[np.float16] = Spool(np.float16)
        documents = len(self.firsts) - 1
        for begin in range(0, documents, _BATCH):
            flat, of_row = _gathered(self.firsts, np.arange(begin, min(begin + _BATCH, documents)))
            numbers = self.terms[flat]
            impacts.append(
                impacts_of(
                    self.own.codes[numbers],
                    self.holding[numbers],
                    self.counts[flat],
                    self._lengths[begin + of_row],
                    self.lexicon,
                )
            )
        gained = impacts.array()
        starts, holders = by_term(self.firsts, self.terms, gained, self.own.codes)
        return Postings(self.own.codes, starts, holders, self.firsts, self.terms, gained, self._symbols)


def _gathered(
    firsts: NDArray[np.int64], rows: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Positions of these documents' entries, and for each the place in `rows` that it belongs to."""
    lengths = firsts[rows + 1] - firsts[rows]
    of_row = np.repeat(np.arange(len(rows)), lengths)
    flat = np.arange(len(of_row)) + np.repeat(firsts[rows] - np.cumsum(lengths) + lengths, lengths)
    return flat, of_row
