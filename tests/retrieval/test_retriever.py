"""A lesson is found when one is near, and only then."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from understudy_knowledge.catalog.model import Catalog, Column, Table
from understudy_knowledge.memory.records import Lineage
from understudy_knowledge.memory.store import KnowledgeStore
from understudy_knowledge.retrieval import RetrievalQuery, Retriever


@pytest.fixture
def retriever(store: KnowledgeStore, five_hundred) -> Retriever:
    store.put_cases(five_hundred)
    return Retriever.open(store, None)


def ids(lessons) -> list[str]:
    return [lesson.case_id for lesson in lessons]


def test_without_any_case_there_is_no_lesson(store: KnowledgeStore, tmp_path: Path) -> None:
    for folder in (None, tmp_path / "index"):
        assert Retriever.open(store, folder).lessons_for(RetrievalQuery("total of orders by month")) == ()


@pytest.mark.parametrize(
    ("question", "sibling"),
    [
        ("average invoice by region", "invoice-average-region"),
        ("For 2024, show the total of shipments per category", "shipment-total-category"),
        ("maximum of the teachers, by status", "teacher-maximum-status"),
    ],
)
def test_the_sibling_is_found_among_five_hundred(retriever: Retriever, question: str, sibling: str) -> None:
    (lesson,) = retriever.lessons_for(RetrievalQuery(question))
    assert lesson.case_id == sibling
    assert 0.3 <= lesson.score <= 1
    assert lesson.lift == 0.75
    assert lesson.explanation.startswith("about ")


def test_the_statement_so_far_decides_between_equal_questions(retriever: Retriever) -> None:
    query = RetrievalQuery("songs by region", "SELECT _, MINIMUM(_) FROM _", ("songs",))
    assert ids(retriever.lessons_for(query)) == ["song-minimum-region"]


@pytest.mark.parametrize(
    "question",
    [
        "Which volcano erupted twice?",
        "",
        "_",
        "the of and",
        "???",
        "12345",
        "parse the configuration file",
        "x",
    ],
)
def test_an_unrelated_question_gets_no_lesson(retriever: Retriever, question: str) -> None:
    assert retriever.lessons_for(RetrievalQuery(question), 3) == ()


def test_several_lessons_come_most_relevant_first(retriever: Retriever) -> None:
    lessons = retriever.lessons_for(RetrievalQuery("total of hotels by month"), 3)
    assert lessons[0].case_id == "hotel-total-month"
    assert [lesson.score for lesson in lessons] == sorted((lesson.score for lesson in lessons), reverse=True)
    assert retriever.lessons_for(RetrievalQuery("total of hotels by month"), 0) == ()


def test_an_excluded_example_gives_no_lesson(retriever: Retriever, five_hundred) -> None:
    query = RetrievalQuery("total of hotels by month")
    near = ids(retriever.lessons_for(query, exclude_examples={"example-hotel-total-month"}))
    assert "hotel-total-month" not in near
    everything = {case.example_id for case in five_hundred}
    assert retriever.lessons_for(query, 5, exclude_examples=everything) == ()


def test_only_admitted_cases_become_lessons(store: KnowledgeStore, case_maker) -> None:
    store.put_case(case_maker("c", "total of hotels by month", ("hotels",)))
    store.set_status("c", "quarantined", "from a pack")
    retriever = Retriever.open(store, None)
    assert retriever.lessons_for(RetrievalQuery("total of hotels by month")) == ()
    store.set_status("c", "admitted", "proved here")
    assert retriever.refresh()
    assert ids(retriever.lessons_for(RetrievalQuery("total of hotels by month"))) == ["c"]


def test_a_forgotten_case_is_gone_at_once_and_after_a_refresh(
    retriever: Retriever, store: KnowledgeStore
) -> None:
    query = RetrievalQuery("total of hotels by month")
    assert ids(retriever.lessons_for(query)) == ["hotel-total-month"]
    store.forget("hotel-total-month")
    assert "hotel-total-month" not in ids(retriever.lessons_for(query, 5))
    assert retriever.refresh()
    assert "hotel-total-month" not in ids(retriever.lessons_for(query, 5))


def test_a_case_whose_id_begins_like_a_forgotten_one_does_not_take_its_place(
    store: KnowledgeStore, case_maker
) -> None:
    store.put_case(case_maker("ab", "total of hotels by month", ("hotels",)))
    retriever = Retriever.open(store, None)
    store.put_case(case_maker("abc", "count of flights", ("flights",)))
    store.forget("ab")
    assert retriever.lessons_for(RetrievalQuery("total of hotels by month")) == ()


def test_a_refresh_of_an_unchanged_store_does_nothing(
    retriever: Retriever, store: KnowledgeStore, case_maker
) -> None:
    assert not retriever.refresh()
    store.put_case(case_maker("new", "volcanoes that erupted twice", ("volcanoes",)))
    assert retriever.generation < store.generation
    assert retriever.refresh()
    assert retriever.generation == store.generation
    assert ids(retriever.lessons_for(RetrievalQuery("which volcano erupted twice"))) == ["new"]


def test_threads_may_ask_while_another_refreshes(
    retriever: Retriever, store: KnowledgeStore, case_maker
) -> None:
    wrong: list[object] = []

    def ask() -> None:
        for _ in range(50):
            found = ids(retriever.lessons_for(RetrievalQuery("total of hotels by month")))
            if found != ["hotel-total-month"]:
                wrong.append(found)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for number in range(3):
        store.put_case(case_maker(f"new{number}", "volcanoes that erupted", ("volcanoes",)))
        retriever.refresh()
    for thread in threads:
        thread.join()
    assert wrong == []


SCRIPT = """
import sys
from pathlib import Path
from understudy_knowledge.memory.store import KnowledgeStore
from understudy_knowledge.retrieval import RetrievalQuery, Retriever
folder = Path(sys.argv[2]) if sys.argv[2] else None
retriever = Retriever.open(KnowledgeStore.open(Path(sys.argv[1]), read_only=True), folder)
for question in ("total of hotels by month", "average recipe per category", "songs by region", "zebra"):
    for lesson in retriever.lessons_for(RetrievalQuery(question, "SELECT _ FROM", ("songs",)), 5):
        print(lesson.case_id, repr(lesson.score))
