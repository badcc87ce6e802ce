"""Ghost text from vLLM itself: what a newer keystroke, an acceptance and the end of the syntactic unit do to it."""

import asyncio

import attrs
import pytest

from understudy_knowledge.catalog.model import Catalog, Column, Table
from understudy_knowledge.models.roles import StudentRequest
from understudy_knowledge.models.vllm import Client, ServerSettings, VllmStudent
from understudy_server.bench.latency.desk import desk
from understudy_server.bench.latency.metrics import GENERATED, metric
from understudy_server.completion.consistent import generate
from understudy_server.completion.suggest import Toolbox
from understudy_server.context.extract import extract
from understudy_server.context.text.document import Document

pytestmark = pytest.mark.vllm

CATALOG = Catalog((Table("orders", (Column("id", "INTEGER"), Column("total", "REAL"))),))
LONG = 1_500
"""Tokens that take seconds."""


@pytest.fixture
def settings(vllm_server, monkeypatch):
    monkeypatch.setenv("UNDERSTUDY_TEST_KEY", "a-key-of-this-test-only")
    return ServerSettings(
        vllm_server.base_url, api_key_env="UNDERSTUDY_TEST_KEY", template="fim", timeout=60, max_tokens=LONG
    )


@pytest.fixture
async def at_desk(settings, tmp_path):
    async with desk(tmp_path, "a.sql", "SELECT \n\n", settings, LONG) as opened:
        yield opened


async def quiet(vllm_server):
    """Whether vLLM comes to generate for nobody, long before a long answer would be over."""
    for _ in range(100):
        if not await asyncio.to_thread(vllm_server.running_requests):
            return True
        await asyncio.sleep(0.01)
    return False


async def under_way(at_desk):
    request = asyncio.ensure_future(at_desk.ghost((0, 7), explicit=True))
    await asyncio.wait_for(at_desk.client.answering.wait(), 30)
    return request


async def test_a_newer_keystroke_ends_the_generation(at_desk, vllm_server):
    request = await under_way(at_desk)
    at_desk.type((0, 7), "~")
    assert await quiet(vllm_server)
    assert await request is None


async def test_a_newer_request_ends_the_generation_of_the_older_one(at_desk, vllm_server):
    request = await under_way(at_desk)
    at_desk.edit((0, 0), (0, 7), "UPDATE ")
    newer = asyncio.ensure_future(at_desk.ghost((0, 7), explicit=True))
    assert await request is None
    newer.cancel()
    assert await quiet(vllm_server)


async def test_a_withdrawn_request_ends_the_generation(at_desk, vllm_server):
    request = await under_way(at_desk)
    request.cancel()
    assert await quiet(vllm_server)
    assert (await asyncio.gather(request, return_exceptions=True))[0] is not None


async def test_typing_fast_asks_for_the_last_place_only(at_desk, settings):
    at = (0, 7)
    await at_desk.ghost(at, explicit=True)
    asked = at_desk.client.requests
    request = None
    for sign in "customer_id, COUNT(*) AS n FROM ":
        await asyncio.sleep(0.03)
        at = at_desk.type(at, sign)
        if request is not None:
            request.cancel()
        request = asyncio.ensure_future(at_desk.ghost(at))
    await request
    assert at_desk.client.requests - asked <= 3
    assert "FROM " in str(at_desk.client.body["prompt"])


async def test_where_the_unit_is_complete_the_server_stops_too(settings, vllm_server):
    student = VllmStudent(settings, Client(settings))
    # The grammar makes even noise close the bracket and go on to the limit.
    request = StudentRequest(
        "How many orders?",
        CATALOG,
        prefix="SELECT COUNT(",
        suffix=") FROM orders",
        max_tokens=LONG,
        grammar='start: "*) " /x{4000}/',
    )
    generated = await metric(settings, GENERATED)
    assert (await student.complete(request)).text == "*"
    assert await quiet(vllm_server)
    assert await metric(settings, GENERATED) - generated < LONG
    await student.close()


async def test_samples_are_drawn_together_and_noise_is_dropped(settings, vllm_server):
    text = "-- How many orders?\n"
    context = extract(Document("a.sql", text), len(text), language="sql", catalog=CATALOG)
    student = VllmStudent(settings, Client(settings))
    tools = Toolbox(student, CATALOG, max_tokens=32)
    found = await generate(context, tools, samples=4)
    assert found is None or 1 <= found.agreeing <= found.sampled == 4
    varied = [
        await student.complete(attrs.evolve(StudentRequest("?", CATALOG, prefix="SELECT ", max_tokens=16), temperature=1.5))
        for _ in range(3)
    ]  # fmt: skip
    assert len({completion.text for completion in varied}) > 1
    assert await quiet(vllm_server)
    await student.close()
