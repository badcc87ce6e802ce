"""The index of the admitted cases: a large part that seldom changes, and a small one with what has changed since."""

from collections.abc import Collection, Iterable, Sequence

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from understudy_knowledge.memory.store import Entry
from understudy_knowledge.retrieval.asked import Asked, ask
from understudy_knowledge.retrieval.build import build_part
from understudy_knowledge.retrieval.embedding import Vector
from understudy_knowledge.retrieval.neural.leg import NeuralLeg
from understudy_knowledge.retrieval.part import Found, Living, Part
from understudy_knowledge.retrieval.query import RetrievalQuery

_SPARE = 24
"""Cases that each leg proposes beyond those that are wanted: a leg's best need not be the best of all legs."""


@frozen
class Hit:
    """One case that was found. `similarity` is the fused score, `seen` the share of its tables and columns in sight, `usual` the
    share of all that was found, weighed by likeness, that has its skeleton; each in [0, 1]."""

    case_id: str
    similarity: float
    seen: float
    usual: float
    tables: tuple[str, ...]
    lift: float


@frozen(eq=False)
class CaseIndex:
    """`recent` stands in for the rows of `base` that are `dead`, and holds what is new. Scores of both compare."""

    base: Part
    recent: Part | None = None
    dead: frozenset[int] = frozenset()
    _living: Living | None = field(init=False)

    @_living.default
    def _without_the_dead(self) -> Living | None:
        return Living.without(len(self.base.rows), self.dead)

    @property
    def neural(self) -> NeuralLeg | None:
        """The neural vectors of the large part, or of the small one where that is all there is."""
        return self.base.neural or (self.recent.neural if self.recent else None)

    @property
    def lacks_vectors(self) -> bool:
        """Whether a part that holds cases has no neural vectors."""
        return any(
            part is not None and len(part.rows) and part.neural is None for part in (self.base, self.recent)
        )

    def __len__(self) -> int:
        return len(self.base.rows) - len(self.dead) + (len(self.recent.rows) if self.recent else 0)

    def search(
        self,
        query: RetrievalQuery,
        k: int,
        exclude_examples: Collection[str] = (),
        neural: Vector | None = None,
    ) -> list[Hit]:
        """The k likeliest cases, or all if there are fewer, most similar first; none made from these examples.

        `neural` is the question's vector by the model whose vectors the parts hold.
        """
        asked = ask(query, self.base.lexicon, neural)
        return [] if asked is None or k <= 0 else self.find(asked, k, exclude_examples)

    def find(self, asked: Asked, k: int, exclude_examples: Collection[str] = ()) -> list[Hit]:
        """The same for a query that `ask` made ready by the lexicon of the base."""
        proposed = k + _SPARE
        found = [(self.base, self.base.search(asked, proposed, self._base_living(exclude_examples)))]
        if self.recent is not None:
            excluded = self.recent.rows.of_examples(exclude_examples)
            living = Living.without(len(self.recent.rows), excluded)
            found.append((self.recent, self.recent.search(asked, proposed, living)))
        hits = _hits(found, k)
        return sorted(hits, key=lambda hit: (-hit.similarity, hit.case_id))[:k]

    def _base_living(self, exclude_examples: Collection[str]) -> Living | None:
        excluded = self.base.rows.of_examples(exclude_examples)
        if not excluded:
            return self._living
        return Living.without(len(self.base.rows), excluded | self.dead)


def build_index(entries: Iterable[Entry]) -> CaseIndex:
    """The index of the entries, in order of their case ids, in memory."""
    return CaseIndex(build_part(entries))


def _hits(found: Sequence[tuple[Part, Found]], k: int) -> list[Hit]:
    """The k likeliest of each part."""
    shapes = np.concatenate([part.rows.shapes[some.rows] for part, some in found])
    similarity = np.concatenate([some.similarity for _, some in found])
    hits: list[Hit] = []
    begin = 0
    for part, some in found:
        # Rows ascend with the ids of their cases.
        best = np.lexsort((some.rows, -some.similarity))[:k]
        rows = some.rows[best]
        columns = (
            part.rows.ids(rows),
            some.similarity[best].tolist(),
            some.seen[best].tolist(),
            shape_shares(shapes[begin + best], shapes, similarity).tolist(),
            part.rows.table_names(rows),
            part.rows.lifts[rows].tolist(),
        )
        hits += map(Hit, *columns)
        begin += len(some.rows)
    return hits


def shape_shares(
    asked: NDArray[np.uint32], shapes: NDArray[np.uint32], similarity: NDArray[np.float32]
) -> NDArray[np.float64]:
    """For each shape that is asked for the share of all that was found, weighed by likeness, that has it; in [0, 1]."""
    weights = similarity.astype(np.float64)
    # A few against a few dozen: comparing all is sooner than sorting.
    shares: NDArray[np.float64] = (asked[:, None] == shapes) @ weights / max(float(weights.sum()), 1e-12)
    return shares
