"""The store gives back what it was given, one transaction at a time."""

import tempfile
import threading
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy_knowledge.errors import KnowledgeStoreError
from understudy_knowledge.memory.records import (
    Case,
    Cost,
    Definition,
    GeneralInstructions,
    Hole,
    Lift,
    Lineage,
    Origin,
    Plan,
    Step,
)
from understudy_knowledge.memory.store import KnowledgeStore


def make_case(case_id: str = "c1", **changes: object) -> Case:
    hole = Hole("h1", "table", "orders", "orders")
    plan = Plan(
        "How many orders?", (Step("count", "SELECT COUNT(*) FROM :h1", "select", (hole,)),), "SELECT …"
    )
    case = Case(
        id=case_id,
        example_id=f"e-{case_id}",
        question="How many orders over 5?",
        masked_question="How many orders over _?",
        plan=plan,
        code="SELECT COUNT(*) FROM orders WHERE total > 5",
        skeleton="SELECT COUNT(*) FROM _ WHERE _ > ?",
        family="SELECT COUNT(*) FROM orders WHERE total > ?",
        lineage=Lineage(("order items", "orders"), ("orders.total",)),
        explanation="",
        origin=Origin("a.sql", 3),
        status="admitted",
        reason="it helped",
        lift=Lift(1.0, 0.5, 4),
        cost=Cost(turns=2),
    )
    return evolve(case, **changes)


@pytest.fixture
def store(tmp_path: Path):
    with KnowledgeStore.open(tmp_path / "deep" / "knowledge.db") as opened:
        yield opened


def test_a_case_comes_back_as_it_was_put(store: KnowledgeStore) -> None:
    store.put_case(make_case())
    assert store.case("c1") == make_case()
    assert store.cases() == (make_case(),)


@given(
    question=st.text(),
    case_id=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1),
)
@settings(max_examples=50, deadline=None)
def test_any_text_survives(question: str, case_id: str) -> None:
    with tempfile.TemporaryDirectory() as folder, KnowledgeStore.open(Path(folder) / "k.db") as store:
        store.put_case(make_case(case_id, question=question, masked_question=question))
        assert store.case(case_id).question == question


def test_cases_can_be_asked_for_by_status(store: KnowledgeStore) -> None:
    store.put_cases([make_case("a"), make_case("b", status="refused")])
    assert [case.id for case in store.cases("refused")] == ["b"]
    assert [case.id for case in store.cases()] == ["a", "b"]


def test_entries_are_the_admitted_cases_as_retrieval_reads_them(store: KnowledgeStore) -> None:
    store.put_cases([make_case("a"), make_case("b", status="quarantined")])
    (entry,) = store.entries()
    assert (entry.case_id, entry.example_id, entry.tables) == ("a", "e-a", ("order items", "orders"))
    case = store.case("a")
    assert entry.columns == case.lineage.columns
    assert entry.lift == (case.lift.value if case.lift else 0.0)


def test_texts_of_entries_are_joined_between_two_ids(store: KnowledgeStore) -> None:
    store.put_cases([*(make_case(each) for each in "abcd"), make_case("bb", status="refused")])
    texts = {entry.case_id: entry.text for entry in store.entries()}
    assert store.entry_texts() == b"".join(texts.values())
    assert store.entry_texts("a", "c") == texts["b"] + texts["c"]
    assert [entry.case_id for entry in store.entries("a", "c")] == ["b", "c"]
    assert store.entry_texts("d") == b""


def test_acceptances_are_counted_by_case(store: KnowledgeStore) -> None:
    store.record_acceptance("s1", ["a", "b"], "h", "now")
    store.record_acceptance("s1", ["a", "b"], "h", "now")
    store.record_acceptance("s2", ["a"], "h", "now")
    assert store.accepted() == {"a": 2, "b": 1}


def test_the_beginning_of_an_id_is_enough_when_it_is_the_only_one(store: KnowledgeStore) -> None:
    store.put_cases([make_case("abc1"), make_case("abd2"), make_case("abd")])
    assert store.case("abc").id == "abc1"
    assert store.case("abd").id == "abd"
    with pytest.raises(KnowledgeStoreError, match=r"several cases \(abc1, abd, abd2\); give more"):
        store.case("ab")
    for unknown in ("zzz", "", "%", "abc12"):
        with pytest.raises(KnowledgeStoreError, match="holds no case"):
            store.case(unknown)


