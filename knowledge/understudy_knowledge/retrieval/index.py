"""The index of the admitted cases: FAISS for the dense leg, postings for the lexical one. Knows entries, not records.

Flat up to 20,000 cases, HNSW with eight-bit vectors above: measured, flat is faster below that and exact.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from understudy_knowledge.memory.store import Entry
from understudy_knowledge.retrieval.embedding import DIMENSIONS, Vector, attainable, embed
from understudy_knowledge.retrieval.fusion import fuse
from understudy_knowledge.retrieval.lexical import LexicalIndex, index_terms
from understudy_knowledge.retrieval.query import RetrievalQuery, Terms, terms_of
from understudy_knowledge.retrieval.rows import Rows

_MOST_FLAT = 20_000
_HNSW = "HNSW32_SQ8"
_EF_SEARCH = 64


@frozen(eq=False)
class CaseIndex:
    """Row i of `vectors` (a FAISS index), of `lexical` and of `rows` are of the same case."""

    rows: Rows
    lexical: LexicalIndex
    vectors: Any

    def search(self, query: RetrievalQuery, k: int) -> list[tuple[int, float]]:
        """The k likeliest rows and some more (all, if there are fewer) with fused scores in [0, 1], best first.

        Each leg proposes k rows; every proposed row is scored exactly by both.
        """
        k = min(k, len(self.rows))
        terms = terms_of(query)
        if not k or not terms.indexed:
            return []
        vector = embed(terms, self.lexical.idf)
        rows = np.union1d(self._nearest(vector, k), self.lexical.propose(terms, k)).astype(np.int64)
        cosines = self.vectors.reconstruct_batch(rows) @ vector / np.float32(attainable(terms))
        fused = fuse(cosines, self.lexical.scores(terms, rows))
        order = np.argsort(-fused, kind="stable")
        return [(int(rows[at]), float(fused[at])) for at in order]

    def _nearest(self, vector: Vector, k: int) -> NDArray[np.int64]:
        _, found = self.vectors.search(vector[None, :], k)
        rows: NDArray[np.int64] = found[0][found[0] >= 0]
        return rows


def build_index(entries: Iterable[Entry]) -> CaseIndex:
    """The index of the entries, in their order. Deterministic."""
    documents: list[Terms] = []

    def noted() -> Iterator[Entry]:
        for entry in entries:
            documents.append(terms_of(RetrievalQuery(entry.masked_question, entry.skeleton, entry.tables)))
            yield entry

    rows = Rows.of(noted())
    lexical = index_terms(documents)
    vectors = _faiss().index_factory(DIMENSIONS, *_kind(len(documents)))
    if documents:
        matrix = np.stack([embed(terms, lexical.idf) for terms in documents])
        vectors.train(matrix)
        vectors.add(matrix)
    return CaseIndex(rows, lexical, _tuned(vectors))


def vectors_to_bytes(index: CaseIndex) -> bytes:
    """The FAISS index as FAISS writes it."""
    return bytes(_faiss().serialize_index(index.vectors))


def vectors_from_file(path: Path) -> Any:
    """The FAISS index in a file that `vectors_to_bytes` made, mapped where FAISS can; it must be known to be intact."""
    faiss = _faiss()
    return _tuned(faiss.read_index(str(path), getattr(faiss, "IO_FLAG_MMAP_IFC", 0)))


def _kind(cases: int) -> tuple[str, int]:
    return ("Flat" if cases <= _MOST_FLAT else _HNSW), _faiss().METRIC_INNER_PRODUCT


def _tuned(vectors: Any) -> Any:
    if hasattr(vectors, "hnsw"):
        vectors.hnsw.efSearch = _EF_SEARCH
    return vectors


def _faiss() -> ModuleType:
    # Imported on first use: it costs a tenth of a second that the first answers should not wait for.
    import faiss

    faiss.omp_set_num_threads(
        1
    )  # one query at a time; more threads only fight with the student for the cores
    return faiss
