"""The order of what was found: by likeness first, and among those that are nearly alike by what is known of them.

Tables and columns in sight, the skeleton that most of what was found has, the lift that was measured, and acceptances in this
editor can make up for a small difference in likeness, never for a large one: what they may add is bounded.
"""

from collections.abc import Iterator, Mapping, Sequence
from math import log1p

from understudy_knowledge.retrieval.abstention import Features
from understudy_knowledge.retrieval.index import Hit
from understudy_knowledge.retrieval.query import RetrievalQuery

_SEEN = 0.05
"""For a case all of whose tables and columns are in sight."""
_USUAL = 0.4
"""For a case whose skeleton all that was found has. Fitted on 300 questions to a fifth of the databases of `train/` that the memory
knew nothing of: the first case has the gold's skeleton for 35.0 %, without it for 28.3; one of eight for 56.3 and 55.7."""
_LIFT = 0.01
"""For a lift of one."""
_ACCEPTED = 0.01
"""For twenty acceptances or more."""
_MANY = 20


def ranked(
    hits: Sequence[Hit], query: RetrievalQuery, accepted: Mapping[str, int]
) -> Iterator[tuple[Hit, Features]]:
    """The hits, most similar first, in the order in which they are worth a try, with what abstention goes by.

    `accepted` says how often suggestions made with a case were accepted.
    """
    # By likeness alone: what else speaks for a case does not make it stand out.
    below = [*(hit.similarity for hit in hits[1:]), 0.0]
    margins = {hit.case_id: hit.similarity - next_one for hit, next_one in zip(hits, below, strict=False)}
    for hit in sorted(hits, key=lambda hit: (-_worth(hit, accepted), hit.case_id)):
        yield hit, Features.of(hit.similarity, margins[hit.case_id], query.tables, hit.tables)


def _worth(hit: Hit, accepted: Mapping[str, int]) -> float:
    used = min(log1p(accepted.get(hit.case_id, 0)) / log1p(_MANY), 1.0)
    lift = max(-1.0, min(hit.lift, 1.0))
    return hit.similarity + _SEEN * hit.seen + _USUAL * hit.usual + _LIFT * lift + _ACCEPTED * used
