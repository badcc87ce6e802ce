"""Schema linking: what the words of a question name."""

import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy_knowledge.catalog import Catalog
from understudy_knowledge.models.embedded.linking import linker_for

_WORDS = st.sampled_from(
    "orders order customers name region New York north on hold gift card only São Paulo turnover cents total id group the 5".split()
)


@pytest.mark.parametrize(
    ("question", "place", "value"),
    [
        ("Customers in New York", "customers.region", "New York"),
        ("customers in new york", "customers.region", "New York"),
        ("Orders that are on hold", "orders.status", "on_hold"),
        ("gift card only orders", "orders.status", "gift_card_only"),
        ("Customers from São Paulo", "customers.region", "São Paulo"),
        ("orders shipped", "orders.status", "shipped"),
    ],
)
def test_a_value_is_found_however_it_is_spelled(shop: Catalog, question: str, place: str, value: str) -> None:
    best = linker_for(shop).link(question).of("value")[0]
    assert (f"{best.table}.{best.column}", best.value) == (place, value)


def test_part_of_a_value_names_no_value(shop: Catalog) -> None:
    values = [mention.value for mention in linker_for(shop).link("new gift for york").of("value")]
    assert values == []


def test_names_link_to_tables_and_columns_with_the_tables_word_making_sure(shop: Catalog) -> None:
    links = linker_for(shop).link("customer name of all orders")
    assert links.of("table")[0].score == 1
    assert {mention.table for mention in links.of("table") if mention.score == 1} >= {"customers", "orders"}
    best = links.of("column")[0]
    assert (best.table, best.column) == ("customers", "name")


def test_a_word_that_only_a_comment_has_names_that_column_in_passing(shop: Catalog) -> None:
    (mention,) = linker_for(shop).link("What is our turnover?").of("column")
    assert (mention.table, mention.column) == ("orders", "total")
    assert mention.score < 0.6


@given(st.one_of(st.lists(_WORDS, max_size=10).map(" ".join), st.text(max_size=60)))
def test_any_text_links_within_its_own_words(shop: Catalog, question: str) -> None:
    links = linker_for(shop).link(question)
    scores = [mention.score for mention in links.mentions]
    assert scores == sorted(scores, reverse=True)
    for mention in links.mentions:
        assert 0 <= mention.first <= mention.last < len(links.tokens)
        assert 0 < mention.score <= 1
        assert shop.table(mention.table) is not None
        assert mention.column is None or shop.column(mention.table, mention.column) is not None


def test_an_empty_catalog_links_nothing() -> None:
    assert linker_for(Catalog()).link("orders by customer").mentions == ()


_LINK = """
from understudy_knowledge.catalog import Catalog
from understudy_knowledge.catalog.model import Column, Table
from understudy_knowledge.models.embedded.linking import linker_for

names = ("active_from_date", "active_to_date", "active_by_week_day", "first_active_month", "from_zip_code", "to_zip_code_part")
catalog = Catalog(tuple(Table(f"table{n}", tuple(Column(f"{name}_{n}", "TEXT") for name in names)) for n in range(4)))
links = linker_for(catalog).link("active date of the first zip code by month and week day")
print([(each.table, each.column, each.score) for each in links.mentions])
"""


def test_links_are_the_same_in_every_process() -> None:
    """Sets give words in an order that differs from process to process, and sums of floats in another order differ by a hair."""
    said = {
        subprocess.run(
            [sys.executable, "-c", _LINK],
            env={**os.environ, "PYTHONHASHSEED": str(seed)},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in range(6)
    }
    assert len(said) == 1
