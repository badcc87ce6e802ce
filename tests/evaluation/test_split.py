"""No query family and no near-duplicate question on both sides of a split."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy_knowledge.catalog import Catalog
from understudy_knowledge.catalog.discover import discover
from understudy_knowledge.evaluation.split import HELD_OUT, group, near, split
from understudy_knowledge.memory.masking import mask_values
from understudy_knowledge.memory.records import DataSource, Example, Origin
from understudy_knowledge.memory.skeleton import family
from understudy_knowledge.memory.words import stems
from understudy_server.mining.mine import mine

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="session")
def roastery() -> Catalog:
    return discover(EXAMPLES, database=EXAMPLES / "roastery.db", dialect="sqlite")


@pytest.fixture(scope="session")
def mined() -> list[Example]:
    return list(mine(EXAMPLES, source=DataSource(EXAMPLES / "roastery.db"), dialect="sqlite").examples)


def example(number: int, question: str, gold: str) -> Example:
    return Example(f"e{number}", question, gold, Origin("a.sql", number + 1))


def words(question: str, catalog: Catalog) -> frozenset[str]:
    return frozenset(stems(mask_values(question, catalog)))


def assert_apart(taught: tuple[Example, ...], held_out: tuple[Example, ...], catalog: Catalog) -> None:
    assert not {family(item.gold) for item in taught} & {family(item.gold) for item in held_out}
    for one in taught:
        for other in held_out:
            assert not near(words(one.question, catalog), words(other.question, catalog)), (
                one.question,
                other.question,
            )


@pytest.mark.parametrize("seed", range(5))
def test_the_examples_fall_into_two_sides_that_share_nothing(
    mined: list[Example], roastery: Catalog, seed: int
) -> None:
    sides = split(mined, roastery, seed=seed)
    assert_apart(sides.taught, sides.held_out, roastery)
    assert sorted(item.id for item in (*sides.taught, *sides.held_out)) == sorted(item.id for item in mined)
    assert [item for item in mined if item in sides.taught] == list(sides.taught)
    assert HELD_OUT - 0.1 < len(sides.held_out) / len(mined) <= HELD_OUT + 0.01


def test_a_split_is_the_same_every_time_and_another_for_another_seed(
    mined: list[Example], roastery: Catalog
) -> None:
    assert split(mined, roastery, seed=3) == split(mined, roastery, seed=3)
    sides = {tuple(item.id for item in split(mined, roastery, seed=seed).held_out) for seed in range(5)}
    assert len(sides) == 5


def test_a_family_and_a_question_in_nearly_the_same_words_belong_together(roastery: Catalog) -> None:
    examples = [
        example(0, "Orders in 2024", "SELECT COUNT(*) FROM orders WHERE ordered_at >= '2024'"),
        example(
            1, "How much came in?", "SELECT COUNT(*) FROM orders o WHERE o.ordered_at >= '1999'"
        ),  # its family
        example(2, "orders in 2025?", "SELECT SUM(shipping_cents) FROM orders"),  # its words, values masked
        example(3, "Names of all employees", "SELECT name FROM employees"),
    ]
    assert group(examples, roastery) == [[0, 1, 2], [3]]


_QUESTIONS = st.sampled_from(
    [
        "orders by month",
        "orders by year",
        "Orders by month in 2024",
        "",
        "customers of wholesale",
        "customers of retail",
        "x y z",
    ]
)
_GOLD = st.sampled_from(
    ["SELECT 1", "SELECT 2", "SELECT name FROM customers", "SELECT c.name FROM customers AS c", "broken (", "SELECT id FROM t WHERE a = 1"]
)  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(_QUESTIONS, _GOLD), max_size=12),
    st.floats(0, 1),
    st.integers(0, 5),
)
def test_any_examples_can_be_split_at_any_share(
    roastery: Catalog, pairs: list[tuple[str, str]], share: float, seed: int
) -> None:
    examples = [example(number, question, gold) for number, (question, gold) in enumerate(pairs)]
    sides = split(examples, roastery, share=share, seed=seed)
    assert_apart(sides.taught, sides.held_out, roastery)
    assert len(sides.taught) + len(sides.held_out) == len(examples)
    assert len(sides.held_out) <= round(share * len(examples))
