"""Rules are measured one by one, the tree's nodes on held-out questions; what harms leaves, what was forgotten stays out."""

import pytest
from attrs import evolve

from understudy_knowledge.memory.records import (
    Case,
    Definition,
    GeneralInstructions,
    Hole,
    Lift,
    Plan,
    Step,
)
from understudy_knowledge.memory.rules import rules_of, sentence
from understudy_knowledge.memory.skeleton import family, skeleton
from understudy_knowledge.memory.store import KnowledgeStore
from understudy_knowledge.models.roles import Instructions
from understudy_knowledge.retrieval.query import RetrievalQuery
from understudy_knowledge.retrieval.retriever import Retriever
from understudy_knowledge.teaching.rules import rule_over
from understudy_knowledge.teaching.tree_instructions import Shared, instruct_nodes

TEA = Definition("tea", "sales.product = 'tea'", "condition", 2, said="tea")
NORTH = Definition("north", "sales.region = 'North'", "condition", 2, said="North")
GENERAL = GeneralInstructions("House definitions:\n" + sentence(TEA) + "\n" + sentence(NORTH), (TEA, NORTH))
GOLDS = {
    "Sales of tea": "SELECT SUM(amount) FROM sales WHERE product = 'tea'",
    "How many sales of tea": "SELECT COUNT(*) FROM sales WHERE product = 'tea'",
    "Sales in North": "SELECT SUM(amount) FROM sales WHERE region = 'North'",
}


@pytest.fixture
def examples(make_example):
    return [make_example(question, gold) for question, gold in GOLDS.items()]


def helped_by(word: str):
    """A student that needs the rule about a word, and that any other rule leads astray."""

    def answers(request):
        return GOLDS[request.question] if word in request.general.text.lower() else "SELECT 'wrong'"

    return answers


async def test_each_rule_is_measured_alone_and_one_that_harms_leaves(bench_with, examples) -> None:
    own = {example.id: "North" in example.question for example in examples}
    ruled = await rule_over(GENERAL, (), examples, own, (), bench_with(helped_by("tea")))
    tea, north = ruled.rules
    assert (tea.status, tea.lift) == ("admitted", Lift(1.0, 0.0, 2))
    assert (north.status, north.lift) == ("quarantined", Lift(0.0, 1.0, 1))
    assert ruled.general.definitions == (TEA,)
    assert "North" not in ruled.general.text


async def test_a_forgotten_rule_does_not_come_back(bench_with, examples) -> None:
    forgotten = {rules_of(GENERAL)[0].id}
    ruled = await rule_over(GENERAL, (), examples, {}, forgotten, bench_with(helped_by("north")))
    assert [rule.definition for rule in ruled.rules] == [NORTH]
    assert ruled.general.definitions == (NORTH,)


async def test_a_rule_is_not_measured_on_what_it_was_made_from(bench_with, examples, make_case) -> None:
    cases = [evolve(make_case(example), id=f"c{n}") for n, example in enumerate(examples[:2])]
    general = GeneralInstructions(sentence(TEA), (evolve(TEA, cases=("c0", "c1")),))
    ruled = await rule_over(general, cases, examples, {}, (), bench_with(helped_by("tea")))
    assert (ruled.rules[0].lift, ruled.rules[0].status) == (None, "admitted")


async def test_a_join_that_no_key_says_is_a_rule_once_it_helps_alone(
    bench_with, make_example, make_case
) -> None:
    joined = "SELECT * FROM sales JOIN regions ON regions.name = sales.region"
    hole = Hole("h1", "expression", "", filled=joined)
    plan = Plan("", (Step("join", ":h1", "from", (hole,)),), "")
    cases = [
        evolve(make_case(make_example(name, f"SELECT {name} FROM sales")), id=name, plan=plan)
        for name in ("a", "b")
    ]
    asked = make_example(
        "Who leads North?", "SELECT COUNT(*) FROM sales WHERE region IN ('North', 'regions')"
    )
    asked = evolve(asked, gold="SELECT COUNT(*) FROM sales -- regions")

    def answers(request):
        return asked.gold if "regions.name = sales.region" in request.general.text else ""

    helped = await rule_over(GeneralInstructions(), cases, [asked], {}, (), bench_with(answers))
    assert helped.rules[0].kind == "join"
    assert helped.general.text == "- regions and sales are joined by regions.name = sales.region"
    useless = await rule_over(GeneralInstructions(), cases, [asked], {}, (), bench_with(lambda request: ""))
    assert (useless.rules[0].status, useless.general.text) == ("refused", "")