"""


def test_every_process_finds_the_same(store: KnowledgeStore, five_hundred, tmp_path: Path) -> None:
    store.put_cases(five_hundred)
    folder = str(tmp_path / "index")
    answers = set()
    for seed, index_folder in (("0", ""), ("1", folder), ("2", folder), ("3", "")):
        child = subprocess.run(
            [sys.executable, "-c", SCRIPT, str(store.path), index_folder],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        )
        answers.add(child.stdout)
    assert len(answers) == 1
    assert answers.pop().count("\n") > 3


@given(
    question=st.text(max_size=80),
    skeleton=st.text(max_size=80),
    tables=st.lists(st.text(max_size=10), max_size=3),
    k=st.integers(0, 600),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_query_gets_scores_between_zero_and_one(
    retriever: Retriever, question: str, skeleton: str, tables: list[str], k: int
) -> None:
    lessons = retriever.lessons_for(RetrievalQuery(question, skeleton, tuple(tables)), k)
    assert len(lessons) <= k
    assert all(0 <= lesson.score <= 1 for lesson in lessons)


def test_a_case_whose_column_is_gone_is_no_lesson(store: KnowledgeStore, tmp_path: Path, case_maker) -> None:
    question = "total of hotels by month"
    case = case_maker("old", question, ("hotels",))
    store.put_case(evolve(case, lineage=Lineage(("hotels",), ("hotels.stars", "hotels.month"))))
    retriever = Retriever.open(store, None)

    def found(catalog: Catalog) -> list[str]:
        return ids(retriever.lessons_for(RetrievalQuery(question), catalog=catalog))

    def having(*columns: str, partial: bool = False) -> Catalog:
        table = Table("Hotels", tuple(Column(name, "TEXT") for name in columns), partial=partial)
        return Catalog((table,), complete=True)

    assert found(having("stars", "month")) == ["old"]
    assert found(having("month")) == []
    assert found(having("month", partial=True)) == ["old"], "a source that need not list them all"
    other = Catalog((Table("rooms", (Column("id", "TEXT"),)),))
    assert found(evolve(other, complete=True)) == []
    assert found(other) == ["old"], "a source that need not list all tables"
    assert found(Catalog()) == ["old"]
