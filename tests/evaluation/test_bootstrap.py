"""Intervals hold the mean, shrink with more items, and hang on the seed alone."""

from hypothesis import given
from hypothesis import strategies as st

from understudy_knowledge.evaluation.bootstrap import Interval, mean_interval
from understudy_knowledge.evaluation.difficulty import difficulty


@given(st.lists(st.sampled_from([-1.0, 0.0, 1.0]), min_size=1, max_size=20))
def test_the_interval_lies_within_the_values(values: list[float]) -> None:
    found = mean_interval(values)
    assert min(values) <= found.low <= found.high <= max(values)
    assert mean_interval(values) == found


def test_more_items_make_it_narrower() -> None:
    few, many = mean_interval([0.0, 1.0] * 5), mean_interval([0.0, 1.0] * 200)
    assert many.high - many.low < few.high - few.low
    assert few.low < 0.5 < few.high
    assert mean_interval([]) == Interval(0.0, 0.0)


def test_a_query_is_as_hard_as_what_it_is_made_of() -> None:
    levels = {
        "SELECT name FROM teas WHERE price > 5": "easy",
        "SELECT name, price FROM teas WHERE price > 5": "medium",
        "SELECT a.x FROM a JOIN b ON a.i = b.i WHERE a.y = 1 GROUP BY a.x": "hard",
        "SELECT name FROM teas WHERE price > (SELECT AVG(price) FROM teas) ORDER BY name LIMIT 3": "extra",
        "SELEC": "unknown",
    }
    assert {gold: difficulty(gold, "sqlite") for gold in levels} == levels
    assert difficulty("answer = 1 + 2", "python") == "easy"
    assert difficulty("answer = (", "python") == "unknown"
