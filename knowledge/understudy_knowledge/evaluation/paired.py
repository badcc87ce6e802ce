"""Whether a paired difference between two arms is more than chance."""

from collections.abc import Sequence
from math import comb

from attrs import frozen


@frozen
class Paired:
    """Two arms on the same examples: how many only one of them passed, and the exact McNemar p-value (two-sided)."""

    gained: int
    lost: int
    p: float


def mcnemar(before: Sequence[bool], after: Sequence[bool]) -> Paired:
    """The exact test of McNemar (1947): under the null hypothesis a change is as likely a gain as a loss."""
    gained = sum(b and not a for a, b in zip(before, after, strict=True))
    lost = sum(a and not b for a, b in zip(before, after, strict=True))
    n, k = gained + lost, min(gained, lost)
    p = min(1.0, 2 * sum(comb(n, i) for i in range(k + 1)) / 2**n) if n else 1.0
    return Paired(gained, lost, p)
