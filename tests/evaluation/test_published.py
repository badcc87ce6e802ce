"""The published rules judge as their authors say, and differ from ours where they do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy_knowledge.evaluation.published import bird_accuracy, soft_f1, spider_accuracy
from understudy_knowledge.execution import Result, compare

CELL = st.one_of(st.integers(0, 3), st.sampled_from(["a", "b"]), st.none())


def _result(*rows: tuple[object, ...]) -> Result:
    return Result(tuple(f"c{i}" for i in range(len(rows[0]) if rows else 1)), rows)  # type: ignore[arg-type]


def test_bird_ignores_repeated_rows_where_we_do_not() -> None:
    once, twice = _result((1,), (2,)), _result((2,), (1,), (1,))
    assert bird_accuracy(twice, once)
    assert not spider_accuracy(twice, once, "SELECT x FROM t")
    assert not compare(twice, once, ordered=False).passed


def test_spider_forgives_another_order_of_columns_where_we_do_not() -> None:
    answer, gold = _result(("a", 1), ("b", 2)), _result((1, "a"), (2, "b"))
    assert spider_accuracy(answer, gold, "SELECT x, y FROM t")
    assert not bird_accuracy(answer, gold)
    assert not compare(answer, gold, ordered=False).passed


def test_spider_counts_the_order_of_rows_where_the_gold_says_order_by() -> None:
    answer, gold = _result((2,), (1,)), _result((1,), (2,))
    assert spider_accuracy(answer, gold, "SELECT x FROM t")
    assert not spider_accuracy(answer, gold, "SELECT x FROM t ORDER BY x")


@pytest.mark.parametrize(
    ("answer", "gold", "wanted"),
    [
        (_result((1, "a"), (2, "b")), _result((1, "a"), (2, "b")), 1.0),
        (_result((1, "x")), _result((1, "a")), 0.5),
        (_result((1, "a")), _result((1, "a"), (2, "b")), 2 / 3),
        (_result((9, 9)), _result((1, "a")), 0.0),
        (Result(("c",), ()), Result(("c",), ()), 1.0),
    ],
)
def test_soft_f1_gives_credit_for_cells(answer: Result, gold: Result, wanted: float) -> None:
    assert soft_f1(answer, gold) == pytest.approx(wanted)


@given(st.lists(st.tuples(CELL, CELL), max_size=6), st.lists(st.tuples(CELL, CELL), max_size=6))
def test_soft_f1_lies_between_nothing_and_all_and_an_answer_is_like_itself(
    one: list[tuple[object, ...]], other: list[tuple[object, ...]]
) -> None:
    first, second = (Result(("a", "b"), tuple(rows)) for rows in (one, other))  # type: ignore[arg-type]
    assert 0.0 <= soft_f1(first, second) <= 1.0
    assert bird_accuracy(first, first)
    assert spider_accuracy(first, first, "SELECT a, b FROM t ORDER BY a")
