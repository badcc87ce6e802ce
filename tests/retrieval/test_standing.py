"""Among cases that are nearly alike, what is known of them decides; it never outweighs a clear difference."""

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from understudy_knowledge.memory.records import Lift
from understudy_knowledge.memory.store import KnowledgeStore
from understudy_knowledge.retrieval import RetrievalQuery, Retriever
from understudy_knowledge.retrieval.index import Hit
from understudy_knowledge.retrieval.standing import ranked

QUERY = RetrievalQuery("x")


def order(*hits: Hit, **accepted: int) -> list[str]:
    return [hit.case_id for hit, _ in ranked(hits, QUERY, accepted)]


def hit(case_id: str, similarity: float, *, seen: float = 0.0, usual: float = 0.0, lift: float = 0.0) -> Hit:
    return Hit(case_id, similarity, seen, usual, ("t",), lift)


def test_lift_acceptances_and_sight_decide_between_equals() -> None:
    assert order(hit("a", 0.6), hit("b", 0.6, lift=0.5)) == ["b", "a"]
    assert order(hit("a", 0.6), hit("b", 0.6), b=3) == ["b", "a"]
    assert order(hit("a", 0.6), hit("b", 0.6, seen=1.0)) == ["b", "a"]
    assert order(hit("a", 0.6), hit("b", 0.6, usual=0.5)) == ["b", "a"]
    assert order(hit("a", 0.6), hit("b", 0.6)) == ["a", "b"]


@given(st.floats(0, 1), st.floats(-1, 1), st.floats(-1, 1), st.integers(0, 10**6))
def test_a_clear_difference_in_likeness_always_decides(
    seen: float, lift: float, other: float, often: int
) -> None:
    assert order(hit("a", 0.7, lift=other), hit("b", 0.6, seen=seen, lift=lift), b=often) == ["a", "b"]


def test_the_skeleton_of_most_of_what_was_found_comes_first(store: KnowledgeStore, case_maker) -> None:
    texts = {"a": "SELECT _ FROM _", "b": "SELECT COUNT(_) FROM _", "c": "SELECT COUNT(_) FROM _"}
    store.put_cases(
        [case_maker(name, "hotels by month", ("hotels",), skeleton) for name, skeleton in texts.items()]
    )
    retriever = Retriever.open(store, None)
    query = RetrievalQuery("hotels by month")
    assert [round(hit.usual, 2) for hit in retriever.nearest(query, 3)] == [0.33, 0.67, 0.67]
    assert [lesson.case_id for lesson in retriever.lessons_for(query)] == ["b"]


def test_the_margin_is_of_likeness_alone() -> None:
    hits = (hit("a", 0.7), hit("b", 0.69, lift=1.0, seen=1.0), hit("c", 0.5))
    assert [(each.case_id, round(features.margin, 2)) for each, features in ranked(hits, QUERY, {})] == [
        ("b", 0.19),
        ("a", 0.01),
        ("c", 0.5),
    ]


def test_an_accepted_case_comes_before_its_twin(store: KnowledgeStore, case_maker) -> None:
    twins = [case_maker(name, "total of hotels by month", ("hotels",)) for name in ("a", "b", "c")]
    store.put_cases([twins[0], twins[1], evolve(twins[2], lift=Lift(1.0, 0.9, 4))])
    query = RetrievalQuery("total of hotels by month")
    assert [lesson.case_id for lesson in Retriever.open(store, None).lessons_for(query)] == ["a"]
    store.record_acceptance("s", ["b"], "hash", "now")
    assert [lesson.case_id for lesson in Retriever.open(store, None).lessons_for(query)] == ["b"]
