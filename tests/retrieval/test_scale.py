"""Retrieval over questions that no one here wrote: it finds the sibling, and is silent about other databases."""

import gzip
import json
import os
from pathlib import Path
from typing import Any

import pytest

from understudy_knowledge.catalog import Catalog, Column, Table
from understudy_knowledge.memory.lineage import lineage
from understudy_knowledge.memory.masking import mask_values
from understudy_knowledge.memory.skeleton import family, skeleton
from understudy_knowledge.memory.store import KnowledgeStore
from understudy_knowledge.retrieval import RetrievalQuery, Retriever, nearest

_ITEMS = 2_000


def data_folder() -> Path:
    beside = Path(__file__).resolve().parents[3] / "shared" / "data"
    return Path(os.environ.get("UNDERSTUDY_DATA", beside))


@pytest.fixture(scope="module")
def items() -> list[dict[str, Any]]:
    """The first questions of each Spider database in `train`."""
    path = data_folder() / "train" / "items.jsonl.gz"
    if not path.is_file():
        message = f"{path} is absent; set UNDERSTUDY_DATA to the folder that holds train/"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        spider = [item for item in map(json.loads, lines) if item["source"].startswith("Spider")]
    return spider[:_ITEMS]


def catalog_of(item: dict[str, Any]) -> Catalog:
    def column(each: dict[str, Any]) -> Column:
        return Column(each["name"], each["type"] or "", samples=tuple(each["samples"]))

    return Catalog(
        tuple(Table(each["table"], tuple(map(column, each["columns"]))) for each in item["schema"])
    )


@pytest.fixture(scope="module")
def filled(items: list[dict[str, Any]], case_maker, tmp_path_factory: pytest.TempPathFactory):
    with KnowledgeStore.open(tmp_path_factory.mktemp("scale") / "knowledge.db") as store:
        cases = []
        for number, item in enumerate(items):
            tables = lineage(item["gold_sql"], catalog_of(item), "sqlite").tables
            question = mask_values(item["question"], catalog_of(item))
            cases.append(case_maker(f"{number:05}", question, tables, skeleton(item["gold_sql"], "sqlite")))
        store.put_cases(cases)
        yield Retriever.open(store, None), cases


def test_paraphrases_of_one_query_find_each_other(items: list[dict[str, Any]], figure) -> None:
    """Within each database, from the question alone: what a held-out paraphrase gets."""
    by_database: dict[str, list[dict[str, Any]]] = {}
    for item in items:
        by_database.setdefault(item["database"], []).append(item)
    asked = first = among_five = 0
    for group in by_database.values():
        families = [family(item["gold_sql"], "sqlite") for item in group]
        corpus = [
            RetrievalQuery(
                mask_values(item["question"], catalog_of(item)), skeleton(item["gold_sql"], "sqlite")
            )
            for item in group
        ]
        for row, query in enumerate(corpus):
            if families.count(families[row]) > 1:
                found = [at for at, _ in nearest(RetrievalQuery(query.question), corpus, 6) if at != row][:5]
                asked += 1
                first += families[found[0]] == families[row]
                among_five += any(families[at] == families[row] for at in found)
    figure("sibling first and among five", first / asked, among_five / asked)
    assert first / asked > 0.55
    assert among_five / asked > 0.8


def test_a_question_about_another_database_seldom_gets_a_lesson(filled, figure) -> None:
    retriever, _ = filled
    with gzip.open(data_folder() / "train" / "items.jsonl.gz", "rt", encoding="utf-8") as lines:
        foreign = [item for item in map(json.loads, lines) if not item["source"].startswith("Spider")][:500]
    given = [
        bool(
            retriever.lessons_for(
                RetrievalQuery(
                    mask_values(item["question"], catalog_of(item)),
                    tables=tuple(each["table"] for each in item["schema"]),
                )
            )
        )
        for item in foreign
    ]
    figure("questions about other databases that get a lesson", sum(given) / len(given))
    assert sum(given) / len(given) < 0.1
