"""Cases that can be searched together: one part of an index, in memory or mapped from files. Never changed."""

from collections.abc import Collection

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from understudy_knowledge.retrieval.asked import Asked
from understudy_knowledge.retrieval.dense import Vectors
from understudy_knowledge.retrieval.fusion import fuse
from understudy_knowledge.retrieval.lexicon import Lexicon
from understudy_knowledge.retrieval.neural.leg import NeuralLeg
from understudy_knowledge.retrieval.postings import Postings
from understudy_knowledge.retrieval.rows import Rows


@frozen(eq=False)
class Found:
    """Rows with scores in [0, 1]: `similarity` of the fused legs, `seen` of the symbol leg."""

    rows: NDArray[np.int64]
    similarity: NDArray[np.float32]
    seen: NDArray[np.float32]


@frozen(eq=False)
class Living:
    """Which rows of a part still count: a byte for each, and a bit for each as FAISS takes them."""

    rows: NDArray[np.uint8]
    bits: NDArray[np.uint8]
    dead: int

    @classmethod
    def without(cls, count: int, dead: Collection[int]) -> "Living | None":
        """All of so many rows but these; None where that is all of them."""
        if not dead:
            return None
        rows = np.ones(count, dtype=np.uint8)
        rows[np.fromiter(dead, dtype=np.int64)] = 0
        return cls(rows, np.packbits(rows, bitorder="little"), len(dead))


@frozen(eq=False)
class Part:
    """Row i of each member is of the same case."""

    rows: Rows
    postings: Postings
    vectors: Vectors
    lexicon: Lexicon
    """By which the terms are weighed."""
    neural: NeuralLeg | None = None

    def search(self, asked: Asked, k: int, living: Living | None = None) -> Found:
        """The living rows that one of the legs proposes, k each, every one scored exactly by all legs."""
        bits = living.bits if living else None
        near, products = self.vectors.nearest(asked.vector, k, bits)
        said = self.postings.propose(asked, self._numbers(asked), k + (living.dead if living else 0))
        if living is not None:
            said = said[living.rows[said] > 0]
        if self.neural is not None and asked.neural is not None:
            said = np.union1d(said, self.neural.nearest(asked.neural, k, bits))
        others = said[(said[:, None] != near).all(axis=1)]
        products = np.concatenate((products, self.vectors.cosines(asked.vector, others)))
        return self._scored(asked, np.concatenate((near, others)), products)

    def score(self, asked: Asked, rows: NDArray[np.int64]) -> Found:
        """These rows by all legs."""
        return self._scored(asked, rows, self.vectors.cosines(asked.vector, rows))

    def _scored(self, asked: Asked, rows: NDArray[np.int64], cosines: NDArray[np.float32]) -> Found:
        likeness: NDArray[np.float32] = cosines / np.float32(asked.reach)
        if self.neural is not None and asked.neural is not None:
            # Half each: what the words say to a model, and what they and the statement so far are literally.
            likeness = (likeness + self.neural.likeness(asked.neural, rows, likeness)) / np.float32(2)
        lexical, seen = self.postings.scores(asked, self._numbers(asked), rows)
        return Found(rows, fuse(likeness, lexical), seen)

    def _numbers(self, asked: Asked) -> NDArray[np.int64]:
        known = self.lexicon.codes is self.postings.codes
        return asked.numbers if known else self.postings.numbers(asked.codes)
