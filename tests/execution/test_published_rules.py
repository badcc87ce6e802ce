"""Where our comparison differs from the published rules of two benchmarks, and why.

Both rules are written here anew from their papers: BIRD (Li et al., NeurIPS 2023) compares sets of rows; the test suites of Spider
(Zhong et al., EMNLP 2020) compare multisets with exact numbers, allow columns to permute, and look at the order of rows when the gold
text says `ORDER BY` anywhere.
"""

from collections import Counter
from itertools import permutations

import pytest
from attrs import frozen

from understudy_knowledge.execution import Result, Row, compare, ordering

Rows = tuple[Row, ...]


def bird(answer: Rows, gold: Rows) -> bool:
    return set(answer) == set(gold)


def spider(answer: Rows, gold: Rows, sql: str) -> bool:
    if not answer and not gold:
        return True
    if len(answer) != len(gold) or len(answer[0]) != len(gold[0]):
        return False
    ordered = "order by" in sql.lower()
    for order in permutations(range(len(gold[0]))):
        turned = tuple(tuple(row[place] for place in order) for row in answer)
        if turned == gold if ordered else Counter(turned) == Counter(gold):
            return True
    return False


@frozen
class Case:
    """What was asked, what came, what each rule says, and why ours is right."""

    why: str
    gold: str
    wanted: Rows
    given: Rows
    ours: bool
    bird: bool
    spider: bool


PLAIN = "SELECT a, b FROM t"
CASES = [
    Case("equal", PLAIN, ((1, "x"),), ((1, "x"),), True, True, True),
    Case("rows in another order", PLAIN, ((1, "x"), (2, "y")), ((2, "y"), (1, "x")), True, True, True),
    Case("a join that multiplies rows gives wrong sums downstream", PLAIN, ((1, "x"),), ((1, "x"), (1, "x")), False, True, False),
    Case("a missing DISTINCT", "SELECT DISTINCT a FROM t", ((1,), (2,)), ((1,), (2,), (2,)), False, True, False),
    Case("a DISTINCT too many", "SELECT a FROM t", ((1,), (2,), (2,)), ((1,), (2,)), False, True, False),
    Case("summed in another order, a float differs in its last bit", "SELECT sum(a) FROM t", ((0.30000000000000004,),), ((0.3,),), True, False, False),
    Case("the same average by another way", "SELECT avg(a) FROM t", ((33.333333333333336,),), ((33.33333333333333,),), True, False, False),
    Case("rounding was not asked for", "SELECT avg(a) FROM t", ((33.333333333333336,),), ((33.33,),), False, False, False),
    Case("1 and 1.0 are one number", "SELECT a FROM t", ((1,),), ((1.0,),), True, True, True),
    Case("a number is not its text", "SELECT a FROM t", ((1,),), (("1",),), False, False, False),
    Case("the order asked for is not kept", "SELECT a FROM t ORDER BY a", ((1,), (2,)), ((2,), (1,)), False, True, False),
    Case("an inner ORDER BY says nothing of the result", "SELECT a FROM (SELECT a FROM t ORDER BY b)", ((1,), (2,)), ((2,), (1,)), True, True, False),
    Case("an ORDER BY in a window says nothing of the result", "SELECT a, rank() OVER (ORDER BY a) FROM t", ((1, 1), (2, 2)), ((2, 2), (1, 1)), True, True, False),
    Case("the words stand in a text only", "SELECT a FROM t WHERE b = 'order by'", ((1,), (2,)), ((2,), (1,)), True, True, False),
    Case("rows that tie may permute", "SELECT a, b FROM t ORDER BY b", ((1, "x"), (2, "x")), ((2, "x"), (1, "x")), True, True, False),
    Case("columns swapped is another table, and is said so", PLAIN, ((1, 2), (3, 4)), ((2, 1), (4, 3)), False, False, True),
    Case("a column too many", "SELECT a FROM t", ((1,),), ((1, "x"),), False, False, False),
    Case("a column too few", PLAIN, ((1, "x"),), ((1,),), False, False, False),
    Case("NULL is NULL", "SELECT a FROM t", ((None,),), ((None,),), True, True, True),
    Case("NULL is not zero", "SELECT a FROM t", ((None,),), ((0,),), False, False, False),
    Case("pandas writes NULL as NaN", "SELECT a FROM t", ((None,),), ((float("nan"),),), True, False, False),
    Case("empty is empty, weakly", "SELECT a FROM t", (), (), True, True, True),
    Case("large integers are exact", "SELECT a FROM t", ((2**62,),), ((2**62 + 1,),), False, False, False),
    Case("letter case counts", "SELECT b FROM t", (("x",),), (("X",),), False, False, False),
]  # fmt: skip


@pytest.mark.parametrize("case", [pytest.param(case, id=case.why) for case in CASES])
def test_the_table_of_differences_holds(case: Case) -> None:
    width = max((len(row) for row in (*case.wanted, *case.given)), default=1)
    columns = tuple("abcdef"[:width])
    order = ordering(case.gold)
    ours = compare(
        Result(columns[: len(case.given[0])] if case.given else columns, case.given),
        Result(columns[: len(case.wanted[0])] if case.wanted else columns, case.wanted),
        ordered=order.ordered,
        ties=order.keys,
    )
    assert ours.passed is case.ours
    assert bird(case.given, case.wanted) is case.bird
    assert spider(case.given, case.wanted, case.gold) is case.spider
