"""Which lessons a tested item gets: its own database's as completion would get them, then shapes of other databases."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from attrs import evolve

from understudy_knowledge.catalog import Catalog, Column, Table
from understudy_knowledge.evaluation.items import Item
from understudy_knowledge.memory.lineage import lineage
from understudy_knowledge.memory.records import Case, Example, Lineage, NodeInstruction, Origin, Plan
from understudy_knowledge.memory.skeleton import family, skeleton
from understudy_knowledge.retrieval.query import RetrievalQuery
from understudy_server.bench.teach.recall import Asked, Recall

SHOP = Catalog((Table("sales", (Column("region", "TEXT"), Column("amount", "INTEGER"))),))
ZOO = Catalog((Table("animals", (Column("species", "TEXT"), Column("weight", "INTEGER"))),))
CATALOGS = {"shop.sqlite": SHOP, "zoo.sqlite": ZOO}


def _item(key: str, database: str, question: str, gold: str) -> Item:
    example = Example(key, question, gold, Origin("items.jsonl", 1))
    return Item(example, "sql", "made up", "train", database)


ITEMS = {
    item.example.id: item
    for item in (
        _item("tea", "shop.sqlite", "total sales amount in the North", "SELECT SUM(amount) FROM sales WHERE region = 'North'"),
        _item("lion", "zoo.sqlite", "total weight of the animals", "SELECT SUM(weight) FROM animals WHERE species = 'lion'"),
        _item("asked", "shop.sqlite", "total sales amount in the South", "SELECT SUM(amount) FROM sales WHERE region = 'South'"),
        _item("strange", "shop.sqlite", "who came late on Monday", "SELECT region FROM sales"),
    )
}  # fmt: skip


def _case(key: str) -> Case:
    item = ITEMS[key]
    gold = item.example.gold
    return Case(
        key, key, item.example.question, "", Plan(item.example.question, (), ""), gold, skeleton(gold), family(gold),
        lineage(gold, CATALOGS[item.database]), "", item.example.origin, "admitted", "",
    )  # fmt: skip


@pytest.fixture
def asked() -> Asked:
    patterns = {key: RetrievalQuery(item.example.question) for key, item in ITEMS.items()}
    return Asked(ITEMS, patterns, lambda item: CATALOGS[item.database])


@pytest.fixture
def recall(asked: Asked, tmp_path: Path) -> Iterator[Recall]:
    found = Recall.over([_case("tea"), _case("lion")], asked, tmp_path, {})
    yield found
    found.close()


def test_an_items_own_database_comes_before_the_shapes_of_others(recall: Recall) -> None:
    assert [lesson.case_id for lesson in recall.lessons(ITEMS["asked"], 2)] == ["tea", "lion"]
    assert [lesson.case_id for lesson in recall.lessons(ITEMS["asked"], 1)] == ["tea"]


def test_where_its_own_data_is_silent_an_item_gets_nothing_of_it_by_another_way(recall: Recall) -> None:
    assert [lesson.case_id for lesson in recall.lessons(ITEMS["strange"], 2)] == ["lion"]


def test_of_one_database_alone_nothing_is_transferred(asked: Asked, tmp_path: Path) -> None:
    with closing(Recall.over([_case("tea")], asked, tmp_path, {})) as recall:
        assert recall.lessons(ITEMS["strange"], 4) == ()


def test_another_table_of_one_file_is_other_data_to_a_question_about_one_table(tmp_path: Path) -> None:
    items = {key: evolve(ITEMS[key], table=table) for key, table in (("tea", "north"), ("strange", "late"))}
    patterns = {key: RetrievalQuery(item.example.question) for key, item in items.items()}
    asked = Asked(items, patterns, lambda item: SHOP)
    with closing(Recall.over([_case("tea")], asked, tmp_path, {})) as recall:
        assert [lesson.case_id for lesson in recall.lessons(items["strange"], 4)] == ["tea"]


def test_what_is_excluded_is_given_neither_from_home_nor_from_elsewhere(recall: Recall) -> None:
    assert [lesson.case_id for lesson in recall.lessons(ITEMS["asked"], 2, {"tea"})] == ["lion"]


def test_without_transfer_an_item_gets_what_completion_gives(asked: Asked, tmp_path: Path) -> None:
    recall = Recall.over([_case("tea"), _case("lion")], asked, tmp_path, {}, transfers=False)
    try:
        assert [lesson.case_id for lesson in recall.lessons(ITEMS["asked"], 4)] == ["tea"]
        assert recall.lessons(ITEMS["strange"], 4) == ()
    finally:
        recall.close()


def test_where_no_case_is_near_the_tree_speaks(asked: Asked, tmp_path: Path) -> None:
    node = NodeInstruction(
        ("sql", "lookup"), "Whoever is late is in a region.", (), ("tea",), ("cam", "lat"), Lineage(("sales",)), "admitted", ""
    )  # fmt: skip
    recall = Recall.over([_case("tea")], asked, tmp_path, {"shop.sqlite": (node,)}, transfers=False)
    try:
        (lesson,) = recall.lessons(ITEMS["strange"], 4)
        assert lesson.explanation == "Whoever is late is in a region."
    finally:
        recall.close()
