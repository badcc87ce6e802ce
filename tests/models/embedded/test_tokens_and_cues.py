"""Words of a question, and what its wording asks for."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy_knowledge.models.embedded.cues import read_cues
from understudy_knowledge.models.embedded.tokens import name_stems, tokenize

_WORDS = st.sampled_from(
    "how many number of top bottom 5 five newest first last highest by per each and , : the a more than at least at most over 10 "
    "orders customers total average name name's 2024 monthly month or not unique sorted desc 9e9 1,000 50% ² İ ß".split()
)
questions = st.one_of(st.lists(_WORDS, max_size=12).map(" ".join), st.text(max_size=80))


@given(questions)
def test_any_text_is_read_and_every_token_points_to_its_place(question: str) -> None:
    tokens = tokenize(question)
    for token in tokens:
        assert question[token.start : token.end] == token.text
    assert all(a.end <= b.start for a, b in itertools.pairwise(tokens))
    cues = read_cues(question)
    spans = [*cues.groups, *cues.listed, *filter(None, (cues.count_of, cues.rank_of, cues.rank_by))]
    assert all(0 <= first <= last < len(tokens) for first, last in spans)
    assert all(0 <= comparison.at < len(tokens) for comparison in cues.comparisons)


@pytest.mark.parametrize("question", ["top " + "9" * 400 + " customers", "orders over " + "9" * 400])
def test_a_number_beyond_all_bounds_is_no_number(question: str) -> None:
    cues = read_cues(question)
    assert cues.comparisons == ()
    assert cues.limit in {None, 1}


@pytest.mark.parametrize(
    ("text", "number"),
    [("five", 5), ("Twelve", 12), ("1,250", 1250), ("2.5", 2.5), ("10%", 10), ("zero", 0)],
)
def test_a_number_is_read_in_words_and_in_figures(text: str, number: float) -> None:
    assert [token.number for token in tokenize(text)] == [number]


@pytest.mark.parametrize("question", ["each customer's orders", "each customer\u2019s orders"])
def test_a_possessive_is_the_word_itself(question: str) -> None:
    content = [token.stem for token in tokenize(question) if token.is_content]
    assert "customer" in content
    assert not {"customer's", "s"} & set(content)


def test_identifiers_and_values_come_apart_into_the_same_stems() -> None:
    assert name_stems("unit_price_cents") == name_stems("unitPriceCents") == name_stems("Unit price, cents")
    assert name_stems("") == name_stems("___") == ()


@pytest.mark.parametrize(
    ("question", "limit", "direction"),
    [
        ("Top 5 customers by revenue", 5, "DESC"),
        ("the five largest orders", 5, "DESC"),
        ("The three cheapest products", 3, "ASC"),
        ("Which product is the most expensive?", 1, "DESC"),
        ("orders newest first", None, "DESC"),
        ("Customers in alphabetical order", None, "ASC"),
        ("customers with at least 3 orders", None, None),
        ("orders in 2024", None, None),
    ],
)
def test_a_rank_has_a_number_and_a_direction(question: str, limit: int | None, direction: str | None) -> None:
    cues = read_cues(question)
    assert (cues.limit, cues.direction) == (limit, direction)


@pytest.mark.parametrize(
    ("question", "operator", "number"),
    [
        ("customers with more than 3 orders", ">", 3),
        ("customers with no more than three orders", "<=", 3),
        ("products under 500 cents", "<", 500),
        ("at least 12 bags", ">=", 12),
        ("5 or more tickets", ">=", 5),
        ("Lots of more than 2000 grams", ">", 2000),
    ],
)
def test_a_comparison_has_an_operator_and_a_number(question: str, operator: str, number: float) -> None:
    assert [(c.operator, c.number) for c in read_cues(question).comparisons] == [(operator, number)]


def test_what_a_question_groups_by_counts_and_lists() -> None:
    cues = read_cues("How many orders per channel and carrier by month?")
    words = [tuple(token.text for token in cues.tokens[a : b + 1]) for a, b in cues.groups]
    assert cues.count_of is not None
    assert words == [("channel",), ("carrier",)]
    assert cues.bucket == "month"
    assert len(read_cues("Late orders: customer, carrier and days late").listed) == 3
    assert read_cues("Late orders: those of last week").listed == ()
