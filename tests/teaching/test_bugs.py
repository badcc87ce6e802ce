"""Bugs with their fixes, out of traces."""

from pathlib import Path

from attrs import evolve

from understudy_knowledge.catalog import Catalog
from understudy_knowledge.memory.records import Example, Origin, Plan
from understudy_knowledge.memory.store import KnowledgeStore
from understudy_knowledge.teaching.bugs import repairs_of
from understudy_knowledge.teaching.candidates import candidate
from understudy_knowledge.teaching.records import Attempt, Trace, Turn

GOLD = "SELECT SUM(amount) FROM sales WHERE canceled = 0"
EXAMPLE = Example("e1", "total of sales", GOLD, Origin("a.sql", 3))


def failed(code: str, outcome: str = "ok", said: str = "The answer has other values.") -> Attempt:
    return Attempt("e1", code, False, outcome, said)


def found(trace: Trace, *examples: Example):
    return repairs_of(examples or (EXAMPLE,), {"e1": trace}, "student", Catalog())


def test_each_failed_attempt_is_held_against_the_code_that_passed() -> None:
    passed = Attempt("e1", "SELECT SUM(amount) FROM sales WHERE NOT canceled", True, "ok", "")
    plan = Plan("total of sales", (), GOLD)
    trace = Trace(
        "e1",
        failed("SELECT SUM(total) FROM sales", "unknown-name", "no such column: total"),
        (Turn(plan, failed("SELECT SUM(amount) FROM sales")), Turn(plan, passed)),
    )
    first, second = found(trace)
    assert (first.kind, first.symbols) == ("column", ("total",))
    assert (second.kind, second.fixed) == ("answer", passed.code)
    assert first.id != second.id


def test_without_a_success_the_examples_own_code_is_the_fix() -> None:
    (repair,) = found(Trace("e1", failed("SELECT COUNT(*) FROM sales")))
    assert repair.fixed == GOLD


def test_what_is_in_doubt_too_slow_or_empty_makes_no_pair() -> None:
    assert found(Trace("e1", failed("SELECT 1"), cause="gold-suspect")) == []
    assert found(Trace("e1", failed("SELECT 1", "timeout"))) == []
    assert found(Trace("e1", failed(""))) == []
    assert found(Trace("e1", Attempt("e1", GOLD, True, "ok", ""))) == []


def test_what_a_person_forgot_goes_and_stays_away(tmp_path: Path) -> None:
    repairs = found(Trace("e1", failed("SELECT 1")))
    solved = Attempt("e1", GOLD, True, "ok", "")
    plan = Plan("total of sales", (), GOLD)
    case = candidate(
        EXAMPLE, Trace("e1", failed("SELECT 1"), (Turn(plan, solved),), plan), "student", Catalog()
    )
    with KnowledgeStore.open(tmp_path / "knowledge.db") as store:
        store.put_repairs(repairs)
        assert store.repairs() == tuple(repairs)
        store.put_repairs([evolve(repairs[0], error="other words")])
        assert [each.error for each in store.repairs()] == ["other words"]
        store.put_case(case)
        store.forget(case.id)
        assert store.repairs() == ()
        store.put_repairs(repairs)
        assert store.repairs() == ()
