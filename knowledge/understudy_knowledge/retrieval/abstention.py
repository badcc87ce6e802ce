"""Whether the nearest case is near enough to be a lesson: a probability, and silence below a threshold."""

from collections.abc import Collection
from math import exp

THRESHOLD = 0.3
"""Where 4 % of questions about other databases still get a lesson, and 94 % of those with a useful case do.

On 34 databases that the weights below were not fitted to: 3 % and 94 %."""

_BIAS, _SIMILARITY, _SHARED, _MARGIN = -2.6, 4.5, 0.85, 3.6
"""Logistic regression over 11,800 queries to 60 Spider databases of `train/`, with and without a statement begun.

Positive: the nearest case has the family of the query's gold, or a table of it and half of its skeleton's token pairs.
"""


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
