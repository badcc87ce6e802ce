"""Whatever the model server does, whoever types gets an answer, and the status says once what is wrong and how to mend it."""

import asyncio
import json
import socket

import attrs
import pytest
from aiohttp import web

from understudy_knowledge.errors import BackendError
from understudy_knowledge.models.breaker import Breaker
from understudy_knowledge.models.embedded import EmbeddedStudent
from understudy_knowledge.models.roles import Relation, StudentRequest
from understudy_knowledge.models.steady import SteadyStudent
from understudy_knowledge.models.vllm import Client, ServerSettings, VllmStudent


@pytest.fixture
async def steady_on():
    """Builds students on a server, whose probes follow fast; and what they told, in order."""
    built = []

    def build(base_url, pace=0.01, **settings):
        chosen = ServerSettings(base_url, **{"timeout": 2.0, "template": "fim", **settings})
        told = []
        student = SteadyStudent(
            VllmStudent(chosen, Client(chosen)), EmbeddedStudent(), told.append, Breaker(pace)
        )
        built.append(student)
        return student, told

    yield build
    for student in built:
        await student.close()


@pytest.fixture
def at_cursor(catalog):
    return StudentRequest(
        "",
        catalog,
        "SELECT * FROM orders AS o JOIN customers AS c ON ",
        clause="on",
        relations=(Relation("o", "orders"), Relation("c", "customers")),
    )


def event(text, reason=None):
    return (
        b"data: "
        + json.dumps({"choices": [{"index": 0, "text": text, "finish_reason": reason}]}).encode()
        + b"\n\n"
    )


async def slow(_request):
    await asyncio.sleep(30)
    raise AssertionError


async def half_a_stream(request):
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    await response.write(event("o.cust"))
    await asyncio.sleep(30)
    raise AssertionError


async def ten_megabytes(request):
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    for _ in range(160):
        await response.write(b": " + b"x" * 65533 + b"\n")
    return response


async def redirect(_request):
    raise web.HTTPTemporaryRedirect("http://127.0.0.1:1/elsewhere")


def says(status, message, **headers):
    async def answer(_request):
        return web.json_response({"error": {"message": message}}, status=status, headers=headers)

    return answer


def sends(body, kind):
    async def answer(_request):
        return web.Response(body=body, content_type=kind)

    return answer


BAD = {
    "slow": (slow, "away", "serve a smaller model"),
    "half a stream, then silence": (half_a_stream, "away", "serve a smaller model"),
    "400 context length": (
        says(400, "This model's maximum context length is 9 tokens."),
        "trouble",
        "start the server with a larger --max-model-len",
    ),
    "401": (says(401, "Unauthorized"), "away", "name the environment variable that holds its key"),
    "404 model": (says(404, "The model `x` does not exist."), "away", "set model to one it lists"),
    "429": (says(429, "slow down"), "away", "wait a moment"),
    "500": (says(500, "CUDA out of memory"), "away", "look at its log"),
    "503": (says(503, "loading", **{"Retry-After": "1"}), "away", "asks to be left alone for 1 s"),
    "invalid JSON": (sends(b"data: {nope\n\n", "text/event-stream"), "away", "must be OpenAI-compatible"),
    "wrong content type": (sends(b"<html>", "text/html"), "away", "base_url must be an OpenAI-compatible"),
    "a stream of 10 MB": (ten_megabytes, "away", "more than 8 MiB"),
    "a redirect": (redirect, "away", "set base_url to the final address"),
}


@pytest.mark.parametrize("what", BAD)
async def test_ten_keystrokes_on_a_bad_server_all_get_an_answer_and_the_status_changes_at_most_twice(
    server, steady_on, at_cursor, what
):
    server.handler, state, mend = BAD[what]
    # A wait that no probe ends within the test: what is told is told by the keystrokes alone.
    student, told = steady_on(server.base_url, pace=1.0, timeout=0.3)
    for typed in range(10):
        typing = attrs.evolve(at_cursor, prefix=at_cursor.prefix + "o.customer_id"[:typed])
        completion = await student.complete(typing)
        assert completion.model == "embedded-student-5"
        if not typed:
            assert completion.text == "o.customer_id = c.id"
    assert told[-1].state == state
    assert mend in told[-1].message
    # First what one answer did, where that may pass; then that the other student stands in.
    assert len(told) <= 2
    if state == "away":
        assert len(server.bodies) <= 9
        assert student.name == told[-1].model == "embedded-student-5"


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


