import json

import pytest

from understudy_knowledge.errors import BackendError
from understudy_knowledge.memory.records import Case, GeneralInstructions, Lineage
from understudy_knowledge.models.proposals import ProposalRequest
from understudy_knowledge.models.roles import Failure, TeacherRequest
from understudy_knowledge.models.vllm import Client, ServerSettings, VllmTeacher

GOOD = json.dumps(
    {
        "steps": [{"purpose": "count", "clause": "select", "code": "SELECT COUNT(*)", "holes": []}],
        "skeleton": "SELECT COUNT(*) FROM orders",
    }
)


@pytest.fixture
async def teacher(server):
    settings = ServerSettings(server.base_url, timeout=2.0)
    opened = VllmTeacher(settings, Client(settings))
    yield opened
    await opened.close()


async def test_a_plan_comes_with_its_cost(server, teacher, example, catalog):
    server.answers(GOOD)
    answer = await teacher.plan(TeacherRequest(example, catalog))
    assert answer.plan.skeleton == "SELECT COUNT(*) FROM orders"
    assert answer.plan.question == example.question
    assert (answer.model, answer.prompt_tokens, answer.completion_tokens) == ("student", 5, 3)
    assert server.bodies[0]["response_format"]["type"] == "json_schema"


@pytest.mark.parametrize(
    "wrapping", ["<think>hm {{}}</think>{}", "```json\n{}\n```", "Here it is:\n```json\n{}\n```\nEnjoy"]
)
async def test_a_plan_is_found_in_talk_and_fences(server, teacher, example, catalog, wrapping):
    server.answers(wrapping.replace("{}", GOOD, 1) if "{{}}" not in wrapping else wrapping.format(GOOD))
    assert (await teacher.plan(TeacherRequest(example, catalog))).plan.steps[0].purpose == "count"


async def test_an_unusable_plan_is_asked_for_once_more_with_the_reason(server, teacher, example, catalog):
    server.answers('{"steps": []}', GOOD)
    answer = await teacher.plan(TeacherRequest(example, catalog))
    assert answer.completion_tokens == 6
    roles = [message["role"] for message in server.bodies[1]["messages"]]
    assert roles == ["user", "assistant", "user"]
    assert "it has 0 steps" in server.bodies[1]["messages"][-1]["content"]


async def test_a_second_unusable_plan_is_an_error(server, teacher, example, catalog):
    server.answers("no", "still no")
    with pytest.raises(
        BackendError, match="wrote no usable plan: it is not one JSON object; try a larger model"
    ):
        await teacher.plan(TeacherRequest(example, catalog))
    assert len(server.bodies) == 2


async def test_failures_are_shown_to_the_teacher(server, teacher, example, catalog, plan):
    server.answers(GOOD)
    failure = Failure(plan, "SELECT wrong", "It has too many rows.")
    await teacher.plan(TeacherRequest(example, catalog, (failure,)))
    message = server.bodies[0]["messages"][0]["content"]
    assert "SELECT wrong" in message
    assert "It has too many rows." in message


def case_of(plan, example):
    return Case(
        "c1", "e1", plan.question, "_", plan, "SELECT 1", "s", "f", Lineage(), "Void orders never count.",
        example.origin, "admitted", "it helped",
    )  # fmt: skip


RULES = ["Void orders never count.", " Paid means\nstatus = 'paid'. "]


async def test_general_instructions_are_rules_one_a_line(server, teacher, plan, example, catalog):
    server.answers("<think>hm</think>\n" + json.dumps({"rules": RULES}))
    made = await teacher.instruct([case_of(plan, example)], catalog)
    assert made.general.text == "Void orders never count.\nPaid means status = 'paid'."
    shape = server.bodies[0]["response_format"]["json_schema"]
    assert (shape["name"], shape["strict"]) == ("instructions", True)


async def test_general_instructions_are_cut_to_a_page(server, teacher, plan, example, catalog):
    server.answers(json.dumps({"rules": ["Void orders never count, " * 10] * 20}))
    text = (await teacher.instruct([case_of(plan, example)], catalog)).general.text
    assert 2500 < len(text) <= 3000


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ("Void orders never count.", "it is not one JSON object"),
        ('["x"]', 'it lacks "rules"'),
        (json.dumps({"rules": ["x"] * 21}), "it has 21 rules"),
        (json.dumps({"rules": ["x", 2]}), "rule 2 is no text"),
    ],
)
async def test_unusable_instructions_are_asked_for_once_more_with_the_reason(
    server, teacher, plan, example, catalog, answer, problem
):
    server.answers(answer, json.dumps({"rules": RULES}))
    made = await teacher.instruct([case_of(plan, example)], catalog)
    assert made.general.text.startswith("Void orders never count.")
    assert made.usage.total == 16, "both rounds count"
    assert problem in server.bodies[1]["messages"][-1]["content"]
    server.answers(answer, answer)
    with pytest.raises(BackendError, match="wrote no usable instructions") as caught:
        await teacher.instruct([case_of(plan, example)], catalog)
    assert caught.value.completion_tokens == 6


async def test_no_cases_cost_nothing(server, teacher, catalog):
    assert (await teacher.instruct([], catalog)).general == GeneralInstructions()
    assert server.bodies == []


@pytest.mark.parametrize(
    ("kind", "said"), [("rephrase", "other words"), ("new", "another question"), ("answer", "another query")]
)
async def test_a_new_example_comes_with_its_query_and_its_cost(server, teacher, example, catalog, kind, said):
    server.answers(json.dumps({"question": "How many?", "query": "SELECT COUNT(*) FROM orders"}))
    made = await teacher.propose(ProposalRequest(example, catalog, kind))
    assert (made.question, made.code) == ("How many?", "SELECT COUNT(*) FROM orders")
    assert (made.usage.prompt, made.usage.completion) == (5, 3)
    assert said in server.bodies[0]["messages"][0]["content"]
    assert server.bodies[0]["response_format"]["json_schema"]["name"] == "example"


UNUSABLE = ["no", "[]", '{"question": "x"}', '{"question": "", "query": "SELECT 1"}']


@pytest.mark.parametrize("answer", UNUSABLE)
async def test_what_is_no_example_is_asked_for_once_more_with_the_reason(
    server, teacher, example, catalog, answer
):
    server.answers(answer, json.dumps({"question": "How many?", "query": "SELECT COUNT(*) FROM orders"}))
    made = await teacher.propose(ProposalRequest(example, catalog, "new"))
    assert (made.question, made.usage.completion) == ("How many?", 6)
    assert "The example cannot be used: it" in server.bodies[1]["messages"][-1]["content"]


@pytest.mark.parametrize("answer", UNUSABLE)
async def test_what_is_no_example_twice_is_refused_with_what_it_took(
    server, teacher, example, catalog, answer
):
    server.answers(answer, answer)
    with pytest.raises(BackendError, match="no usable example") as caught:
        await teacher.propose(ProposalRequest(example, catalog, "new"))
    assert caught.value.completion_tokens == 6
