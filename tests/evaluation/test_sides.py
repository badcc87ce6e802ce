"""Families, near-duplicates and variants stay on one side, whole databases where that is asked, by the seed alone."""

from pathlib import Path

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from understudy_knowledge.catalog import Catalog, Column, Table
from understudy_knowledge.evaluation.items import Dataset, Item
from understudy_knowledge.evaluation.sides import crossing, groups, with_sides
from understudy_knowledge.memory.records import DataSource, Example, Origin


def _item(name: str, database: str, question: str, gold: str, split: str = "", group: str = "") -> Item:
    example = Example(name, question, gold, Origin("x", 1, kind="dataset"), source=DataSource(Path(database)))
    return Item(example, "sql", "shop", split, database, group=group)


ITEMS = tuple(
    _item(
        f"{database}-{n}",
        database,
        f"question number {word} about {database}",
        f"SELECT c{n // 2} FROM t WHERE x = {n}",
    )
    for database in ("one", "two", "three", "four")
    for n, word in enumerate(("apple", "river", "stone", "cloud"))
)


def test_a_query_family_never_stands_on_both_sides() -> None:
    found = with_sides(Dataset("d", ITEMS), "family").items
    assert {item.split for item in found} == {"train", "test"}
    for database in ("one", "two", "three", "four"):
        for pair in (0, 2):
            sides = {
                item.split
                for item in found
                if item.example.id in (f"{database}-{pair}", f"{database}-{pair + 1}")
            }
            assert len(sides) == 1


def test_whole_databases_go_to_one_side_where_that_is_asked() -> None:
    found = with_sides(Dataset("d", ITEMS), "database").items
    for database in ("one", "two", "three", "four"):
        assert len({item.split for item in found if item.database == database}) == 1
    assert not any(item.seen for item in found if item.split == "test")


def test_nearly_the_same_words_about_one_database_belong_together() -> None:
    same = (
        _item(
            "a", "one", "How many teas cost more than 5 in the shop?", "SELECT COUNT(*) FROM teas WHERE p > 5"
        ),
        _item(
            "b",
            "one",
            "How many teas cost more than 9 in the shop?",
            "SELECT COUNT(name) FROM teas WHERE p > 9",
        ),
        _item(
            "c",
            "two",
            "How many teas cost more than 9 in the shop?",
            "SELECT COUNT(name) FROM tea WHERE p > 9",
        ),
    )
    assert groups(same, "family") == [[0, 1], [2]]


def test_questions_that_differ_in_a_value_of_the_data_alone_belong_together_where_the_catalog_is_known() -> (
    None
):
    teas = Table("teas", (Column("kind", "TEXT", samples=("oolong", "sencha")), Column("p", "INTEGER")))
    asked = (
        _item("a", "one", "price of oolong", "SELECT SUM(p) FROM teas WHERE kind = 'oolong'"),
        _item("b", "one", "price of sencha", "SELECT MAX(p) FROM teas WHERE kind = 'sencha'"),
    )
    assert groups(asked, "family") == [[0], [1]]
    catalogs = {"one": Catalog((teas,))}
    assert groups(asked, "family", catalogs) == [[0, 1]]
    assert crossing(asked[:1], asked[1:], catalogs) == {"b"}
    sides = with_sides(Dataset("d", (*asked, *ITEMS)), "family", catalogs=catalogs).items
    assert sides[0].split == sides[1].split


def test_variants_that_the_dataset_names_belong_together() -> None:
    named = tuple(evolve(item, group="g", database="") for item in ITEMS[::4])
    assert len(groups(named, "family")) == 1


def test_sides_that_the_dataset_gives_are_kept_and_what_crosses_them_is_counted() -> None:
    given_sides = tuple(evolve(item, split="train" if i % 2 else "test") for i, item in enumerate(ITEMS))
    assert with_sides(Dataset("d", given_sides), "given").items == given_sides
    assert len(crossing(given_sides[1::2], given_sides[::2])) == len(ITEMS) / 2


def test_what_only_states_its_answer_is_always_tested() -> None:
    items = (*ITEMS, evolve(ITEMS[0], example=evolve(ITEMS[0].example, id="stated"), answer_only=True))
    found = {item.example.id: item.split for item in with_sides(Dataset("d", items), "family").items}
    assert found["stated"] == "test"


@given(st.permutations(range(len(ITEMS))), st.integers(0, 5))
def test_the_sides_hang_on_the_seed_and_not_on_the_order(order: list[int], seed: int) -> None:
    def tested(items: tuple[Item, ...]) -> set[str]:
        found = with_sides(Dataset("d", items), "family", seed).items
        return {item.example.id for item in found if item.split == "test"}

    assert tested(tuple(ITEMS[i] for i in order)) == tested(ITEMS)
