"""Which lessons a tested item gets: its own database's as completion would get them, then shapes of other databases."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from attrs import evolve
from numpy.typing import NDArray

from understudy_knowledge.catalog import Catalog, Column, Table
from understudy_knowledge.evaluation.items import Item
from understudy_knowledge.memory.lineage import lineage
from understudy_knowledge.memory.records import Case, Example, Lineage, NodeInstruction, Origin, Plan
from understudy_knowledge.memory.skeleton import family, skeleton
from understudy_knowledge.retrieval.abstention import Abstention, Learned, Reliability
from understudy_knowledge.retrieval.neural import Questions
from understudy_knowledge.retrieval.query import RetrievalQuery
from understudy_server.bench.teach.recall import Asked, Beside, Recall

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
    found = Recall.over([_case("tea"), _case("lion")], asked, tmp_path, Beside())
    yield found
    found.close()


def test_an_items_own_database_comes_before_the_shapes_of_others(recall: Recall) -> None:
    assert [lesson.case_id for lesson in recall.recalled(ITEMS["asked"], 2).lessons] == ["tea", "lion"]
    assert [lesson.case_id for lesson in recall.recalled(ITEMS["asked"], 1).lessons] == ["tea"]


def test_where_its_own_data_is_silent_an_item_gets_nothing_of_it_by_another_way(recall: Recall) -> None:
    assert [lesson.case_id for lesson in recall.recalled(ITEMS["strange"], 2).lessons] == ["lion"]


def test_of_one_database_alone_nothing_is_transferred(asked: Asked, tmp_path: Path) -> None:
    with closing(Recall.over([_case("tea")], asked, tmp_path, Beside())) as recall:
        assert recall.recalled(ITEMS["strange"], 4).lessons == ()


def test_another_table_of_one_file_is_other_data_to_a_question_about_one_table(tmp_path: Path) -> None:
    items = {key: evolve(ITEMS[key], table=table) for key, table in (("tea", "north"), ("strange", "late"))}
    patterns = {key: RetrievalQuery(item.example.question) for key, item in items.items()}
    asked = Asked(items, patterns, lambda item: SHOP)
    with closing(Recall.over([_case("tea")], asked, tmp_path, Beside())) as recall:
        assert [lesson.case_id for lesson in recall.recalled(items["strange"], 4).lessons] == ["tea"]


def test_relevance_is_that_of_the_items_own_data_and_likeness_to_other_data_is_kept_apart(
    recall: Recall,
) -> None:
    both, strange = recall.recalled(ITEMS["asked"], 2), recall.recalled(ITEMS["strange"], 2)
    assert both.relevance == both.lessons[0].score
    assert both.similarity == both.lessons[1].score
    assert strange.relevance is None
    assert strange.similarity is not None


def test_what_was_learned_of_silence_holds_for_the_database_that_it_was_learned_of(
    asked: Asked, tmp_path: Path
) -> None:
    silent = Learned(Abstention(bias=-100.0), Reliability())
    for place, found in (("shop.sqlite", []), ("zoo.sqlite", ["tea"])):
        beside = Beside(silence={place: silent})
        folder = tmp_path / place
        folder.mkdir()
        with closing(Recall.over([_case("tea")], asked, folder, beside)) as recall:
            assert [lesson.case_id for lesson in recall.recalled(ITEMS["asked"], 1).lessons] == found


class Words:
    """An embedding model of two words."""

    name = "two words"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def embed(self, texts: Sequence[str], seconds: float | None = None) -> NDArray[np.float32]:
        self.asked += texts
        return np.array([[0.6, 0.8] if "tea" in text else [1.0, 0.0] for text in texts], dtype=np.float32)

    def close(self) -> None:
        pass


def test_the_embedding_model_that_the_settings_name_is_asked(asked: Asked, tmp_path: Path) -> None:
    words = Words()
    beside = Beside(questions=lambda: Questions(words, 1.0))
    with closing(Recall.over([_case("tea")], asked, tmp_path, beside)) as recall:
        recall.recalled(ITEMS["asked"], 1)
    assert {asked.at_home(ITEMS[key]).question for key in ("tea", "asked")} <= set(words.asked)


def test_what_is_excluded_is_given_neither_from_home_nor_from_elsewhere(recall: Recall) -> None:
    assert [lesson.case_id for lesson in recall.recalled(ITEMS["asked"], 2, {"tea"}).lessons] == ["lion"]


def test_without_transfer_an_item_gets_what_completion_gives(asked: Asked, tmp_path: Path) -> None:
    recall = Recall.over([_case("tea"), _case("lion")], asked, tmp_path, Beside(), transfers=False)
    try:
        assert [lesson.case_id for lesson in recall.recalled(ITEMS["asked"], 4).lessons] == ["tea"]
        assert recall.recalled(ITEMS["strange"], 4).lessons == ()
    finally:
        recall.close()


def test_where_no_case_is_near_the_tree_speaks(asked: Asked, tmp_path: Path) -> None:
    node = NodeInstruction(
        ("sql", "lookup"), "Whoever is late is in a region.", (), ("tea",), ("cam", "lat"), Lineage(("sales",)), "admitted", ""
    )  # fmt: skip
    recall = Recall.over([_case("tea")], asked, tmp_path, Beside({"shop.sqlite": (node,)}), transfers=False)
    try:
        (lesson,) = recall.recalled(ITEMS["strange"], 4).lessons
        assert lesson.explanation == "Whoever is late is in a region."
    finally:
        recall.close()
