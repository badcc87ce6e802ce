"""Where a GPU is, it finds what the CPU finds; where none is, or it refuses, the CPU does it."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from understudy_knowledge.retrieval import dense
from understudy_knowledge.retrieval.gpu import assigner_on_gpu, copy_on_gpu, gpus


def vectors(count: int) -> np.ndarray:
    made = np.random.default_rng(0).standard_normal((count, 384)).astype(np.float32)
    return made / np.linalg.norm(made, axis=1, keepdims=True)


class Resources:
    """FAISS's, as far as they are asked."""

    without_memory_aside = False

    def noTempMemory(self) -> None:
        self.without_memory_aside = True


def built_for_gpus(count: int, clone: Any) -> Any:
    """A FAISS with so many GPUs."""
    return SimpleNamespace(
        get_num_gpus=lambda: count,
        StandardGpuResources=Resources,
        GpuClonerOptions=SimpleNamespace,
        IndexFlatL2=lambda dimensions: dimensions,
        index_cpu_to_gpu=clone,
        index_cpu_to_all_gpus=lambda index: clone(None, 0, index, None),
    )


def refusing(*_: Any) -> Any:
    raise RuntimeError("out of memory")


def test_a_faiss_that_was_not_built_for_gpus_has_none() -> None:
    assert gpus(SimpleNamespace()) == 0  # type: ignore[arg-type]
    assert gpus(SimpleNamespace(get_num_gpus=lambda: 2)) == 0  # type: ignore[arg-type]
    assert gpus(built_for_gpus(0, refusing)) == 0


def test_without_a_gpu_there_is_no_copy_on_one() -> None:
    if gpus(dense.the_faiss()):
        pytest.skip("there is a GPU")
    index = dense.new_index(384, "Flat", vectors(0))
    index.add(vectors(3))
    assert dense.tuned(index).on_gpu is None
    assert assigner_on_gpu(dense.the_faiss(), 384) is None


def test_with_a_gpu_the_index_is_copied_and_looks_into_as_many_lists() -> None:
    asked: list[Any] = []

    def clone(resources: Resources, device: int, index: Any, options: Any) -> Any:
        asked.append((resources.without_memory_aside, device, options.allowCpuCoarseQuantizer))
        return SimpleNamespace(nprobe=1)

    copy = copy_on_gpu(built_for_gpus(2, clone), SimpleNamespace(ntotal=9, nprobe=16))
    assert asked == [(True, 0, True)]
    assert copy.nprobe == 16


def test_an_index_that_the_gpu_refuses_stays_on_the_cpu() -> None:
    assert copy_on_gpu(built_for_gpus(1, refusing), SimpleNamespace(ntotal=9)) is None
    assert assigner_on_gpu(built_for_gpus(1, refusing), 384) is None


def test_an_empty_index_is_not_copied() -> None:
    assert copy_on_gpu(built_for_gpus(1, refusing), SimpleNamespace(ntotal=0)) is None


def test_a_search_goes_to_the_gpu_unless_rows_are_left_out() -> None:
    known = vectors(50)
    index = dense.new_index(384, "Flat", known)
    index.add(known)
    asked: list[int] = []

    class Copy:
        def search(self, query: np.ndarray, k: int) -> Any:
            asked.append(k)
            return index.search(query, k)

    both, alone = dense.Vectors(index, Copy()), dense.Vectors(index)
    live = np.packbits(np.arange(50) % 2 == 0, bitorder="little")
    for among in (None, live):
        for mine, other in zip(
            both.nearest(known[0], 5, among), alone.nearest(known[0], 5, among), strict=True
        ):
            np.testing.assert_array_equal(mine, other)
    assert asked == [5]


@pytest.mark.parametrize("kind", ["Flat", "IVF64,SQ8", "IVF64_HNSW32,SQ8"])
def test_a_gpu_finds_the_same(kind: str) -> None:
    if not gpus(dense.the_faiss()):
        pytest.skip("needs faiss-gpu and a GPU")
    known = vectors(5_000)
    index = dense.new_index(384, kind, known)
    index.add(known)
    both = dense.tuned(index)
    assert both.on_gpu is not None
    alone = dense.Vectors(index)
    for query in vectors(50):
        assert both.nearest(query, 8, None)[0].tolist() == alone.nearest(query, 8, None)[0].tolist()
