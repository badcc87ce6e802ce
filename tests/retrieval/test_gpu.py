"""Where a GPU is, it finds what the CPU finds; where none is, nothing asks for one."""

import numpy as np
import pytest

from understudy_knowledge.retrieval import dense


def vectors(count: int) -> np.ndarray:
    made = np.random.default_rng(0).standard_normal((count, 384)).astype(np.float32)
    return made / np.linalg.norm(made, axis=1, keepdims=True)


def test_without_a_gpu_there_is_no_copy_on_one() -> None:
    if dense.gpus():
        pytest.skip("there is a GPU")
    assert dense.tuned(dense.new_index(384, "Flat", vectors(0))).on_gpu is None


@pytest.mark.parametrize("kind", ["Flat", "IVF64,SQ8"])
def test_a_gpu_finds_the_same(kind: str) -> None:
    if not dense.gpus():
        pytest.skip("needs faiss-gpu and a GPU")
    known = vectors(5_000)
    index = dense.new_index(384, kind, known)
    index.add(known)
    both = dense.tuned(index)
    assert both.on_gpu is not None
    alone = dense.Vectors(index)
    for query in vectors(50):
        assert both.nearest(query, 8, None).tolist() == alone.nearest(query, 8, None).tolist()
