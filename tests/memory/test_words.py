"""Words of texts and identifiers, and stems that bring inflections together."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy_knowledge.memory.words import stem, stems, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("orderItems", ["order", "items"]),
        ("order_items2", ["order", "items", "2"]),
        ("The customer's CITY", ["the", "customer", "city"]),
        ("Größe der Straße", ["größe", "der", "straße"]),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@pytest.mark.parametrize(
    "group",
    ["price prices priced pricing", "city cities", "ship ships shipped shipping", "movie movies", "sell selling sells",
     "address addresses addressed", "box boxes", "rating ratings rate", "company companies", "status statuses"],
)  # fmt: skip
def test_inflections_share_a_stem(group: str) -> None:
    assert len({stem(word) for word in group.split()}) == 1


@pytest.mark.parametrize(
    ("one", "other"), [("order", "ordinal"), ("need", "ned"), ("sing", "sting"), ("data", "date")]
)
def test_other_words_keep_other_stems(one: str, other: str) -> None:
    assert stem(one) != stem(other)


@given(st.text(alphabet="abcdeghinorsty", min_size=1, max_size=15))
def test_a_stem_is_its_own_stem(word: str) -> None:
    assert stem(stem(word)) == stem(word)


def test_stems_leave_out_what_carries_no_meaning() -> None:
    assert stems("Show me the prices of all products") == [stem("price"), stem("product")]
