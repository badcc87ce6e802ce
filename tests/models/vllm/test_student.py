import asyncio
import json
from contextlib import aclosing

import attrs
import pytest
from aiohttp import web

from understudy_knowledge.errors import BackendError
from understudy_knowledge.models.roles import StudentRequest
from understudy_knowledge.models.vllm import Client, ServerSettings, VllmStudent


@pytest.fixture
def student_with(server):
    def build(**settings):
        chosen = ServerSettings(server.base_url, timeout=2.0, **settings)
        return VllmStudent(chosen, Client(chosen))

    return build


@pytest.fixture
def request_at_cursor(catalog, lesson):
    return StudentRequest(
        "Paid orders?", catalog, "SELECT ", " FROM orders", lessons=(lesson,), max_tokens=40
    )


async def test_a_completion_says_what_it_is_and_what_it_took(server, student_with, request_at_cursor):
    student = student_with(template="fim")
    server.says("COUNT", "(*)")
    completion = await student.complete(request_at_cursor)
    assert (completion.text, completion.model, completion.lesson_ids) == ("COUNT(*)", "student", ("case-1",))
    assert (completion.prompt_tokens, completion.completion_tokens) == (7, 2)
    assert completion.seconds > 0
    assert student.name == "student"
    await student.close()


async def test_fill_in_the_middle_asks_for_a_completion(server, student_with, request_at_cursor):
    server.models = [{"id": "Qwen/Qwen2.5-Coder-1.5B"}]
    server.says("1")
    student = student_with()
    await student.complete(request_at_cursor)
    body = server.bodies[0]
    assert server.paths == ["/v1/completions"]
    assert body["model"] == "Qwen/Qwen2.5-Coder-1.5B"
    assert body["prompt"].endswith("SELECT <|fim_suffix|> FROM orders<|fim_middle|>")
    assert body["max_tokens"] == 40
    assert "suffix" not in body
    # OpenAI-compatible servers take four at most.
    assert len(body["stop"]) <= 4
    await student.close()


async def test_an_instruct_model_is_asked_in_a_chat(server, student_with, request_at_cursor):
    server.models = [{"id": "Llama-3.2-3B-Instruct"}]
    server.says("```sql\nSEL", "ECT COUNT(*)", "\n```", " Done.", chat=True)
    student = student_with()
    assert (await student.complete(request_at_cursor)).text == "COUNT(*)"
    assert server.paths == ["/v1/chat/completions"]
    assert server.bodies[0]["messages"][0]["role"] == "user"
    await student.close()


async def test_purpose_decides_who_waits(server, student_with, request_at_cursor):
    server.says("1")
    student = student_with(template="fim")
    for purpose in ("ghost", "action", "attempt"):
        await student.complete(attrs.evolve(request_at_cursor, purpose=purpose))
    assert [body["priority"] for body in server.bodies] == [0, 1, 2]
    await student.close()


async def test_a_configured_model_need_not_be_listed(server, student_with, request_at_cursor):
    server.says("1")
    student = student_with(model="alias", template="plain")
    assert student.name == "alias"
    await student.complete(request_at_cursor)
    assert server.bodies[0]["model"] == "alias"
    await student.close()


async def test_a_server_without_a_model_is_told(server, student_with, request_at_cursor):
    server.models = []
    student = student_with()
    with pytest.raises(BackendError, match="serves no model; load one or set model"):
        await student.complete(request_at_cursor)
    await student.close()


async def test_the_statement_ends_where_it_ends_and_the_server_stops(server, student_with, request_at_cursor):
    gone = asyncio.Event()

    async def ramble(request):
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        try:
            while True:
                await response.write(b'data: {"choices": [{"text": "a; b"}]}\n\n')
                await asyncio.sleep(0.005)
        finally:
            gone.set()

    server.handler = ramble
    student = student_with(template="plain")
    assert (await student.complete(request_at_cursor)).text == "a;"
    await asyncio.wait_for(gone.wait(), 1)
    await student.close()


