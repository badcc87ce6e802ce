"""Leave-one-out pruning: a case that the others make up for goes, one that is needed stays."""

import pytest
from attrs import evolve

from understudy_knowledge.memory.records import Case, Lift
from understudy_knowledge.memory.store import KnowledgeStore
from understudy_knowledge.retrieval.retriever import Retriever
from understudy_knowledge.teaching.pruning import Pruning, is_pruned

GOLDS = {
    "Sales of tea by region": "SELECT region, SUM(amount) FROM sales WHERE product = 'tea' GROUP BY region",
    "Sales of coffee by region": "SELECT region, SUM(amount) FROM sales WHERE product = 'coffee' AND canceled = 0 GROUP BY 1",
    "Sales by region": "SELECT region, SUM(amount) FROM sales GROUP BY region",
}


@pytest.fixture
def examples(make_example):
    return [make_example(question, gold) for question, gold in GOLDS.items()]


@pytest.fixture
def taught(store: KnowledgeStore, make_case, make_example) -> list[Case]:
    made = [
        make_case(
            make_example(
                "Sales by region and product", "SELECT region, product, SUM(amount) FROM sales GROUP BY 1, 2"
            )
        ),
        make_case(
            make_example(
                "Sales by product and region", "SELECT product, region, SUM(amount) FROM sales GROUP BY 1, 2"
            )
        ),
    ]
    cases = [
        evolve(case, id=name, status="admitted", lift=Lift(lift, 0.0, 3))
        for case, name, lift in zip(made, ("least", "most"), (0.3, 0.9), strict=True)
    ]
    store.put_cases(cases)
    return cases


async def test_of_two_cases_that_help_alike_one_goes_the_least_helpful_first(
    bench_with, store, examples, taught
) -> None:
    bench = bench_with(lambda request: GOLDS[request.question] if request.lessons else "SELECT 'wrong'")
    gone = await Pruning(bench, Retriever.open(store, None), examples).prune(taught)
    assert len(gone) == 1
    assert is_pruned(gone[0])
    assert not any(map(is_pruned, taught))
    assert gone[0].lift == next(case.lift for case in taught if case.id == gone[0].id)


async def test_a_case_without_which_siblings_fail_stays(bench_with, store, examples, taught) -> None:
    def answers(request):
        needed = request.lessons and request.lessons[0].case_id == given[request.question]
        return GOLDS[request.question] if needed else "SELECT 'wrong'"

    retriever = Retriever.open(store, None)
    pruning = Pruning(bench_with(answers), retriever, examples)
    given = {example.question: pruning._lesson_ids(example, set())[0] for example in examples}
    gone = await pruning.prune(taught)
    assert not {case.id for case in gone} & set(given.values())


async def test_a_case_goes_only_where_the_others_were_seen_to_pass(
    bench_with, store, examples, taught
) -> None:
    bench = bench_with(lambda request: "SELECT 'wrong'")
    assert await Pruning(bench, Retriever.open(store, None), examples).prune(taught) == []


async def test_a_case_that_no_sibling_is_given_was_not_measured_and_stays(
    bench_with, store, make_example, taught
) -> None:
    far = [make_example("How many employees have left?", "SELECT COUNT(*) FROM sales")]
    bench = bench_with(lambda request: "SELECT 'wrong'")
    gone = await Pruning(bench, Retriever.open(store, None), far).prune(taught)
    assert gone == []
    assert bench.student.requests == []
