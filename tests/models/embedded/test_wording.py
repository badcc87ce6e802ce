"""What a lesson's steps say when a person reads them."""

import pytest
import sqlglot

from understudy_knowledge.memory.records import Case
from understudy_knowledge.memory.wording import in_words, order_in_words, tables_in_words


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("NOT o.status IN ('canceled', 'refunded')", "o.status is neither 'canceled' nor 'refunded'"),
        ("o.status NOT IN ('a', 'b', 'c')", "o.status is none of 'a', 'b' and 'c'"),
        ("o.status IN ('a', 'b')", "o.status is 'a' or 'b'"),
        ("NOT o.status IN ('a')", "o.status is not 'a'"),
        ("c.deleted_at IS NULL", "c.deleted_at is missing"),
        ("NOT c.deleted_at IS NULL", "c.deleted_at is known"),
        ("p.kind = 'coffee'", "p.kind is 'coffee'"),
        ("NOT (p.kind = 'coffee')", "p.kind is not 'coffee'"),
        ("s.paused <> 1", "s.paused is not 1"),
        ("l.bags >= 5", "l.bags is at least 5"),
        ("l.bags BETWEEN 1 AND 3", "l.bags is between 1 and 3"),
        ("NOT l.bags > 5", "NOT l.bags > 5"),
        ("COUNT(*) > 3", "COUNT(*) > 3"),
        ("a = 1 OR b = 2", "a = 1 OR b = 2"),
    ],
)
def test_a_condition_reads_as_a_sentence_or_stays_sql(code: str, words: str) -> None:
    assert in_words(sqlglot.parse_one(code, read="sqlite")) == words


def test_an_order_says_by_what_and_which_way() -> None:
    def order(sql: str) -> str:
        return order_in_words(sqlglot.parse_one(f"SELECT 1 ORDER BY {sql}").args["order"].expressions[0])

    assert order("SUM(x) DESC") == "the figure, highest first"
    assert order("c.name") == "c.name, lowest first"


def test_tables_are_listed() -> None:
    def tables(sql: str) -> str:
        return tables_in_words(sqlglot.parse_one(f"SELECT * FROM {sql}"))

    assert tables("orders") == "orders"
    assert tables("a JOIN b ON a.x = b.x JOIN c ON b.y = c.y") == "a, joined with b and c"
    assert tables("(SELECT 1)") == ""


def test_lessons_of_the_example_project_are_sentences_of_what_was_found(cases: list[Case]) -> None:
    net = next(case for case in cases if case.question == "Net revenue by channel so far in 2025")
    purposes = " ".join(step.purpose for step in net.plan.steps)
    assert "Start from order_lines, joined with orders" in purposes
    assert "orders.status is neither 'canceled' nor 'refunded'" in purposes
    assert net.explanation.startswith("In this project ")
    for case in cases:
        assert "where value." not in " ".join(step.purpose for step in case.plan.steps)