async def test_a_mark_of_the_family_ends_the_middle(server, student_with, request_at_cursor):
    server.says("a", " <|fi", "le_sep|> other.sql", "more")
    student = student_with(template="fim")
    async with aclosing(student.stream(request_at_cursor)) as pieces:
        assert "".join([piece async for piece in pieces]) == "a "
    await student.close()


async def test_half_characters_do_not_reach_the_editor(server, student_with, request_at_cursor):
    server.says("a\ud800b")
    student = student_with(template="fim")
    assert (await student.complete(request_at_cursor)).text == "a?b"
    await student.close()


@pytest.mark.parametrize(
    "event", ["{}", '{"choices": 3}', '{"choices": [3]}', '{"choices": [{"text": 3}], "usage": 4}']
)
async def test_events_of_another_shape_are_nothing(server, student_with, request_at_cursor, event):
    async def answer(_request):
        body = f'data: {event}\n\ndata: {{"choices": [{{"text": "1"}}]}}\n\ndata: [DONE]\n\n'
        return web.Response(body=body.encode(), content_type="text/event-stream")

    server.handler = answer
    student = student_with(template="fim")
    assert (await student.complete(request_at_cursor)).text == "1"
    await student.close()


async def test_python_code_may_hold_semicolons(server, student_with, request_at_cursor):
    server.says("a = 1; b = 2")
    student = student_with(template="fim")
    completion = await student.complete(attrs.evolve(request_at_cursor, language="python"))
    assert completion.text == "a = 1; b = 2"
    await student.close()


async def test_a_prompt_that_takes_more_tokens_than_estimated_is_cut_and_sent_again(
    server, student_with, request_at_cursor
):
    server.says("1")
    says = server.handler

    async def short_of_memory(request):
        if len((await request.json())["prompt"]) < 2500:
            return await says(request)
        message = "This model's maximum context length is 900 tokens."
        return web.json_response({"error": {"message": message}}, status=400)

    server.handler = short_of_memory
    student = student_with(template="fim")
    crowded = attrs.evolve(request_at_cursor, file_context="SELECT 1;\n" * 900, prefix="SELECT a, " * 900)
    assert (await student.complete(crowded)).text == "1"
    assert 2 <= len(server.bodies) <= 3
    await student.close()


async def test_a_prompt_that_never_fits_is_told(server, student_with, request_at_cursor):
    server.refuses(400, "This model's maximum context length is 9 tokens.")
    student = student_with(template="fim")
    with pytest.raises(BackendError, match="start the server with a larger --max-model-len"):
        await student.complete(request_at_cursor)
    assert len(server.bodies) == 3
    await student.close()


async def test_ghost_text_does_not_wait_for_what_comes_behind_its_last_piece(
    server, student_with, request_at_cursor
):
    async def never_done(request):
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        choice = {"index": 0, "text": "id", "finish_reason": "length"}
        usage = {"prompt_tokens": 7, "completion_tokens": 1}
        await response.write(b"data: " + json.dumps({"choices": [choice], "usage": usage}).encode() + b"\n\n")
        await asyncio.sleep(30)
        return response

    server.handler = never_done
    student = student_with(template="fim")
    completion = await asyncio.wait_for(student.complete(attrs.evolve(request_at_cursor, purpose="ghost")), 5)
    assert (completion.text, completion.completion_tokens) == ("id", 1)
    await student.close()


async def test_a_request_that_was_made_ready_is_asked_as_any_other(server, student_with, request_at_cursor):
    server.says("id")
    student = student_with(template="fim")
    await student.make_ready(request_at_cursor)
    assert server.bodies == []
    for _ in range(2):
        assert (await student.complete(request_at_cursor)).text == "id"
    assert server.bodies[0] == server.bodies[1]
    await student.close()


async def test_what_was_made_ready_for_another_text_is_not_asked(server, student_with, request_at_cursor):
    server.says("id")
    student = student_with(template="fim")
    await student.make_ready(attrs.evolve(request_at_cursor, prefix="SELECT nobody "))
    await student.complete(request_at_cursor)
    assert "nobody" not in server.bodies[0]["prompt"]
    await student.close()
