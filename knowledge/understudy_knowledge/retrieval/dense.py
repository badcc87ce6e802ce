"""The dense leg: which FAISS index holds how many vectors, and one way to ask all of them. Knows vectors, not cases.

Exact up to 20,000 vectors. Above, inverted lists of eight-bit vectors, found by a graph over their means: held against all of
them, a vector of a million would cost more to add than everything else about it. Measured at 100,000 cases, a graph (HNSW32_SQ8) finds more of
the eight nearest to a query, which is often a question alone: 0.82, lists 0.65 to 0.70. What all legs find together is the same with 8
lists as with 16 or 32, because the lexical leg proposes the rest; of a million it is 0.82 and 0.83, at three quarters of the time.
Lists take 41 MB instead of 63.
"""

from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from understudy_knowledge.retrieval.embedding import Vector
from understudy_knowledge.retrieval.gpu import assigner_on_gpu, copy_on_gpu

MOST_FLAT = 20_000
_LISTS_PER_ROOT = 4
_MOST_LISTS = 4096
_PROBES = 8
_TRAINING_PER_LIST = 24
_ROUNDS = 6


@frozen(eq=False)
class Vectors:
    """A FAISS index of unit vectors by inner product; row i is the i-th that was added."""

    index: Any
    on_gpu: Any = None
    """The same on a GPU, where there is one."""

    def __len__(self) -> int:
        return int(self.index.ntotal)

    def nearest(
        self, vector: Vector, k: int, live: NDArray[np.uint8] | None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The k nearest rows, or fewer, and their inner products; of the rows whose bit is set in `live`, where it is given."""
        if not len(self) or k <= 0:
            return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32)
        if live is None:
            (products,), (rows,) = (self.on_gpu or self.index).search(vector[None, :], k)
        else:
            # A GPU takes no selection.
            (products,), (rows,) = self.index.search(vector[None, :], k, params=self._only(live))
        there = rows >= 0
        return rows[there], products[there]

    def cosines(self, vector: Vector, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """The inner products of these rows with a vector, as exact as the index holds them."""
        products: NDArray[np.float32] = self.index.reconstruct_batch(rows) @ vector
        return products

    def _only(self, live: NDArray[np.uint8]) -> Any:
        faiss = the_faiss()
        selector = faiss.IDSelectorBitmap(len(live), faiss.swig_ptr(live))
        if hasattr(self.index, "nprobe"):
            return faiss.SearchParametersIVF(sel=selector, nprobe=self.index.nprobe)
        return faiss.SearchParameters(sel=selector)


def kind_for(count: int) -> str:
    """The FAISS factory's name of the index for so many vectors."""
    return "Flat" if count <= MOST_FLAT else f"IVF{_lists(count)}_HNSW32,SQ8"


def training_size(count: int) -> int:
    """How many of the vectors the index is trained on."""
    return 0 if count <= MOST_FLAT else min(count, _TRAINING_PER_LIST * _lists(count))


def new_index(dimensions: int, kind: str, sample: Vector) -> Any:
    """An index of that kind, trained on the sample and empty."""
    faiss = the_faiss()
    index = faiss.index_factory(dimensions, kind, faiss.METRIC_INNER_PRODUCT)
    if hasattr(index, "cp"):
        index.cp.niter = _ROUNDS
        # Some list has few vectors in any sample; that is no news to anyone who reads a log.
        index.cp.min_points_per_centroid = 1
        index.set_direct_map_type(faiss.DirectMap.Array)
    if not index.is_trained:
        _train(index, sample)
    return index


def tuned(index: Any) -> Vectors:
    """Ready to be asked; on the GPU as well, where there is one."""
    if hasattr(index, "nprobe"):
        index.nprobe = min(_PROBES, index.nlist)
    return Vectors(index, copy_on_gpu(the_faiss(), index))


def read_vectors(path: Path) -> Vectors:
    """The index in a file that FAISS wrote, mapped where FAISS can; the file must be known to be intact."""
    faiss = the_faiss()
    return tuned(faiss.read_index(str(path), getattr(faiss, "IO_FLAG_MMAP_IFC", 0)))


def write_vectors(vectors: Vectors, path: Path) -> None:
    """Write the index as FAISS does."""
    the_faiss().write_index(vectors.index, str(path))


def the_faiss() -> ModuleType:
    """FAISS, imported on first use: it costs a tenth of a second that the first answers should not wait for."""
    import faiss

    # One query at a time; more threads only fight with the student for the cores.
    faiss.omp_set_num_threads(1)
    return faiss


def _lists(count: int) -> int:
    return min(int(_LISTS_PER_ROOT * count**0.5), _MOST_LISTS)


def _train(index: Any, sample: Vector) -> None:
    assigner = assigner_on_gpu(the_faiss(), index.d)
    if assigner is not None:
        index.clustering_index = assigner
    index.train(sample)
    index.clustering_index = None
