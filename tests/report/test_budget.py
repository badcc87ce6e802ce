"""The budget curve counts what the teacher was paid for, in the order in which it was."""

from attrs import evolve

from understudy_knowledge.memory.records import Case, Cost
from understudy_knowledge.teaching.records import Attempt, Trace
from understudy_server.report.budget import Earning, budget_curve, earnings


def trace(key: str, calls: int, tokens: int, case: Case | None = None) -> Trace:
    own = Attempt(key, "", False, "", "")
    return Trace(
        key, own, plan=case.plan if case else None, cost=Cost(teacher_calls=calls, teacher_tokens=tokens)
    )


def test_each_example_adds_to_what_came_before(case: Case) -> None:
    kept = evolve(case, example_id="b")
    refused = evolve(case, example_id="c", status="refused")
    traces = (trace("a", 0, 0), trace("b", 2, 300, case), trace("c", 1, 100, case), trace("d", 3, 50))
    assert earnings(traces, (kept, refused)) == (
        Earning(2, 300, 1, 1),
        Earning(3, 400, 2, 1),
        Earning(6, 450, 2, 1),
    )


def test_without_tokens_the_curve_counts_calls() -> None:
    plot = budget_curve((Earning(1, 0, 1, 0), Earning(3, 0, 2, 1)))
    assert plot is not None
    assert plot.description.startswith("After 3 calls of the teacher 2 examples were solved")


def test_a_long_run_is_thinned_and_keeps_its_end() -> None:
    plot = budget_curve([Earning(i, 10 * i, i, i // 2) for i in range(1, 102)])
    assert plot is not None
    assert plot.table is not None
    assert len(plot.table.rows) <= 41
    assert plot.table.rows[-1] == ("101", "1,010", "101", "50")


def test_a_single_example_makes_no_curve() -> None:
    assert budget_curve((Earning(1, 10, 1, 1),)) is None
