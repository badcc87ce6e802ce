"""The root cause of a failure is the first thing that is wrong, in the order in which a statement is made."""

import pytest

from understudy_knowledge.memory.records import Example, Origin
from understudy_knowledge.teaching.causes import cause_of
from understudy_knowledge.teaching.records import Attempt, Trace, Turn
from understudy_knowledge.teaching.suspects import is_suspect

GOLD = (
    "SELECT c.city, SUM(o.total) FROM orders o JOIN customers c ON c.id = o.customer_id "
    "WHERE o.status = 'paid' GROUP BY c.city"
)
EXAMPLE = Example("e", "q", GOLD, Origin("a.sql", 1))


def attempt(code: str, outcome: str = "ok", difference: str = "rows", answer: str = "") -> Attempt:
    return Attempt("e", code, False, outcome, "", difference=difference if outcome == "ok" else "", answer=answer)  # fmt: skip


@pytest.mark.parametrize(
    ("made", "cause"),
    [
        (attempt(GOLD, "unknown-name"), "schema"),
        (attempt("SELECT 1 FROM orders"), "schema"),
        (attempt(GOLD.replace("c.id = o.customer_id", "c.id = o.id")), "join"),
        (attempt(GOLD.replace("JOIN", "LEFT JOIN")), "join"),
        (attempt(GOLD.replace("JOIN", "JOIN stores s ON s.id = o.store_id JOIN")), "join"),
        (attempt(GOLD.replace("'paid'", "'open'")), "value"),
        (attempt(GOLD.replace("WHERE o.status = 'paid' ", "")), "value"),
        (attempt(GOLD.replace("SUM", "AVG")), "aggregate"),
        (attempt(GOLD.replace(" GROUP BY c.city", "")), "aggregate"),
        (attempt(GOLD.replace("SELECT c.city,", "SELECT c.name,")), "schema"),
        (attempt(GOLD, difference="column-order"), "format"),
        (attempt(GOLD, difference="near-numbers"), "format"),
        (attempt("SELECT (", "syntax"), "format"),
        (attempt("", "empty"), "format"),
        (attempt(GOLD, "timeout"), "timeout"),
        (attempt(GOLD, "memory"), "timeout"),
    ],
)
def test_each_failure_has_the_cause_that_came_first(made: Attempt, cause: str) -> None:
    assert cause_of(made, EXAMPLE) == cause


def test_spelling_aliases_and_sides_are_no_cause() -> None:
    other = GOLD.replace("o.", "x.").replace("orders o", "orders AS x").replace("c.id = x.customer_id", "x.CUSTOMER_ID = c.ID")  # fmt: skip
    assert cause_of(attempt(other), EXAMPLE) == "format"


def test_an_attempt_that_passes_has_none() -> None:
    assert cause_of(Attempt("e", GOLD, True, "ok", ""), EXAMPLE) is None


def test_gold_is_in_doubt_when_statements_of_three_kinds_agree_against_it() -> None:
    codes = ("SELECT SUM(total) FROM orders", "SELECT TOTAL(total) FROM orders", "SELECT AVG(total) * COUNT(total) FROM orders")  # fmt: skip
    own, *others = (attempt(code, answer="x") for code in codes)
    turns = tuple(Turn(None, each) for each in others)  # type: ignore[arg-type]
    assert is_suspect(Trace("e", own, turns), "sqlite")
    assert not is_suspect(Trace("e", own, turns[:1]), "sqlite")
    assert not is_suspect(Trace("e", attempt(codes[0], answer="other"), turns), "sqlite")
    assert not is_suspect(Trace("e", own, turns, plan="found"), "sqlite")  # type: ignore[arg-type]
