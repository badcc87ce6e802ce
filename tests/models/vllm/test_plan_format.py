import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy_knowledge.memory.records import Hole
from understudy_knowledge.models.vllm.plan_format import (
    PlanLimits,
    UnusablePlanError,
    parse_plan,
    plan_schema,
)


def hole(number=1, **changes):
    return {"id": f"h{number}", "kind": "value", "hint": "'paid'", "phrase": "paid", "pinned": ""} | changes


def step(**changes):
    return {
        "purpose": "keep paid",
        "clause": "where",
        "code": "WHERE status = :h1",
        "holes": [hole()],
    } | changes


def parse(steps=None, skeleton="SELECT 1 WHERE status = :h1", limits=None):
    answer = json.dumps({"steps": [step()] if steps is None else steps, "skeleton": skeleton})
    return parse_plan(answer, question="q", dialect="sqlite", limits=limits or PlanLimits())


def test_a_good_plan_becomes_a_plan():
    plan = parse()
    assert plan.question == "q"
    assert plan.steps[0].clause == "where"
    assert plan.holes == (Hole("h1", "value", "'paid'", "paid"),)
    assert plan.skeleton == "SELECT 1 WHERE status = :h1"


def test_pinned_code_is_kept():
    assert parse([step(holes=[hole(pinned="'paid'")])]).holes[0].pinned == "'paid'"


@pytest.mark.parametrize(
    ("notes", "kept"), [(["a ", "", "b"], ("a", "b")), ("a", ()), (None, ()), (list("abcd"), tuple("abc"))]
)
def test_notes_are_taken_where_they_make_sense(notes, kept):
    answer = json.dumps({"steps": [step()], "skeleton": "x", "notes": notes})
    assert parse_plan(answer, question="q", dialect="sqlite", limits=PlanLimits()).notes == kept


def test_a_hole_that_no_code_mentions_is_left_out():
    assert [one.id for one in parse([step(holes=[hole(), hole(2)])]).holes] == ["h1"]


def test_a_step_may_use_the_hole_of_another():
    plan = parse([step(), step(code="HAVING x > :h1", clause="having", holes=[])])
    assert plan.steps[1].holes == plan.steps[0].holes


@pytest.mark.parametrize(
    ("steps", "skeleton", "problem"),
    [
        ([], "x", "0 steps"),
        ([step()] * 13, "x", "13 steps"),
        ([step(holes=[])], "x", "step 1 uses :h1, which no step declares"),
        ([step()], "x = :h9", "the skeleton uses :h9"),
        ([step()], "", '"skeleton" of the plan has 0 characters'),
        ([step(clause="wherever")], "x", "must be one of select, from"),
        ([step(holes=[hole(kind="verb")])], "x", "must be one of table, column"),
        ([step(holes=[hole(id="x1")])], "x", "must look like h1"),
        ([step(holes=[hole(), hole(kind="table")])], "x", "hole h1 is of two kinds"),
        ([step(purpose=3)], "x", 'step 1 lacks "purpose"'),
        (["step"], "x", 'step 1 lacks "holes"'),
        ("steps", "x", 'the plan lacks "steps"'),
        ([step(code="x" * 601)], "x", "601 characters"),
    ],
)
def test_a_plan_that_cannot_be_used_says_what_to_mend(steps, skeleton, problem):
    with pytest.raises(UnusablePlanError) as caught:
        parse(steps, skeleton)
    assert problem in str(caught.value)


@pytest.mark.parametrize("answer", ["", "I cannot do that", '{"steps": [', "[" * 9999, "NaN", "[]"])
def test_what_is_not_a_plan_at_all_is_told(answer):
    with pytest.raises(UnusablePlanError):
        parse_plan(answer, question="q", dialect="sqlite", limits=PlanLimits())


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["steps", "holes", "id", "kind", "code", "purpose", "clause", "skeleton"]),
            inner,
            max_size=4,
        )
    ),
)


@given(json_values)
def test_no_json_whatever_is_worse_than_unusable(value):
    with contextlib.suppress(UnusablePlanError):
        parse_plan(json.dumps(value), question="q", dialect="sqlite", limits=PlanLimits())


def test_every_part_of_the_schema_is_bounded():
    def check(node):
        if node.get("type") == "string":
            assert "maxLength" in node or "enum" in node
        if node.get("type") == "array":
            assert "maxItems" in node
            check(node["items"])
        if node.get("type") == "object":
            assert node["additionalProperties"] is False
            assert node["required"] == list(node["properties"])
            for inner in node["properties"].values():
                check(inner)

    check(plan_schema(PlanLimits()))