QUESTIONS = [f"Amount of {what} sales" for what in ("tea", "coffee", "cocoa", "milk", "juice", "water")]


@pytest.fixture
def node_cases(make_example, make_case) -> tuple[list, list[Case]]:
    examples = [
        make_example(question, f"SELECT SUM(amount) AS a{n} FROM sales WHERE {'NOT ' * n}canceled = 0")
        for n, question in enumerate(QUESTIONS)
    ]
    cases = [
        evolve(
            make_case(example),
            id=f"n{n}",
            skeleton=skeleton(example.gold),
            family=family(example.gold),
            status="admitted",
            lift=Lift(1.0, 0.0, 1),
        )
        for n, example in enumerate(examples)
    ]
    other = make_example("Which regions", "SELECT region FROM sales")
    lookup = evolve(
        make_case(other), id="x", skeleton=skeleton(other.gold), family=family(other.gold), status="admitted"
    )
    return examples, [*cases, lookup]


async def test_a_node_speaks_where_its_held_out_questions_gain(
    bench_with, scripted_teacher, node_cases
) -> None:
    examples, cases = node_cases
    golds = {example.question: example.gold for example in examples}
    bench = bench_with(lambda request: golds[request.question] if request.lessons else "SELECT 'wrong'")
    made = await instruct_nodes(scripted_teacher, cases, examples, Shared(GeneralInstructions()), bench)
    (node,) = [each for each in made.nodes if len(each.path) == 2]
    assert node.path == ("sql", "aggregate")
    assert node.status == "admitted"
    assert node.lift is not None
    assert node.lift.value == 1.0
    assert node.text == "Always be kind."
    assert node.words == ("amount", "sal")
    assert node.measured is not None
    assert node.measured.student == "scripted"


async def test_a_node_that_changes_nothing_or_harms_is_silent(
    bench_with, scripted_teacher, node_cases
) -> None:
    examples, cases = node_cases
    golds = {example.question: example.gold for example in examples}
    nothing = bench_with(lambda request: "SELECT 'wrong'")
    shared = Shared(GeneralInstructions())
    made = await instruct_nodes(scripted_teacher, cases, examples, shared, nothing)
    assert {node.status for node in made.nodes} == {"refused"}
    harm = bench_with(lambda request: "SELECT 'wrong'" if request.lessons else golds[request.question])
    made = await instruct_nodes(scripted_teacher, cases, examples, shared, harm)
    assert "quarantined" in {node.status for node in made.nodes}


async def test_an_instruction_is_bounded_in_whole_lines(bench_with, node_cases, scripted_teacher) -> None:
    class Chatty(type(scripted_teacher)):
        async def instruct(self, cases, catalog):
            return Instructions(GeneralInstructions("\n".join(f"- rule {n} " + "x" * 90 for n in range(40))))

    examples, cases = node_cases
    made = await instruct_nodes(
        Chatty(), cases, examples, Shared(GeneralInstructions()), bench_with(lambda r: "")
    )
    assert all(len(node.text) <= 900 and node.text.endswith("x") for node in made.nodes)


async def test_where_no_case_is_near_the_node_speaks_and_a_stale_one_is_silent(
    store: KnowledgeStore, catalog, bench_with, scripted_teacher, node_cases
) -> None:
    examples, cases = node_cases
    golds = {example.question: example.gold for example in examples}
    bench = bench_with(lambda request: golds[request.question] if request.lessons else "SELECT 'wrong'")
    made = await instruct_nodes(scripted_teacher, cases, examples, Shared(GeneralInstructions()), bench)
    store.put_instructions(made.nodes)
    retriever = Retriever.open(store, None)
    query = RetrievalQuery("amount of all sales")
    (lesson,) = retriever.lessons_for(query, catalog=catalog)
    assert lesson.explanation == "Always be kind."
    assert lesson.plan.steps == ()
    assert retriever.lessons_for(query, 0, catalog=catalog) == ()
    assert retriever.lessons_for(RetrievalQuery("who is it"), catalog=catalog) == ()
    gone = [evolve(node, lineage=evolve(node.lineage, columns=("sales.gone",))) for node in made.nodes]
    store.put_instructions(gone)
    assert retriever.lessons_for(query, catalog=catalog) == ()
    retriever.refresh()
    assert retriever.lessons_for(query, catalog=catalog) == ()
