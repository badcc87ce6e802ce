"""The index of the admitted cases: a large part that seldom changes, and a small one with what has changed since."""

from collections.abc import Collection, Iterable

import numpy as np
from attrs import field, frozen

from understudy_knowledge.memory.store import Entry
from understudy_knowledge.retrieval.asked import ask
from understudy_knowledge.retrieval.build import build_part
from understudy_knowledge.retrieval.embedding import Vector
from understudy_knowledge.retrieval.neural.leg import NeuralLeg
from understudy_knowledge.retrieval.part import Found, Living, Part
from understudy_knowledge.retrieval.query import RetrievalQuery

_SPARE = 24
"""Cases that each leg proposes beyond those that are wanted: a leg's best need not be the best of all legs."""


@frozen
class Hit:
    """One case that was found. `similarity` is the fused score, `seen` the share of its tables and columns in sight; in [0, 1]."""

    case_id: str
    similarity: float
    seen: float
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
        if asked is None or k <= 0:
            return []
        proposed = k + _SPARE
        hits = _hits(self.base, self.base.search(asked, proposed, self._base_living(exclude_examples)), k)
        if self.recent is None:
            return hits
        excluded = self.recent.rows.of_examples(exclude_examples)
        living = Living.without(len(self.recent.rows), excluded)
        hits += _hits(self.recent, self.recent.search(asked, proposed, living), k)
        return sorted(hits, key=lambda hit: (-hit.similarity, hit.case_id))[:k]

    def _base_living(self, exclude_examples: Collection[str]) -> Living | None:
        excluded = self.base.rows.of_examples(exclude_examples)
        if not excluded:
            return self._living
        return Living.without(len(self.base.rows), excluded | self.dead)


def build_index(entries: Iterable[Entry]) -> CaseIndex:
    """The index of the entries, in order of their case ids, in memory."""
    return CaseIndex(build_part(entries))


def _hits(part: Part, found: Found, k: int) -> list[Hit]:
    # Rows ascend with the ids of their cases.
    return [
        Hit(
            part.rows.case_id(row := int(found.rows[at])),
            float(found.similarity[at]),
            float(found.seen[at]),
            part.rows.tables(row),
            float(part.rows.lifts[row]),
        )
        for at in np.lexsort((found.rows, -found.similarity))[:k].tolist()
    ]
