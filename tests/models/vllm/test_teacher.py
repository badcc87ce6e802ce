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


async def test_general_instructions_are_plain_text_of_a_page(server, teacher, plan, example, catalog):
    server.answers("<think>hm</think>\n" + "Void orders never count.\n" * 1000)
    text = (await teacher.instruct([case_of(plan, example)], catalog)).general.text
    assert text.startswith("Void orders never count.\n")
    assert len(text) <= 3000
    assert "response_format" not in server.bodies[0]


async def test_no_cases_cost_nothing(server, teacher, catalog):
    assert (await teacher.instruct([], catalog)).general == GeneralInstructions()
    assert server.bodies == []


@pytest.mark.parametrize(("kind", "said"), [("rephrase", "other words"), ("new", "another question")])
async def test_a_new_example_comes_with_its_query_and_its_cost(server, teacher, example, catalog, kind, said):
    server.answers(json.dumps({"question": "How many?", "query": "SELECT COUNT(*) FROM orders"}))
    made = await teacher.propose(ProposalRequest(example, catalog, kind))
    assert (made.question, made.code) == ("How many?", "SELECT COUNT(*) FROM orders")
    assert (made.usage.prompt, made.usage.completion) == (5, 3)
    assert said in server.bodies[0]["messages"][0]["content"]
    assert server.bodies[0]["response_format"]["json_schema"]["name"] == "example"


@pytest.mark.parametrize("answer", ["no", "[]", '{"question": "x"}', '{"question": "", "query": "SELECT 1"}'])
async def test_what_is_no_example_is_refused_with_what_it_took(server, teacher, example, catalog, answer):
    server.answers(answer)
    with pytest.raises(BackendError, match="no usable example") as caught:
        await teacher.propose(ProposalRequest(example, catalog, "new"))
    assert caught.value.completion_tokens == 3
