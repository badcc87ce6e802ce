"""Ghost text from a model server on a real socket: what it is asked, and when it is told to stop."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from attrs import define, field
from lsprotocol import types
from pygls.exceptions import JsonRpcException

COUNT = "-- How many customers are there?\n"


@define
class Model:
    """Streams its words as vLLM does, `pause` seconds after each; keeps the prompts, and which of them were broken off."""

    words: tuple[str, ...] = ("name ", "FROM ", "customers")
    pause: float = 0.0
    base_url: str = ""
    prompts: list[str] = field(factory=list)
    broken_off: list[str] = field(factory=list)
    streaming: asyncio.Event = field(factory=asyncio.Event)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        prompt = json.loads(await request.text())["prompt"]
        self.prompts.append(prompt)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        try:
            for number, word in enumerate(self.words, 1):
                reason = "stop" if number == len(self.words) else None
                choice = {"index": 0, "text": word, "finish_reason": reason}
                await response.write(b"data: " + json.dumps({"choices": [choice]}).encode() + b"\n\n")
                self.streaming.set()
                await asyncio.sleep(self.pause)
            await response.write(b"data: [DONE]\n\n")
        except (asyncio.CancelledError, ConnectionResetError):
            self.broken_off.append(prompt)
            raise
        return response

    async def is_broken_off(self, times: int = 1) -> bool:
        """Whether so many answers were broken off within five seconds."""
        for _ in range(500):
            if len(self.broken_off) >= times:
                return True
            await asyncio.sleep(0.01)
        return False


@pytest.fixture
async def model() -> AsyncIterator[Model]:
    model = Model()

    async def models(request: web.Request) -> web.Response:
        return web.json_response({"data": [{"id": "student-base", "max_model_len": 4096}]})

    app = web.Application()
    app.router.add_get("/v1/models", models)
    app.router.add_post("/v1/completions", model.answer)
    # Otherwise the handler goes on writing to a connection that is gone.
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    model.base_url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    yield model
    await runner.cleanup()


async def start(editor: Any, project: Path, model: Model) -> None:
    settings = {"student": {"base_url": model.base_url, "model": "student-base"}}
    await editor.start(project, settings=settings)


def request(editor: Any, at: types.TextDocumentPositionParams, name: str) -> "asyncio.Future[Any]":
    """A request that can be cancelled by its name."""
    context = types.InlineCompletionContext(types.InlineCompletionTriggerKind.Automatic)
    params = types.InlineCompletionParams(context, at.text_document, at.position)
    protocol = editor.client.protocol
    return asyncio.ensure_future(
        protocol.send_request_async("textDocument/inlineCompletion", params, msg_id=name)
    )


async def test_typing_through_ghost_text_and_deleting_back_asks_once(
    editor: Any, project: Path, model: Model
) -> None:
    await start(editor, project, model)
    at = editor.open("a.sql", "SELECT |")
    shown = await editor.ghost(at)
    assert shown is not None
    assert shown.insert_text == "name FROM customers"
    for place, sign in enumerate("name FROM custome", 1):
        at = editor.type(at, sign)
        rest = await editor.ghost(at)
        assert rest is not None
        assert rest.insert_text == "name FROM customers"[place:]
    for place in reversed(range(17)):
        at = editor.erase(at, 1)
        again = await editor.ghost(at)
        assert again is not None
        assert again.insert_text == "name FROM customers"[place:]
    assert len(model.prompts) == 1


async def test_a_keystroke_ends_the_answer_at_the_server_without_a_new_request(
    editor: Any, project: Path, model: Model
) -> None:
    model.words, model.pause = ("name", *[" , city"] * 500), 0.05
    await start(editor, project, model)
    at = editor.open("a.sql", "SELECT |")
    waiting = asyncio.ensure_future(editor.ghost(at))
    await asyncio.wait_for(model.streaming.wait(), 30)
    editor.type(at, "c")
    assert await model.is_broken_off()
    assert await waiting is None


async def test_a_cancelled_request_ends_the_answer_at_the_server(
    editor: Any, project: Path, model: Model
) -> None:
    model.words, model.pause = ("name", *[" , city"] * 500), 0.05
    await start(editor, project, model)
    waiting = request(editor, editor.open("a.sql", "SELECT |"), "to-cancel")
    await asyncio.wait_for(model.streaming.wait(), 30)
    editor.client.cancel_request(types.CancelParams(id="to-cancel"))
    assert await model.is_broken_off()
    with pytest.raises(JsonRpcException, match="cancel"):
        await waiting


async def test_the_newest_request_ends_the_older_ones_at_the_server(
    editor: Any, project: Path, model: Model
) -> None:
    model.words, model.pause = ("name", *[" , city"] * 500), 0.05
    await start(editor, project, model)
    at = editor.open("a.sql", "SELECT |,      1 FROM customers")
    waiting = [request(editor, at, "first")]
    for character in (2, 3, 4):
        await asyncio.wait_for(model.streaming.wait(), 30)
        model.streaming.clear()
        moved = types.TextDocumentPositionParams(at.text_document, types.Position(0, 7 + character))
        waiting.append(request(editor, moved, f"at {character}"))
    assert await model.is_broken_off(3)
    editor.client.cancel_request(types.CancelParams(id="at 4"))
    *older, newest = await asyncio.gather(*waiting, return_exceptions=True)
    assert older == [None] * 3
    assert isinstance(newest, JsonRpcException)


async def test_what_the_student_is_writing_may_be_typed_while_it_writes(
    editor: Any, project: Path, model: Model
) -> None:
    model.words, model.pause = ("na", "me ", "FROM ", "customers"), 0.15
    await start(editor, project, model)
    at = editor.open("a.sql", "SELECT |")
    first = request(editor, at, "first")
    await asyncio.wait_for(model.streaming.wait(), 30)
    # As editors do it: the edit, the withdrawal, and a little later the request for the new place.
    at = editor.type(at, "n")
    editor.client.cancel_request(types.CancelParams(id="first"))
    await asyncio.sleep(0.03)
    rest = await editor.ghost(at)
    assert rest is not None
    assert rest.insert_text == "ame FROM customers"
    assert (len(model.prompts), model.broken_off) == (1, [])
    assert isinstance((await asyncio.gather(first, return_exceptions=True))[0], JsonRpcException)


async def test_an_accepted_suggestion_has_the_next_one_made_before_it_is_asked_for(
    editor: Any, project: Path, model: Model
) -> None:
    await start(editor, project, model)
    at = editor.open("a.sql", "SELECT |")
    shown = await editor.ghost(at)
    assert shown is not None
    model.words = (" WHERE ", "city = 'Lyon'")
    at = editor.type(at, shown.insert_text)
    await editor.command(shown.command.command, *shown.command.arguments)
    for _ in range(500):
        if len(model.prompts) == 2:
            break
        await asyncio.sleep(0.01)
    following = await editor.ghost(at)
    assert following is not None
    assert following.insert_text == " WHERE city = 'Lyon'"
    assert len(model.prompts) == 2


async def test_an_acceptance_that_is_not_in_the_text_has_nothing_made(
    editor: Any, project: Path, model: Model
) -> None:
    await start(editor, project, model)
    shown = await editor.ghost(editor.open("a.sql", "SELECT |"))
    assert shown is not None
    await editor.command(shown.command.command, *shown.command.arguments)
    assert await editor.labels(editor.open("b.sql", "SELECT * FROM |"))
    assert len(model.prompts) == 1


async def test_after_accepted_text_with_nothing_to_add_nobody_is_asked_again(
    editor: Any, project: Path, model: Model
) -> None:
    await start(editor, project, model)
    at = editor.open("a.sql", "SELECT |")
    shown = await editor.ghost(at)
    assert shown is not None
    model.words = ("",)
    at = editor.type(at, shown.insert_text)
    await editor.command(shown.command.command, *shown.command.arguments)
    assert [await editor.ghost(at) for _ in range(3)] == [None] * 3
    assert len(model.prompts) == 2


async def test_a_word_that_is_being_renamed_is_left_alone(editor: Any, project: Path, model: Model) -> None:
    await start(editor, project, model)
    assert await editor.ghost(editor.open("a.sql", "SELECT na|me FROM customers")) is None
    assert model.prompts == []


async def test_the_list_of_names_does_not_wait_for_the_student(
    editor: Any, project: Path, model: Model
) -> None:
    model.words, model.pause = ("name", *[" , city"] * 500), 0.05
    await start(editor, project, model)
    at = editor.open("a.sql", "SELECT | FROM customers")
    waiting = request(editor, at, "ghost")
    await asyncio.wait_for(model.streaming.wait(), 30)
    assert "city" in await editor.labels(at)
    assert not waiting.done()
    editor.client.cancel_request(types.CancelParams(id="ghost"))
    await asyncio.gather(waiting, return_exceptions=True)
