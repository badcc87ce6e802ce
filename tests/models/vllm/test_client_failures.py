"""Whatever a model server does wrong, the user gets one sentence that says what and how to mend it."""

import asyncio
import socket
from contextlib import aclosing
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from aiohttp import web

from understudy_knowledge.errors import BackendError
from understudy_knowledge.models.vllm import Client, ServerSettings
from understudy_knowledge.models.vllm.failures import ServerError, seconds_to_wait

KEY = "sk-very-secret-1234"


async def stream_to_end(client):
    async with aclosing(client.stream("completions", {"prompt": "x"})) as events:
        async for _ in events:
            pass


async def failure_of(client, how="stream"):
    ask = stream_to_end(client) if how == "stream" else client.post("chat/completions", {"messages": []})
    with pytest.raises(BackendError) as caught:
        await ask
    await client.close()
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert len(sentence) < 600
    # Not even a log that prints the chain of causes may show more than the sentence.
    assert caught.value.__cause__ is None
    return sentence


@pytest.mark.parametrize("how", ["stream", "post"])
async def test_a_refused_connection_says_to_start_the_server(how):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    client = Client(ServerSettings(f"http://127.0.0.1:{port}"))
    assert "start it (with vLLM: vllm serve MODEL) or correct base_url" in await failure_of(client, how)


async def test_an_unknown_host_is_named():
    sentence = await failure_of(Client(ServerSettings("http://no-such-host.invalid:8000")))
    assert "no-such-host.invalid" in sentence
    assert "base_url" in sentence


@pytest.mark.parametrize("how", ["stream", "post"])
async def test_a_slow_server_is_given_up_at_the_timeout(server, how):
    async def sleep(_request):
        await asyncio.sleep(30)
        raise AssertionError

    server.handler = sleep
    client = Client(ServerSettings(server.base_url, timeout=0.3))
    assert "did not finish within 0.3 s; raise timeout" in await failure_of(client, how)


async def test_a_server_that_drips_for_ever_is_given_up_too(server):
    async def drip(request):
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        while True:
            await response.write(b": still here\n\n")
            await asyncio.sleep(0.02)

    server.handler = drip
    client = Client(ServerSettings(server.base_url, timeout=0.3))
    assert "did not finish within 0.3 s" in await failure_of(client)


@pytest.mark.parametrize("how", ["stream", "post"])
@pytest.mark.parametrize(
    ("status", "message", "sentence"),
    [
        (400, "This model's maximum context length is 2048 tokens.", "set max_tokens lower"),
        (400, "top_k must be positive", "rejected the request (400) (it says: top_k must be positive)"),
        (401, "Unauthorized", "refused the key (401); name the environment variable"),
        (404, "The model `x` does not exist.", "set model to one it lists"),
        (404, "Not Found", "base_url usually ends in /v1"),
        (413, "", "do not fit the model"),
        (429, "slow down", "too many requests (429) (it says: slow down); wait a moment"),
        (500, "CUDA out of memory", "failed (500) (it says: CUDA out of memory); look at its log"),
        (503, "", "failed (503); look at its log"),
    ],
)
async def test_each_status_has_its_sentence(server, client, how, status, message, sentence):
    server.refuses(status, message)
    assert sentence in await failure_of(client, how)


async def test_a_wrong_key_names_the_variable_to_set(server, monkeypatch):
    monkeypatch.setenv("STUDENT_KEY", KEY)
    server.refuses(401, f"Incorrect API key provided: {KEY}")
    sentence = await failure_of(Client(ServerSettings(server.base_url, api_key_env="STUDENT_KEY")))
    assert "set the environment variable STUDENT_KEY to a key it accepts" in sentence
    assert server.headers[-1]["Authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize("status", [400, 404, 429, 500])
async def test_a_key_that_the_server_echoes_is_not_repeated(server, monkeypatch, status):
    monkeypatch.setenv("STUDENT_KEY", KEY)
    server.refuses(status, f"no model for {KEY}")
    client = Client(ServerSettings(server.base_url, api_key_env="STUDENT_KEY"))
    assert KEY not in await failure_of(client)
    assert KEY not in repr(client)
    assert KEY not in repr(vars(client))


async def test_a_missing_key_is_told_before_anything_is_sent(server):
    client = Client(ServerSettings(server.base_url, api_key_env="NO_SUCH_VARIABLE"))
    assert "NO_SUCH_VARIABLE is not set" in await failure_of(client)
    assert server.bodies == []


async def test_a_key_with_a_line_break_cannot_add_headers(server, monkeypatch):
    monkeypatch.setenv("STUDENT_KEY", "abc\r\nX-Evil: 1")
    sentence = await failure_of(Client(ServerSettings(server.base_url, api_key_env="STUDENT_KEY")))
    assert "STUDENT_KEY holds characters" in sentence
    assert "Evil" not in sentence


@pytest.mark.parametrize("how", ["stream", "post"])
async def test_a_redirect_is_not_followed_and_the_key_stays_home(server, client, how):
    async def redirect(_request):
        raise web.HTTPTemporaryRedirect("http://127.0.0.1:1/elsewhere")

    server.handler = redirect
    assert "redirect (307), which is not followed" in await failure_of(client, how)


@pytest.mark.parametrize("how", ["stream", "post"])
async def test_a_web_page_is_no_model_server(server, client, how):
    async def page(_request):
        return web.Response(text="<html>hello", content_type="text/html")

    server.handler = page
    sentence = await failure_of(client, how)
    assert "answered text/html" in sentence
    assert "base_url" in sentence


@pytest.mark.parametrize("body", [b"{", b"[1]", b"\xff\xfe", b"[" * 100_000, b""])
async def test_what_is_not_a_json_object_is_refused(server, client, body):
    async def answer(_request):
        return web.Response(body=body, content_type="application/json")

    server.handler = answer
    assert "must be OpenAI-compatible" in await failure_of(client, "post")


async def test_an_event_that_is_not_json_is_refused(server, client):
    async def answer(_request):
        return web.Response(body=b"data: {nope\n\n", content_type="text/event-stream")

    server.handler = answer
    assert "something that is not JSON" in await failure_of(client)


async def test_a_stream_that_ends_without_saying_so_broke_off(server, client):
    async def answer(_request):
        return web.Response(
            body=b'data: {"choices": [{"text": "SEL"}]}\n\n', content_type="text/event-stream"
        )

    server.handler = answer
    assert "broke off in the middle of an answer" in await failure_of(client)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n5\r\ndata:",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 900\r\n\r\ndata: {",
        b"",
    ],
)
async def test_a_connection_that_drops_broke_off(raw_server, answer):
    client = Client(ServerSettings(await raw_server(answer)))
    assert "broke off in the middle of an answer" in await failure_of(client)


