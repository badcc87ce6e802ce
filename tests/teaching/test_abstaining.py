"""When to be silent is learned from trials that have no twin among the cases, as nothing that is asked afterwards has one."""

from attrs import evolve

from understudy_knowledge.memory.skeleton import family
from understudy_knowledge.teaching.abstaining import learn_abstention
from understudy_knowledge.teaching.run_log import RunLog

WORDS = ("tea", "coffee", "cocoa")
SHAPES = {
    "Sales of {}": "SELECT SUM(amount) FROM sales WHERE product = '{}'",
    "How many sales of {}": "SELECT COUNT(*) FROM sales WHERE product = '{}'",
    "Regions that sell {}": "SELECT DISTINCT region FROM sales WHERE product = '{}'",
    "Largest sale of {}": "SELECT MAX(amount) FROM sales WHERE product = '{}'",
}


async def test_a_trial_never_gets_a_case_of_the_questions_own_family(
    bench_with, make_example, make_case, store, tmp_path
) -> None:
    examples = [
        make_example(shape.format(word), gold.format(word))
        for shape, gold in SHAPES.items()
        for word in WORDS
    ]
    cases = {
        f"c{number}": evolve(make_case(example), id=f"c{number}", status="admitted")
        for number, example in enumerate(examples)
    }
    store.put_cases(cases.values())
    bench = bench_with(lambda request: "SELECT 'wrong'")
    log = RunLog(tmp_path / "run.jsonl")
    await learn_abstention(store, examples, {each.id: False for each in examples}, bench, log)
    log.close()
    tried = [(request.question, request.lessons[0].case_id) for request in bench.student.requests]
    families = {example.question: family(example.gold) for example in examples}
    assert len(tried) == len(examples)
    assert [(asked, given) for asked, given in tried if cases[given].family == families[asked]] == []
