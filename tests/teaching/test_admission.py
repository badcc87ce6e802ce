"""Admission: what measurably helps is admitted, what changes nothing is refused, what harms is quarantined."""

import pytest
from attrs import evolve

from understudy_knowledge.memory.records import Case, Definition
from understudy_knowledge.memory.rules import sentence
from understudy_knowledge.memory.skeleton import family
from understudy_knowledge.retrieval.query import RetrievalQuery
from understudy_knowledge.teaching.admission import admit, leaks, literals, siblings_of

GOLDS = {
    "Sales in North": "SELECT SUM(amount) FROM sales WHERE region = 'North'",
    "Sales of tea": "SELECT SUM(amount) FROM sales WHERE product = 'tea'",
    "Sales by region": "SELECT region, SUM(amount) FROM sales GROUP BY region",
}


@pytest.fixture
def siblings(make_example):
    return [make_example(question, gold) for question, gold in GOLDS.items()]


@pytest.fixture
def case(make_example, make_case) -> Case:
    return make_case(
        make_example("Sales by product", "SELECT product, SUM(amount) FROM sales GROUP BY product")
    )


def right(question: str) -> str:
    return GOLDS[question]


WRONG = "SELECT 'wrong'"


async def test_a_case_that_helps_is_admitted(bench_with, case: Case, siblings) -> None:
    bench = bench_with(lambda request: right(request.question) if request.lessons else WRONG)
    decided = await admit(case, siblings, {siblings[0].id: True}, bench)
    assert decided.status == "admitted"
    assert decided.lift is not None
    assert (decided.lift.with_lesson, decided.lift.n) == (1.0, 3)
    assert decided.lift.value == pytest.approx(2 / 3)
    assert "2 of 3" in decided.reason
    assert all(request.lessons[0].case_id == case.id for request in bench.student.requests)


async def test_a_case_that_changes_nothing_is_refused(bench_with, case: Case, siblings) -> None:
    bench = bench_with(lambda request: right(request.question))
    decided = await admit(case, siblings, {sibling.id: True for sibling in siblings}, bench)
    assert (decided.status, decided.lift and decided.lift.value) == ("refused", 0)
    assert "no lift" in decided.reason


async def test_a_case_that_wins_one_and_loses_one_is_refused(bench_with, case: Case, siblings) -> None:
    won, lost = siblings[0], siblings[1]
    bench = bench_with(lambda request: right(won.question) if request.question == won.question else WRONG)
    assert (await admit(case, siblings, {lost.id: True}, bench)).status == "refused"


async def test_a_case_that_harms_is_quarantined(bench_with, case: Case, siblings) -> None:
    bench = bench_with(lambda request: WRONG)
    decided = await admit(case, siblings, {siblings[2].id: True}, bench)
    assert decided.status == "quarantined"
    assert decided.lift is not None
    assert decided.lift.value == pytest.approx(-1 / 3)


async def test_a_case_without_siblings_is_refused_unmeasured(bench_with, case: Case) -> None:
    decided = await admit(case, [], {}, bench_with(lambda request: WRONG))
    assert (decided.status, decided.lift) == ("refused", None)


async def test_a_case_that_changes_nothing_is_admitted_if_it_solves_what_taught_it(
    bench_with, make_example, case: Case, siblings
) -> None:
    taught = make_example("Sales by product", "SELECT product, SUM(amount) FROM sales GROUP BY product")
    golds = {**GOLDS, taught.question: taught.gold}
    bench = bench_with(lambda request: golds[request.question])
    own = {sibling.id: True for sibling in siblings}
    for given in (siblings, []):
        decided = await admit(case, given, own, bench, taught)
        assert (decided.status, decided.lift is None) == ("admitted", not given)
        assert "taught it" in decided.reason


async def test_a_case_that_does_not_solve_what_taught_it_is_not_taken_on_trust(
    bench_with, make_example, case: Case
) -> None:
    taught = make_example("Sales by product", "SELECT product, SUM(amount) FROM sales GROUP BY product")
    bench = bench_with(lambda request: WRONG)
    assert (await admit(case, [], {}, bench, taught)).status == "refused"


async def test_a_case_that_wins_one_and_loses_one_is_refused_whatever_it_does_for_what_taught_it(
    bench_with, make_example, case: Case, siblings
) -> None:
    taught = make_example("Sales by product", "SELECT product, SUM(amount) FROM sales GROUP BY product")
    golds = {siblings[0].question: GOLDS[siblings[0].question], taught.question: taught.gold}
    bench = bench_with(lambda request: golds.get(request.question, WRONG))
    assert (await admit(case, siblings, {siblings[1].id: True}, bench, taught)).status == "refused"


def test_siblings_are_never_of_the_cases_family_nor_its_example(make_example, case: Case) -> None:
    own = make_example("Sales by product", "SELECT product, SUM(amount) FROM sales GROUP BY product")
    family_ = [
        make_example(
            f"Sales by product {n}",
            "select product, sum(s.amount) from sales s group by 1" if n else own.gold,
        )
        for n in range(2)
    ]
    others = [make_example(question, gold) for question, gold in GOLDS.items()]
    answered_otherwise = evolve(make_example(own.question, "SELECT 1"), family=case.family, id="otherwise")
    examples = [*family_, *others, own, answered_otherwise]
    queries = [RetrievalQuery(example.question) for example in examples]
    found = siblings_of(case, examples, queries, 9)
    assert {item.id for item in found} <= {item.id for item in (*others, family_[1])}
    assert all(family(item.gold) != case.family for item in found)
    assert len(siblings_of(case, examples, queries, 2)) == 2
    assert siblings_of(case, [], [], 3) == []


def test_literals_are_texts_and_numbers_wherever_they_stand() -> None:
    code = """SELECT "a 'b", 42, 7, 3.25 -- what's this 'comment'
    FROM t /* it's */ WHERE x = 'O''Hara' AND y IN ('N', 'North')"""
    assert literals(code) == {"42", "3.25", "O''Hara", "North"}


SECRETS = ("SELECT 1 FROM t WHERE a = 'Nordics' AND b = 'on_hold' AND c > 48213 AND d = 'gone'",)


@pytest.mark.parametrize(
    ("shared", "leaked"),
    [
        ("The region is 'Nordics'.", {"Nordics"}),
        ("The project's region is 'Nordics'.", {"Nordics"}),
        ("Use Nordics for the north; it's what they're called.", {"Nordics"}),
        ("Status “on_hold” is not counted", {"on_hold"}),
        ("more than 48213 cents", {"48213"}),
        ("d = 'gone'", {"gone"}),
        ("Rows that are gone do not count.", set()),  # a plain word is no evidence
        ("148213 or 48213.5x and Nordicsville", set()),
        ("", set()),
    ],
)
def test_a_planted_literal_is_found_in_prose_and_in_code(shared: str, leaked: set[str]) -> None:
    assert leaks(shared, SECRETS, []) == leaked


def test_what_the_taught_code_says_too_is_no_leak() -> None:
    assert leaks("region = 'Nordics'", SECRETS, ["SELECT 'Nordics'"]) == frozenset()


def test_a_literal_planted_in_the_teachers_own_wording_is_found() -> None:
    """The heading speaks of “this project's queries”: an apostrophe that must not hide what follows."""
    planted = Definition("north", "sales.region = 'Nordics'", "condition", 3)
    other = Definition("open", "sales.status <> 'void'", "condition", 3)
    heading = "House definitions, each agreed on by several of this project's queries:\n"
    text = heading + "\n".join(sentence(item) for item in (other, planted))
    assert leaks(text, SECRETS, ["SELECT 'void'"]) == {"Nordics"}
