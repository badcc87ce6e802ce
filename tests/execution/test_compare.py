"""When an answer is the gold answer, and what a teacher is told when it is not."""

import math
import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy_knowledge.execution import Cell, Outcome, Result, Row, compare, is_ordered, judge, ordering

cells = st.one_of(
    st.none(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(),
    st.text(max_size=4),
    st.booleans(),
    st.sampled_from(["a", "b", 1, 1.0]),
)


@st.composite
def results(draw: st.DrawFn) -> Result:
    width = draw(st.integers(1, 4))
    rows = draw(st.lists(st.tuples(*[cells] * width), max_size=12))
    return Result(tuple(f"c{place}" for place in range(width)), tuple(rows))


def result(*rows: Row, columns: tuple[str, ...] | None = None) -> Result:
    return Result(columns or tuple("abcdefgh"[: len(rows[0])]), rows)


@given(results(), st.randoms(use_true_random=False))
def test_rows_may_permute_unless_ordered(gold: Result, chance: random.Random) -> None:
    rows = list(gold.rows)
    chance.shuffle(rows)
    answer = Result(gold.columns, tuple(rows))
    assert compare(answer, gold, ordered=False).passed
    assert compare(gold, gold, ordered=True).passed
    assert compare(answer, gold, ordered=True).difference in {"", "order"}


@given(results(), st.data())
def test_a_changed_cell_fails(gold: Result, data: st.DataObject) -> None:
    if not gold.rows:
        return
    row = data.draw(st.integers(0, len(gold.rows) - 1))
    column = data.draw(st.integers(0, len(gold.columns) - 1))
    rows = [list(cells) for cells in gold.rows]
    rows[row][column] = "a cell that is nowhere else"
    verdict = compare(Result(gold.columns, tuple(map(tuple, rows))), gold, ordered=False)
    assert verdict.kind == "wrong-answer"
    assert verdict.reason.endswith(".")


@given(results())
def test_a_row_too_many_fails_and_so_does_one_too_few(gold: Result) -> None:
    if gold.rows:
        less = Result(gold.columns, gold.rows[1:])
        assert compare(less, gold, ordered=False).difference == "missing-rows"
        assert compare(gold, less, ordered=False).difference == "extra-rows"


@pytest.mark.parametrize(
    ("answer", "gold", "equal"),
    [
        (1, 1.0, True),
        (True, 1, True),
        (1.0000001, 1.0, True),
        (1.00001, 1.0, False),
        (1e-17, 0.0, True),
        (None, math.nan, True),
        (None, 0, False),
        (None, "", False),
        ("1", 1, False),
        ("a", "A", False),
        ("a", "a ", False),
        (1_700_000_000, 1_700_000_001, False),
        (math.inf, math.inf, True),
        (math.inf, -math.inf, False),
        (2**62, 2**62 + 1, False),
    ],
)
def test_when_two_cells_are_equal(answer: Cell, gold: Cell, equal: bool) -> None:
    assert compare(result((answer,)), result((gold,)), ordered=False).passed is equal
    assert compare(result((gold,)), result((answer,)), ordered=False).passed is equal


def test_a_chain_of_near_values_does_not_join_its_ends() -> None:
    chain = [1.0 + step * 9e-7 for step in range(50)]
    gold = result(*[(value,) for value in chain], (chain[0],), (chain[0],))
    answer = result(*[(value,) for value in chain], (chain[-1],), (chain[-1],))
    assert not compare(answer, gold, ordered=False).passed


def test_reasons_name_what_a_teacher_needs() -> None:
    gold = result(("DE", 12.0), ("FR", 7.0), ("IT", 3.0), columns=("country", "total"))

    def reason(*rows: Row, columns: tuple[str, ...] = ("country", "total")) -> tuple[str, str]:
        verdict = compare(Result(columns, rows), gold, ordered=False)
        return verdict.difference, verdict.reason

    assert reason(("FR", 7), ("IT", 3)) == ("missing-rows", "1 row is missing, the first is ('DE', 12.0).")
    assert reason(*gold.rows, ("ES", 1)) == ("extra-rows", "1 row is too many, the first is ('ES', 1).")
    assert "repeated" in reason(*gold.rows, ("FR", 7))[1]
    assert reason((12, "DE"), (7, "FR"), (3, "IT"), columns=("total", "country")) == (
        "column-order",
        "The values are right but the columns are not in the order of the question: country, total.",
    )
    assert reason(("DE", 12, 0), columns=("country", "total", "id"))[1].endswith("not asked for: id.")
    assert reason(("DE",), columns=("country",))[1].endswith("missing: total.")
    assert reason(("DE", 13), ("FR", 7), ("IT", 3)) == (
        "values",
        "Only 'total' (column 2) is wrong, in 1 of 3 rows: the answer has ('DE', 13) where the gold answer has ('DE', 12.0).",
    )
    assert reason(("XX", 13), ("FR", 7), ("IT", 3))[0] == "rows"
    assert reason(("XX", 13), ("FR", 7))[0] == "rows"


def test_two_empty_results_pass_weakly() -> None:
    verdict = compare(Result(("a",), ()), Result(("b",), ()), ordered=True)
    assert (verdict.passed, verdict.weak) == (True, True)


def test_ties_may_permute_and_nothing_else() -> None:
    gold = result(("a", 2), ("b", 1), ("c", 1), ("d", 0))
    tied = result(("a", 2), ("c", 1), ("b", 1), ("d", 0))
    wrong = result(("b", 1), ("a", 2), ("c", 1), ("d", 0))
    assert compare(tied, gold, ordered=True, ties=(1,)).passed
    assert compare(tied, gold, ordered=True).difference == "order"
    assert compare(wrong, gold, ordered=True, ties=(1,)).difference == "order"


@pytest.mark.parametrize(
    ("sql", "ordered", "keys"),
    [
        ("SELECT a, b FROM t ORDER BY b DESC, 1", True, (1, 0)),
        ("SELECT a AS x, sum(b) FROM t GROUP BY 1 ORDER BY sum(b), X", True, (1, 0)),
        ("SELECT a FROM t ORDER BY hidden", True, None),
        ("SELECT * FROM t ORDER BY a", True, None),
        ("SELECT a FROM (SELECT a FROM t ORDER BY a)", False, None),
        ("WITH c AS (SELECT a FROM t ORDER BY a) SELECT a FROM c", False, None),
        ("SELECT a FROM t UNION SELECT b FROM u ORDER BY a", True, (0,)),
        ("SELECT rank() OVER (ORDER BY a) FROM t", False, None),
        ("SELECT FROM WHERE ((", False, None),
    ],
)
def test_only_the_outermost_order_counts(sql: str, ordered: bool, keys: tuple[int, ...] | None) -> None:
    assert is_ordered(sql) is ordered
    assert ordering(sql).keys == keys


def test_ten_thousand_noisy_rows_compare_in_well_under_a_second() -> None:
    chance = random.Random(7)
    gold = result(*[(chance.random() * 1e6, f"name {n % 50}", n, chance.random()) for n in range(10_000)])
    rows = [(a * (1 + 1e-8), b, n, d) for a, b, n, d in gold.rows if isinstance(a, float)]
    chance.shuffle(rows)
    started = time.process_time()
    assert compare(Result(gold.columns, tuple(rows)), gold, ordered=False).passed
    rows[0] = (1.0, "odd", 1, 1.0)
    assert not compare(Result(gold.columns, tuple(rows)), gold, ordered=False).passed
    assert time.process_time() - started < 3


def test_runs_that_failed_are_judged_by_their_message() -> None:
    fine = Outcome("ok", Result(("a",), ((1,),)))
    failed = Outcome("unknown-name", message="No such column: x.")
    assert judge(fine, fine, ordered=True).passed
    assert judge(failed, fine, ordered=False).reason == "No such column: x."
    assert judge(fine, failed, ordered=False).reason == "The gold code itself failed: No such column: x."
