"""Whether the nearest case is near enough to be a lesson: a probability, and silence below a threshold."""

from collections.abc import Collection
from math import exp

THRESHOLD = 0.5
_BIAS, _SIMILARITY, _SHARED, _MARGIN = -3.0, 8.0, 1.0, 1.0


def relevance(
    similarity: float, margin: float, asked_tables: Collection[str], case_tables: Collection[str]
) -> float:
    """A calibrated score in [0, 1]. `similarity` is the fused score, `margin` its lead over the runner-up, both in [0, 1].

    Tables count only when the query names some.
    """
    shared = 0.0
    if asked_tables and case_tables:
        asked, known = {name.lower() for name in asked_tables}, {name.lower() for name in case_tables}
        shared = 2 * len(asked & known) / min(len(asked), len(known)) - 1
    return 1 / (1 + exp(-(_BIAS + _SIMILARITY * similarity + _SHARED * shared + _MARGIN * margin)))
