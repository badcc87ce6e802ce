"""The symbolic teacher: coarse first, plainer with every failure, never without an answer."""

import re

from attrs import evolve
from sqlglot import exp

from understudy_knowledge.catalog import Catalog
from understudy_knowledge.memory.records import Case, Example, Origin, Plan
from understudy_knowledge.models.embedded import EmbeddedStudent, EmbeddedTeacher
from understudy_knowledge.models.embedded.compose import Composer
from understudy_knowledge.models.embedded.plans import filled, sketch_of
from understudy_knowledge.models.embedded.sketch import parse
from understudy_knowledge.models.embedded.writing import write
from understudy_knowledge.models.roles import Failure, StudentRequest, TeacherRequest


def open_holes(plan: Plan) -> int:
    return sum(hole.pinned is None for hole in plan.holes)


def fixed(plan: Plan) -> int:
    return sum(hole.pinned is not None for hole in plan.holes)


def test_every_explored_example_ends_in_its_gold_answer_within_four_turns(explored) -> None:
    unsolved = [item.example.question for item in explored if item.concluded is None]
    assert len(explored) >= 50
    assert not unsolved


def test_a_first_plan_has_open_holes_and_nothing_fixed(explored) -> None:
    for item in explored:
        first = item.plans[0]
        assert open_holes(first) > 0
        assert fixed(first) == 0


def test_a_first_plan_says_no_value_of_the_gold_where_a_hole_is(explored) -> None:
    """Conditions are the secret of an example: none of their text values stands in the first plan's steps for them."""
    for item in explored:
        for step in item.plans[0].steps:
            if step.clause not in {"condition", "having", "whole"}:
                continue
            tree = parse(f"SELECT {step.code}", "sqlite")
            assert tree is not None, step.code
            values = {lit.name for lit in tree.find_all(exp.Literal) if lit.is_string and "%" not in lit.name}
            assert not values, step.code
            for hole in step.holes:
                assert "'" not in hole.hint


def test_refinement_only_makes_a_plan_plainer(explored) -> None:
    refined = 0
    for item in explored:
        for earlier, later in zip(item.plans, item.plans[1:], strict=False):
            refined += 1
            assert fixed(later) >= fixed(earlier)
            assert (later.skeleton, later.holes) != (earlier.skeleton, earlier.holes)
            assert len(later.notes) > len(earlier.notes) or later.steps[0].clause == "whole"
            if later.steps[0].clause == "whole":
                continue
            for old, new in zip(earlier.steps, later.steps, strict=True):
                assert old.clause == new.clause
                if all(hole.pinned is not None for hole in old.holes):
                    assert new == old  # what was fixed stays as it was
    assert refined > 10


async def test_the_fourth_plan_leaves_nothing_to_the_student(mined, roastery: Catalog) -> None:
    """A student that is never right meets a plan it can only copy."""
    for example in mined[::8]:
        failures: list[Failure] = []
        for _ in range(4):
            plan = (await EmbeddedTeacher().plan(TeacherRequest(example, roastery, tuple(failures)))).plan
            failures.append(Failure(plan, "SELECT 1", "The rows differ."))
        assert open_holes(plan) == 0, example.question


async def test_gold_that_is_no_plain_select_is_given_whole_after_one_failure(roastery: Catalog) -> None:
    gold = "SELECT COUNT(*) FROM (SELECT customer_id FROM orders GROUP BY customer_id)"
    example = Example("e", "How many customers ever ordered?", gold, Origin("a.sql", 1))
    teacher = EmbeddedTeacher()
    first = (await teacher.plan(TeacherRequest(example, roastery))).plan
    assert (first.skeleton, open_holes(first)) == (":h1", 1)
    failure = Failure(first, "SELECT 2", "The rows differ.")
    second = (await teacher.plan(TeacherRequest(example, roastery, (failure,)))).plan
    request = StudentRequest(example.question, roastery, plan=second)
    assert (await EmbeddedStudent().complete(request)).text == gold


def test_conclude_fills_every_hole_it_can_tell(explored, roastery: Catalog, database) -> None:
    composer = Composer.of(roastery)
    plain = complete = 0
    for item in explored:
        plan = item.concluded
        if plan is None or plan.steps[0].clause == "whole":
            continue
        plain += 1
        if any(filled(step, {}) is None for step in plan.steps if step.holes):
            continue
        complete += 1
        sketch = sketch_of(plan, {})
        assert sketch is not None
        tree = composer.compose(sketch)
        assert tree is not None
        assert database.same(write(tree, "sqlite"), item.example.gold), item.example.question
    assert complete >= 0.95 * plain > 0.7 * len(explored)


def test_conclude_leaves_a_plan_alone_when_the_code_has_another_shape(explored, roastery: Catalog) -> None:
    item = explored[0]
    for code in (
        "SELECT 1",
        "not a statement",
        "SELECT name FROM customers UNION SELECT name FROM products",
        "",
    ):
        concluded = EmbeddedTeacher().conclude(item.example, item.plans[0], code, roastery)
        assert evolve(concluded, shape=None) == item.plans[0]


async def test_instructions_say_what_the_house_calls_net_revenue(
    cases: list[Case], roastery: Catalog
) -> None:
    general = (await EmbeddedTeacher().instruct(cases, roastery)).general
    named = [item for item in general.definitions if set(item.phrase.split()) <= {"net", "revenu"}]
    revenue = max((item for item in named if item.kind == "metric"), key=lambda item: item.support)
    assert {"quantity", "unit_price_cents", "discount_cents"} <= set(re.findall(r"\w+", revenue.code))
    assert any("status" in condition for condition in revenue.conditions)
    assert revenue.dated.endswith("ordered_at")
    assert revenue.support >= 5
    assert revenue.code in general.text


async def test_a_period_is_no_definition(cases: list[Case], roastery: Catalog) -> None:
    """What a question says of its own dates is not what the house means by a word."""
    general = (await EmbeddedTeacher().instruct(cases, roastery)).general
    assert general.definitions
    for item in general.definitions:
        for code in (*([item.code] if item.kind == "condition" else ()), *item.conditions):
            assert not re.search(r"(>=?|<=?|=|BETWEEN|IN \() ?'(19|20)\d\d", code), item
        assert not any(word[0].isdigit() for word in item.phrase.split())


async def test_one_case_alone_defines_nothing(cases: list[Case], roastery: Catalog) -> None:
    for case in cases[:5]:
        general = (await EmbeddedTeacher().instruct([case], roastery)).general
        assert (general.text, general.definitions) == ("", ())
    assert (await EmbeddedTeacher().instruct([], roastery)).general.text == ""
