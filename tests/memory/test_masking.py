"""Masking takes values out of a question and leaves the words that say what is asked."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy_knowledge.catalog import Catalog, Column, Table
from understudy_knowledge.memory.masking import mask_values

CATALOG = Catalog(
    (
        Table(
            "customers",
            (
                Column("id", "INTEGER", samples=(1, 2)),
                Column("name", samples=("Alice Smith", "Bob")),
                Column("state", samples=("IN", "CA")),
                Column("status", samples=("cancelled", "status", "order")),
            ),
        ),
        Table("orders", (Column("id"), Column("placed_at"))),
    )
)


@pytest.mark.parametrize(
    ("question", "masked"),
    [
        (
            "How many orders in IN were cancelled by alice smith after 2020-01-05?",
            "How many orders in _ were _ by _ after _?",
        ),
        (
            "top 5 customers' orders between March 2020 and 5 May 2021",
            "top _ customers' orders between _ and _",
        ),
        (
            "Which customers from New York City spent more than $1,000.50?",
            "Which customers from _ spent more than _?",
        ),
        ("orders called 'x y', it's \u201cbig\u201d", "orders called _, it's _"),
        ("Bob's order status", "_'s order status"),
        ("List Customer Orders by status for two years", "List Customer Orders by status for _ years"),
        ("Total Order Value Per Active Customer", "Total Order Value Per Active Customer"),
        ("", ""),
    ],
)
def test_masked(question: str, masked: str) -> None:
    assert mask_values(question, CATALOG) == masked


def test_without_a_catalog_numbers_dates_and_quotes_still_go() -> None:
    assert mask_values("sold 3 of 'that' in 2019 to alice smith", None) == "sold _ of _ in _ to alice smith"


@given(st.integers(2, 10**6), st.integers(2, 10**6))
@settings(deadline=None)
def test_two_questions_that_differ_in_a_number_are_masked_alike(one: int, other: int) -> None:
    assert mask_values(f"customers with over {one} orders", CATALOG) == mask_values(
        f"customers with over {other} orders", CATALOG
    )


@given(
    st.text("aB1'\"`_ -\u00c4\U0001d400", max_size=30)
    | st.sampled_from(["two cats", "Top twenty-two Old Cats"])
)
@settings(deadline=None)
def test_a_question_is_masked_alike_whether_or_not_samples_are_known(question: str) -> None:
    """Without samples some questions are seen at a glance to hold nothing."""
    unlike = Catalog((Table("t", (Column("c", samples=("zzzz",)),)),))
    assert mask_values(question) == mask_values(question, unlike)


@given(st.text(max_size=200))
@settings(max_examples=200, deadline=None)
def test_any_text_can_be_masked(question: str) -> None:
    mask_values(question, CATALOG)


def test_a_hundred_thousand_samples_cost_a_question_nothing() -> None:
    tables = tuple(
        Table(
            f"t{i}",
            tuple(
                Column(f"c{j}", samples=tuple(f"Name{i} Sur{j} {k}" for k in range(100))) for j in range(10)
            ),
        )
        for i in range(100)
    )
    catalog = Catalog(tables)
    mask_values("warm", catalog)
    start = time.perf_counter()
    for _ in range(100):
        assert mask_values("what did name7 sur3 42 buy", catalog) == "what did _ buy"
    assert time.perf_counter() - start < 0.2


def test_a_new_catalog_of_the_same_version_is_seen_with_its_own_samples() -> None:
    def sampled(value: str) -> Catalog:
        return Catalog((Table("t", (Column("c", samples=(value,)),)),))

    assert mask_values("is it green", sampled("green")) == "is it _"
    assert mask_values("is it green", sampled("yellow")) == "is it green"