def test_a_forgotten_case_is_gone_and_its_example_remembered_as_forgotten(store: KnowledgeStore) -> None:
    store.put_case(make_case("abc"))
    assert store.forgotten() == frozenset()
    assert store.forget("a") == make_case("abc")
    assert store.cases() == ()
    assert store.forgotten() == {make_case("abc").example_id}
    with pytest.raises(KnowledgeStoreError):
        store.forget("a")


def test_a_status_changes_with_its_reason(store: KnowledgeStore) -> None:
    store.put_case(make_case())
    changed = store.set_status("c1", "stale", "the table is gone")
    assert (changed.status, changed.reason) == ("stale", "the table is gone")
    assert store.cases("stale") == (changed,)
    assert list(store.entries()) == []


def test_the_generation_grows_with_what_retrieval_depends_on(store: KnowledgeStore) -> None:
    def grew() -> bool:
        nonlocal last
        before, last = last, store.generation
        return last > before

    last = store.generation
    store.put_case(make_case())
    assert grew()
    store.set_status("c1", "admitted", "again")
    assert grew()
    store.put_general(GeneralInstructions("text"))
    assert grew()
    store.record_acceptance("s1", ["c1"], "hash", "2030-01-01T00:00:00Z")
    store.keep_answer("h", role="teacher", model="m", response={})
    store.start_run("r", {})
    assert not grew()
    store.forget("c1")
    assert grew()


def test_the_general_instructions_say_which_generation_they_are(store: KnowledgeStore) -> None:
    assert store.general() == GeneralInstructions()
    given_ = GeneralInstructions(
        "Be terse.", (Definition("active custom", "customers.active = 1", "condition", 3),)
    )
    kept = store.put_general(given_)
    assert kept == evolve(given_, generation=store.generation)
    assert store.general() == kept


def test_an_acceptance_counts_once_for_each_case_that_is_still_there(store: KnowledgeStore) -> None:
    store.put_cases([make_case("a"), make_case("b")])
    for _ in range(2):
        store.record_acceptance("s1", ["a", "a", "forgotten"], "hash", "2030-01-01T00:00:00Z")
    store.record_acceptance("s2", ["a"], "hash", "2030-01-01T00:00:00Z")
    assert (store.case("a").accepted, store.case("b").accepted) == (2, 0)


def test_a_paid_answer_is_found_again_until_a_newer_one_takes_its_place(store: KnowledgeStore) -> None:
    assert store.find_answer("h") is None
    store.keep_answer("h", role="teacher", model="big", response="of an older version")
    store.keep_answer("h", role="teacher", model="big", response={"plan": ["é", 1, None]})
    answer = store.find_answer("h")
    assert answer is not None
    assert (answer.role, answer.model, answer.response) == ("teacher", "big", {"plan": ["é", 1, None]})


def test_the_last_run_is_known_with_its_figures(store: KnowledgeStore) -> None:
    assert store.last_run() is None
    store.start_run("r1", {"turns": 3})
    store.start_run("r2", {})
    store.finish_run("r1", {"admitted": 5})
    last = store.last_run()
    assert last is not None
    assert (last.id, last.finished, last.figures) == ("r2", None, None)
    last = store.last_run(finished=True)
    assert last is not None
    assert (last.id, last.figures) == ("r1", {"admitted": 5})
    store.start_run("r1", {"turns": 4})
    last = store.last_run()
    assert last is not None
    assert (last.id, last.settings, last.finished) == ("r1", {"turns": 4}, None)
    assert store.last_run(finished=True) is None
    with pytest.raises(KnowledgeStoreError, match="no run r9"):
        store.finish_run("r9", {})


def test_several_cases_are_kept_together_or_not_at_all(store: KnowledgeStore) -> None:
    def cases():
        yield make_case("a")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        store.put_cases(cases())
    assert store.cases() == ()
    with pytest.raises(KnowledgeStoreError):
        store.put_cases([make_case("a"), make_case("b", example_id=None)])
    assert store.cases() == ()
    store.put_case(make_case("c"))
    assert len(store.cases()) == 1


def test_threads_share_one_store(store: KnowledgeStore) -> None:
    def work(name: int) -> None:
        for number in range(20):
            store.put_case(make_case(f"{name}-{number}"))
            store.case(f"{name}-{number}")

    threads = [threading.Thread(target=work, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(store.cases()) == 80
    assert store.generation == 80
