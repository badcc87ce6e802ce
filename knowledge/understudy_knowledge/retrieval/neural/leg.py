"""The neural vectors of one part of an index: which rows are nearest to a question, and how near. Knows no model, no case."""

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from understudy_knowledge.retrieval.dense import Vectors, kind_for, new_index, training_size, tuned
from understudy_knowledge.retrieval.embedding import Vector

_PAIRS = 2_000
_HIGHEST_FLOOR = 0.95
_AT_ONCE = 8_192


@frozen(eq=False)
class NeuralLeg:
    """Row i is the part's row i; those of which `held` is false have no vector.

    `floor` is the usual cosine of two questions that have nothing to do with each other. Models differ in it widely: what is
    compared with other legs, and held against a threshold, is how far a cosine lies above it.
    """

    vectors: Vectors
    held: NDArray[np.bool_]
    floor: float
    model: str
    """Whose vectors these are."""

    def speaks(self, vector: Vector, model: str) -> bool:
        """Whether a vector of that model can be compared with these."""
        return len(vector) == self.vectors.index.d and model == self.model

    def nearest(self, vector: Vector, k: int, live: NDArray[np.uint8] | None) -> NDArray[np.int64]:
        """As `Vectors.nearest`, of the rows that have a vector."""
        rows, _ = self.vectors.nearest(vector, k, live)
        return rows[self.held[rows]]

    def likeness(
        self, vector: Vector, rows: NDArray[np.int64], otherwise: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """In [0, 1] for each of these rows; `otherwise` for those without a vector."""
        cosines = self.vectors.cosines(vector, rows)
        scaled = np.clip((cosines - self.floor) / (1 - self.floor), 0, 1).astype(np.float32)
        return np.where(self.held[rows], scaled, otherwise)


def new_leg(vectors: Vector, held: NDArray[np.bool_], model: str, floor: float | None = None) -> NeuralLeg:
    """The leg of these rows; rows that are not held are zero. Without a floor it is estimated from random pairs of rows."""
    count = len(vectors)
    index = new_index(vectors.shape[1], kind_for(count), _sample(vectors, training_size(count)))
    for begin in range(0, count, _AT_ONCE):
        index.add(np.ascontiguousarray(vectors[begin : begin + _AT_ONCE], dtype=np.float32))
    return NeuralLeg(tuned(index), held, floor_of(vectors, held) if floor is None else floor, model)


def floor_of(vectors: Vector, held: NDArray[np.bool_]) -> float:
    """The mean cosine of random pairs of different rows; deterministic, 0 where there are too few to tell."""
    rows = np.flatnonzero(held)
    if len(rows) < 2:
        return 0.0
    draw = np.random.default_rng(0)
    one, other = draw.choice(rows, _PAIRS), draw.choice(rows, _PAIRS)
    apart = one != other
    if not apart.any():
        return 0.0
    cosines = np.einsum(
        "ij,ij->i", vectors[one[apart]].astype(np.float32), vectors[other[apart]].astype(np.float32)
    )
    return float(np.clip(cosines.mean(), 0.0, _HIGHEST_FLOOR))


def _sample(vectors: Vector, size: int) -> Vector:
    if not size:
        return np.zeros((0, vectors.shape[1]), dtype=np.float32)
    chosen = np.linspace(0, len(vectors) - 1, size).astype(np.int64)
    return np.ascontiguousarray(vectors[chosen], dtype=np.float32)
