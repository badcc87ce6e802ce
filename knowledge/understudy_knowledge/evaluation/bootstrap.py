"""Percentile intervals by the bootstrap (Efron, 1979), over items, by a seed."""

import random
from collections.abc import Sequence

from attrs import frozen

ROUNDS = 2_000


@frozen
class Interval:
    """Where 95 of 100 resamples lie."""

    low: float
    high: float


def mean_interval(values: Sequence[float], seed: int = 0) -> Interval:
    """Of the mean. Of a paired difference where the values are differences, item by item. Zero without values."""
    if not values:
        return Interval(0.0, 0.0)
    draw = random.Random(f"bootstrap {seed}")  # noqa: S311
    n = len(values)
    means = sorted(sum(draw.choices(values, k=n)) / n for _ in range(ROUNDS))
    return Interval(means[int(0.025 * ROUNDS)], means[int(0.975 * ROUNDS) - 1])