async def test_what_does_not_speak_http_is_told(raw_server):
    client = Client(ServerSettings(await raw_server(b"SSH-2.0-OpenSSH_9.6\r\n")))
    assert "does not speak HTTP" in await failure_of(client)


async def test_an_error_in_the_middle_of_a_stream_counts(server, client):
    async def answer(_request):
        return web.Response(
            body=b'data: {"choices": [{"text": "S"}]}\n\ndata: {"error": {"message": "engine died", "code": 500}}\n\n',
            content_type="text/event-stream",
        )

    server.handler = answer
    assert "failed (500) (it says: engine died)" in await failure_of(client)


@pytest.mark.parametrize(("how", "kind"), [("stream", "text/event-stream"), ("post", "application/json")])
async def test_ten_megabytes_are_not_read(server, client, how, kind):
    async def flood(request):
        response = web.StreamResponse(headers={"Content-Type": kind})
        await response.prepare(request)
        for _ in range(160):
            await response.write(b"x" * 65536)
        return response

    server.handler = flood
    assert "more than 8 MiB for one answer" in await failure_of(client, how)


async def test_an_endless_error_message_is_cut(server, client):
    server.refuses(500, "A" * 40_000 + "\x1b[31m")
    sentence = await failure_of(client)
    assert sentence.isprintable()


async def test_half_a_stream_and_then_silence_is_given_up_long_before_the_timeout(server, client):
    async def stall(request):
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        await response.write(b'data: {"choices": [{"text": "SELECT"}]}\n\n')
        await asyncio.sleep(30)
        raise AssertionError

    server.handler = stall
    events = client.stream("completions", {}, 0.2)
    assert (await anext(events))["choices"][0]["text"] == "SELECT"
    with pytest.raises(ServerError, match=r"sent nothing for 0\.2 s") as caught:
        await anext(events)
    assert caught.value.kind == "slow"


async def test_a_host_that_answers_nothing_is_away():
    # A listener whose queue is full takes no connection: the system sends our requests for one again and again.
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(deaf.getsockname())
        client = Client(ServerSettings(f"http://127.0.0.1:{deaf.getsockname()[1]}", timeout=0.3))
        sentence = await failure_of(client)
        for filler in fillers:
            filler.close()
    assert "Nothing answers at" in sentence or "did not finish within 0.3 s" in sentence


@pytest.mark.parametrize(
    ("status", "message", "kind"),
    [
        (307, "", "unusable"),
        (401, "", "unusable"),
        (404, "The model `x` does not exist.", "unusable"),
        (400, "top_k must be positive", "request"),
        (400, "This model's maximum context length is 2048 tokens.", "request"),
        (429, "", "busy"),
        (500, "", "broken"),
        (503, "", "busy"),
    ],
)
async def test_each_failure_says_of_which_kind_it_is(server, client, status, message, kind):
    server.refuses(status, message)
    with pytest.raises(ServerError) as caught:
        await stream_to_end(client)
    assert caught.value.kind == kind


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("header", "seconds"), [("7", 7), ("86400", 600), ("soon", None), ("-3", None), ("", None), ("x7", None)]
)
async def test_how_long_a_busy_server_wants_to_be_left_alone(server, client, status, header, seconds):
    async def busy(_request):
        return web.json_response({}, status=status, headers={"Retry-After": header})

    server.handler = busy
    with pytest.raises(ServerError) as caught:
        await stream_to_end(client)
    assert caught.value.retry_after == seconds


def test_a_date_to_wait_for_is_seconds_from_now():
    soon = datetime.now(timezone.utc) + timedelta(seconds=90)
    assert 80 < seconds_to_wait(format_datetime(soon, usegmt=True)) <= 90
    assert seconds_to_wait("Wed, 21 Oct 2015 07:28:00 GMT") == 0
    assert seconds_to_wait("Wed, 99 Oct 2015 07:28:00 GMT") is None