async def test_a_server_that_is_away_is_told_once_and_taken_back_by_itself(steady_on, at_cursor):
    port = free_port()
    student, told = steady_on(f"http://127.0.0.1:{port}", model="student")
    for _ in range(5):
        assert (await student.complete(at_cursor)).model == "embedded-student-5"
    assert [status.state for status in told] == ["away"]
    assert "start it (with vLLM: vllm serve MODEL) or correct base_url" in told[0].message

    app = web.Application()
    app.router.add_post(
        "/v1/completions", sends(event("c.id", "stop") + b"data: [DONE]\n\n", "text/event-stream")
    )
    app.router.add_get("/v1/models", sends(b'{"data": [{"id": "student"}]}', "application/json"))
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    while told[-1].state != "ready":
        await asyncio.sleep(0.01)
    assert (await student.complete(at_cursor)).model == "student"
    assert [(status.state, status.model) for status in told] == [
        ("away", "embedded-student-5"),
        ("ready", "student"),
    ]
    await runner.cleanup()


async def test_while_a_busy_server_wants_to_be_left_alone_it_is(server, steady_on, at_cursor):
    server.handler = says(429, "slow down", **{"Retry-After": "600"})
    student, _ = steady_on(server.base_url)
    for _ in range(5):
        await student.complete(at_cursor)
    await asyncio.sleep(0.1)
    assert len(server.bodies) == 1


async def test_a_server_started_anew_with_another_model_is_taken_as_it_is_now(server, steady_on, at_cursor):
    server.says("c.id")
    student, told = steady_on(server.base_url)
    assert (await student.complete(at_cursor)).model == "student"
    server.models = [{"id": "larger"}]
    server.handler = says(404, "The model `student` does not exist.")
    assert (await student.complete(at_cursor)).model == "embedded-student-5"
    server.says("c.id")
    while told[-1].state != "ready":
        await asyncio.sleep(0.01)
    assert (await student.complete(at_cursor)).model == student.name == "larger"


async def test_a_missing_key_is_a_status_too(server, steady_on, at_cursor):
    student, told = steady_on(server.base_url, api_key_env="NO_SUCH_VARIABLE", pace=1.0)
    assert (await student.complete(at_cursor)).text
    assert "NO_SUCH_VARIABLE is not set" in told[0].message


async def test_an_attempt_is_never_handed_to_the_other_student(server, steady_on, at_cursor):
    server.refuses(500, "out of memory")
    student, _ = steady_on(server.base_url, pace=1.0)
    with pytest.raises(BackendError, match="out of memory"):
        await student.complete(attrs.evolve(at_cursor, purpose="attempt"))


async def test_who_types_faster_than_a_stuck_server_answers_still_finds_out(
    server, steady_on, at_cursor, monkeypatch
):
    monkeypatch.setattr("understudy_knowledge.models.steady._PATIENCE", 0.1)
    server.handler = slow
    student, told = steady_on(server.base_url, pace=1.0, timeout=20)
    for _ in range(4):
        task = asyncio.ensure_future(student.complete(at_cursor))
        await asyncio.sleep(0.05)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert [status.state for status in told] == ["away"]
    assert "has not answered for" in told[0].message
    assert (await student.complete(at_cursor)).text == "o.customer_id = c.id"


async def test_a_look_at_the_server_ahead_of_the_first_keystroke_generates_nothing(server, steady_on):
    student, told = steady_on(server.base_url)
    student.begin()
    while not told:
        await asyncio.sleep(0.01)
    assert [(status.state, status.model) for status in told] == [("ready", "student")]
    assert server.bodies == []


async def test_what_comes_in_pieces_goes_on_with_the_other_student_where_none_had_come(
    server, steady_on, at_cursor
):
    server.refuses(500, "out of memory")
    student, _ = steady_on(server.base_url, pace=1.0)
    assert "".join([piece async for piece in student.stream(at_cursor)]) == "o.customer_id = c.id"
