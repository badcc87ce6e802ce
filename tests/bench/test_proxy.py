"""The counting proxy in front of a real socket: what passes through is counted by role and label, and arrives unchanged."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from understudy_knowledge.teaching.run_log import RunLog
from understudy_server.bench.proxy import Calls, CountingProxy, named
from understudy_server.bench.teach.counting import Counting

USAGE = {"prompt_tokens": 7, "completion_tokens": 3}


@pytest.fixture
async def server() -> AsyncIterator[str]:
    async def complete(request: web.Request) -> web.StreamResponse:
        body = await request.json()
        if body["model"] == "broken":
            return web.json_response({"error": "no"}, status=500)
        if not body.get("stream"):
            return web.json_response(
                {"model": body["model"], "key": request.headers.get("Authorization"), "usage": USAGE}
            )
        back = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await back.prepare(request)
        for written in range(1, 4):
            event = {"choices": [{"text": "x"}], "usage": {"prompt_tokens": 7, "completion_tokens": written}}
            await back.write(f"data: {json.dumps(event)}\n\n".encode())
            if body["model"] == "slow":
                await asyncio.sleep(0.2)
        assert body["stream_options"]["include_usage"]
        await back.write(b"data: [DONE]\n\n")
        return back

    async def models(request: web.Request) -> web.Response:
        return web.json_response({"data": [{"id": "m"}]})

    app = web.Application()
    app.router.add_post("/v1/completions", complete)
    app.router.add_get("/v1/models", models)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    yield f"http://{host}:{port}/v1"
    await runner.cleanup()


async def _post(session: aiohttp.ClientSession, url: str, **body: object) -> bytes:
    async with session.post(f"{url}/completions", json=body, headers={"Authorization": "Bearer k"}) as answer:
        return await answer.read()


async def test_calls_are_counted_by_role_and_by_who_is_at_work(server: str) -> None:
    async with (
        CountingProxy({"student": server, "teacher": server}) as proxy,
        aiohttp.ClientSession() as session,
    ):
        proxy.label = "rai"
        plain = json.loads(await _post(session, proxy.url("student"), model="m"))
        streamed = await _post(session, proxy.url("teacher"), model="m", stream=True)
        proxy.label = "zero"
        await _post(session, proxy.url("student"), model="broken")
        assert (plain["model"], plain["key"]) == ("m", "Bearer k")
        assert streamed.endswith(b"data: [DONE]\n\n")
        rai = proxy.taken("rai")
        for role in ("student", "teacher"):
            calls = rai[role]
            assert (calls.calls, calls.prompt_tokens, calls.completion_tokens, calls.failed) == (1, 7, 3, 0)
        assert proxy.taken("rai") == {}
        assert (proxy.total().calls, proxy.total().failed) == (1, 1)


async def test_a_model_with_a_label_is_asked_for_by_its_own_name(server: str) -> None:
    async with CountingProxy({"student": server}) as proxy, aiohttp.ClientSession() as session:
        answer = json.loads(
            await _post(session, proxy.url("student"), model=named("m", "dspy:gepa", "student"))
        )
        assert answer["model"] == "m"
        assert proxy.taken("dspy:gepa")["student"].calls == 1


async def test_a_model_has_another_name_for_every_label_and_role_and_may_have_an_at_sign_of_its_own(
    server: str,
) -> None:
    names = {named("m@2", label, role) for label in ("a", "b") for role in ("student", "teacher")}
    assert len(names) == 4
    async with CountingProxy({"student": server}) as proxy, aiohttp.ClientSession() as session:
        for name in ("m@2", *names):
            assert json.loads(await _post(session, proxy.url("student"), model=name))["model"] == "m@2"
        assert [proxy.taken(label)["student"].calls for label in ("before", "a", "b")] == [1, 2, 2]


async def test_what_was_answered_before_is_neither_sent_on_nor_counted_twice(
    server: str, tmp_path: Path
) -> None:
    name = named("m", "gepa", "student")
    for run in range(2):
        log = RunLog(tmp_path / "log.jsonl")
        async with CountingProxy({"student": server}) as proxy, aiohttp.ClientSession() as session:
            counting = Counting(proxy)
            with counting.within("gepa", log, {"student": 20}):
                answers = [await _post(session, proxy.url("student"), model=name) for _ in range(2 + run)]
                assert answers[0] == answers[1]
                # The killed run's two calls are within the bound of both together; a third is beyond.
                assert counting.is_spent("gepa", "student") == bool(run)
        calls = Counting.kept(log)["gepa"]["student"]
        assert (calls.calls, calls.tokens, calls.refused) == (2, 20, run)
        log.close()


async def test_an_answer_that_nobody_reads_to_its_end_is_counted_as_cut_off(server: str) -> None:
    async with CountingProxy({"student": server}) as proxy, aiohttp.ClientSession() as session:
        async with session.post(
            f"{proxy.url('student')}/completions", json={"model": "slow", "stream": True}
        ) as answer:
            await answer.content.readline()
            answer.close()
        for _ in range(100):
            if proxy.total().calls:
                break
            await asyncio.sleep(0.05)
        calls = proxy.total()
        assert (calls.calls, calls.cut_off, calls.prompt_tokens) == (1, 1, 7)


async def test_other_pages_pass_through_uncounted_and_unknown_roles_do_not(server: str) -> None:
    async with CountingProxy({"student": server}) as proxy, aiohttp.ClientSession() as session:
        async with session.get(f"{proxy.url('student')}/models") as answer:
            assert (await answer.json())["data"] == [{"id": "m"}]
        async with session.get(proxy.url("student").replace("student", "stranger")) as answer:
            assert answer.status == 404
        assert proxy.total() == Calls()


async def test_what_would_go_beyond_the_bound_of_a_label_is_refused_and_not_sent(server: str) -> None:
    async with CountingProxy({"student": server}, "gepa", {("gepa", "student"): 11}) as proxy:
        async with aiohttp.ClientSession() as session:
            for _ in range(2):
                await _post(session, proxy.url("student"), model="m")
            async with session.post(f"{proxy.url('student')}/completions", json={"model": "m"}) as answer:
                assert answer.status == 403
                assert "11 tokens that gepa may take of the student are spent" in await answer.text()
            await _post(session, proxy.url("student"), model=named("m", "rai", "student"))
        calls = proxy.taken("gepa")["student"]
        assert (calls.calls, calls.tokens, calls.refused) == (2, 20, 1)
        assert proxy.taken("rai")["student"].calls == 1


def test_what_was_sent_has_a_hash_that_hangs_on_no_order() -> None:
    one, other = Calls(1, sent="ffffffffffffffff"), Calls(1, sent="00000000000000aa")
    assert (one + other).sent == (other + one).sent == "00000000000000a9"
    assert (one + Calls(refused=1)).sent == one.sent
    assert (one + one).sent != one.sent
