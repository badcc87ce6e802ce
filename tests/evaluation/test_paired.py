"""The exact test of McNemar against values worked out elsewhere."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy_knowledge.evaluation.paired import mcnemar


def arms(gained: int, lost: int, same: int = 3) -> tuple[list[bool], list[bool]]:
    before = [False] * gained + [True] * lost + [True, False] * same
    after = [True] * gained + [False] * lost + [True, False] * same
    return before, after


@pytest.mark.parametrize(
    ("gained", "lost", "p"),
    [
        (0, 0, 1.0),
        (1, 0, 1.0),
        (5, 0, 0.0625),
        (6, 0, 0.03125),
        (10, 2, 0.03857421875),
        (9, 1, 0.021484375),
        (2, 10, 0.03857421875),
        (3, 3, 1.0),
    ],
)
def test_the_p_value_is_that_of_the_two_sided_binomial_test(gained: int, lost: int, p: float) -> None:
    paired = mcnemar(*arms(gained, lost))
    assert (paired.gained, paired.lost) == (gained, lost)
    assert paired.p == pytest.approx(p, rel=1e-4)


@given(st.lists(st.tuples(st.booleans(), st.booleans()), max_size=200))
def test_swapping_the_arms_swaps_gains_and_losses_and_keeps_p(pairs: list[tuple[bool, bool]]) -> None:
    before, after = [one for one, _ in pairs], [other for _, other in pairs]
    paired, swapped = mcnemar(before, after), mcnemar(after, before)
    assert (paired.gained, paired.lost, paired.p) == (swapped.lost, swapped.gained, swapped.p)
    assert 0 < paired.p <= 1
    assert paired.gained - paired.lost == sum(after) - sum(before)


def test_arms_of_different_lengths_are_a_mistake() -> None:
    with pytest.raises(ValueError):
        mcnemar([True], [True, False])
