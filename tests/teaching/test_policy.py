"""Which example is taught next: where it changes most, for most others, of every class of failure, the easy ones first."""

from hypothesis import given
from hypothesis import strategies as st

from understudy_knowledge.memory.records import Example, Origin
from understudy_knowledge.retrieval.query import RetrievalQuery
from understudy_knowledge.teaching.policy import Neighborhood, State, in_order
from understudy_knowledge.teaching.records import CAUSES

EASY = "SELECT a FROM t"
HARD = "SELECT a, COUNT(*) FROM t JOIN u ON t.id = u.id WHERE b > 1 GROUP BY a HAVING COUNT(*) > 2 ORDER BY a"


def example(question: str, gold: str = EASY) -> Example:
    return Example(question, question, gold, Origin("a.sql", 1))


def order(
    examples: list[Example], passed: set[str] = frozenset(), tried: set[str] = frozenset(), causes=None
):
    causes = causes or {each.id: "value" for each in examples if each.id not in passed}
    state = State(frozenset(passed), frozenset(tried | passed), causes)
    around = Neighborhood.of([RetrievalQuery(each.question) for each in examples])
    return [each.id for each in in_order(examples, state, around, "policy")]


def test_an_example_that_could_help_many_others_goes_before_one_that_stands_alone() -> None:
    alone = example("weather forecast tomorrow")
    family = [example(f"net revenue by {word}") for word in ("city", "month", "channel", "product")]
    assert order([alone, *family])[-1] == alone.id or order([alone, *family])[0] in {e.id for e in family}


def test_of_two_alike_the_one_with_a_neighbor_that_passes_is_more_worth_it() -> None:
    sure, unsure = example("count of parcels lost"), example("turnover of shops")
    helper = example("turnover of shops abroad")
    assert order([sure, unsure, helper], passed={helper.id})[0] == unsure.id


def test_easy_examples_go_before_hard_ones_of_the_same_worth() -> None:
    assert order([example("purple elephants", HARD), example("crimson tides")])[0] == "crimson tides"


def test_a_small_class_of_failures_is_not_left_to_the_end() -> None:
    many = [example(f"topic{number} alpha{number} beta{number}") for number in range(9)]
    rare = example("zebra yonder xylophone")
    causes = {each.id: "schema" for each in many} | {rare.id: "join"}
    assert order([*many, rare], causes=causes).index(rare.id) <= len(many) / 2


def test_what_an_earlier_round_reached_waits_for_what_it_did_not_reach() -> None:
    taught, near = example("net revenue by city in spring"), example("net revenue by city in autumn")
    far = example("number of late parcels")
    causes = {each.id: "value" for each in (taught, near, far)}
    assert order([taught, near, far], passed={taught.id}, tried={taught.id}, causes=causes)[0] in {
        near.id,
        far.id,
    }
    assert taught.id not in order([taught, near, far], tried={taught.id}, causes=causes)


@given(
    st.lists(st.text("abcdefg ", min_size=1, max_size=12), min_size=1, max_size=12, unique=True),
    st.data(),
)
def test_whatever_is_known_the_order_holds_each_untried_example_once_and_is_the_same_again(
    questions: list[str], data: st.DataObject
) -> None:
    examples = [example(question) for question in questions]
    tried = frozenset(data.draw(st.sets(st.sampled_from(questions))))
    passed = frozenset(data.draw(st.sets(st.sampled_from(sorted(tried))))) if tried else frozenset()
    causes = {question: data.draw(st.sampled_from(CAUSES)) for question in questions}
    around = Neighborhood.of([RetrievalQuery(question) for question in questions])
    for name in ("policy", "file", "random"):
        found = [each.id for each in in_order(examples, State(passed, tried, causes), around, name, 3)]
        assert sorted(found) == sorted(set(questions) - tried)
        again = in_order(examples, State(passed, tried, causes), around, name, 3)
        assert found == [each.id for each in again]
