"""A model server that is away: ghost text goes on, the editor is told once in its status, and nothing ever pops up."""

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from lsprotocol import types

ON = "SELECT * FROM orders AS o JOIN customers AS c ON |"
EVENT = (
    b'data: {"choices": [{"index": 0, "text": "o.order_id = c.customer_id", "finish_reason": "stop"}]}\n\n'
)


@pytest.fixture
def told(editor: Any) -> list[Any]:
    """What `understudy/student` told, in order."""
    told: list[Any] = []

    @editor.client.feature("understudy/student")
    def _hear(status: Any) -> None:
        told.append(status)

    return told


async def until(done: Any) -> None:
    for _ in range(1000):
        if done():
            return
        await asyncio.sleep(0.01)
    raise AssertionError


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture
async def started_later() -> AsyncIterator[Any]:
    runners = []

    async def start(port: int) -> None:
        async def answer(_request: web.Request) -> web.Response:
            return web.Response(body=EVENT + b"data: [DONE]\n\n", content_type="text/event-stream")

        async def models(_request: web.Request) -> web.Response:
            return web.json_response({"data": [{"id": "student-base"}]})

        app = web.Application()
        app.router.add_post("/v1/completions", answer)
        app.router.add_get("/v1/models", models)
        runners.append(web.AppRunner(app))
        await runners[-1].setup()
        await web.TCPSite(runners[-1], "127.0.0.1", port).start()

    yield start
    for runner in runners:
        await runner.cleanup()


async def test_ghost_text_goes_on_while_the_server_is_away_and_the_status_says_so_once(
    editor: Any, project: Path, told: list[Any], started_later: Any
) -> None:
    port = free_port()
    await editor.start(project, settings={"student": {"base_url": f"http://127.0.0.1:{port}/v1"}})
    at = editor.open("a.sql", ON)
    shown = await editor.ghost(at)
    assert shown is not None
    assert shown.insert_text == "o.customer_id = c.customer_id"
    for sign in "o.":
        at = editor.type(at, sign)
        await editor.ghost(at)
    assert [status.state for status in told] == ["away"]
    assert "start it (with vLLM: vllm serve MODEL) or correct base_url" in told[0].message
    assert [line for line in editor.log if "No model server listens" in line] == [
        f"{told[0].message}. Until it is back, the embedded student completes."
    ]
    assert editor.client.messages == []

    await started_later(port)
    await until(lambda: told[-1].state == "ready")
    assert [(status.state, status.model) for status in told[1:]] == [("ready", "student-base")]
    await until(lambda: "student-base answers again." in editor.log)
    again = await editor.ghost(editor.open("b.sql", ON))
    assert again is not None
    assert again.insert_text == "o.order_id = c.customer_id"
    assert editor.client.messages == []


async def test_without_a_server_there_is_nothing_to_tell(editor: Any, project: Path, told: list[Any]) -> None:
    await editor.start(project)
    assert await editor.ghost(editor.open("a.sql", ON)) is not None
    assert told == []


async def test_the_status_of_a_server_that_is_no_longer_set_does_not_stay(
    editor: Any, project: Path, told: list[Any]
) -> None:
    await editor.start(project, settings={"student": {"base_url": f"http://127.0.0.1:{free_port()}/v1"}})
    await until(lambda: told)
    editor.client.workspace_did_change_configuration(types.DidChangeConfigurationParams({"student": {}}))
    await until(lambda: told[-1].state == "ready")
    assert told[-1].model == "embedded-student-5"
