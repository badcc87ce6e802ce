"""The client keeps one connection, stops the server when it is closed, and leaves out what a server refuses."""

import asyncio
import json
import socket
import subprocess
import sys
from contextlib import aclosing

from aiohttp import web

from understudy_knowledge.models.vllm import Client, ServerSettings


async def test_events_come_as_they_are_sent(server, client):
    server.says("SELECT ", "1")
    async with aclosing(client.stream("completions", {"prompt": "x"})) as events:
        texts = [event["choices"][0]["text"] async for event in events]
    assert texts == ["SELECT ", "1"]
    assert server.bodies[0] == {"prompt": "x", "stream": True}


async def test_one_connection_serves_many_requests(server, client):
    server.says("1")
    for _ in range(20):
        async with aclosing(client.stream("completions", {})) as events:
            assert [event async for event in events]
    assert len(server.peers) == 1


async def test_leaving_behind_the_last_piece_keeps_the_connection(server, client):
    server.says("SELECT ", "1")
    for _ in range(5):
        async with aclosing(client.stream("completions", {})) as events:
            async for event in events:
                if event["choices"][0]["finish_reason"]:
                    break
        await asyncio.sleep(0.02)
    assert len(server.peers) == 1


async def endless(request, gone):
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    try:
        while True:
            await response.write(b'data: {"choices": [{"text": "x"}]}\n\n')
            await asyncio.sleep(0.005)
    finally:
        gone.set()


async def test_closing_the_iterator_stops_the_server(server, client):
    gone = asyncio.Event()
    server.handler = lambda request: endless(request, gone)
    async with aclosing(client.stream("completions", {})) as events:
        async for _ in events:
            break
    await asyncio.wait_for(gone.wait(), 1)


async def test_cancelling_the_task_stops_the_server(server, client):
    gone, begun = asyncio.Event(), asyncio.Event()
    server.handler = lambda request: endless(request, gone)

    async def read():
        async with aclosing(client.stream("completions", {})) as events:
            async for _ in events:
                begun.set()

    task = asyncio.create_task(read())
    await begun.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await asyncio.wait_for(gone.wait(), 1)


async def test_a_field_the_server_refuses_by_name_is_left_out_from_then_on(server, client):
    async def picky(request):
        body = await request.json()
        if "priority" in body:
            message = "Got priority 2 but Priority scheduling is not enabled."
            return web.json_response({"error": {"message": message}}, status=400)
        return web.json_response({"choices": []})

    server.handler = picky
    for _ in range(2):
        assert await client.post("completions", {"prompt": "x", "priority": 2}) == {"choices": []}
    assert ["priority" in body for body in server.bodies] == [True, False, False]


async def test_a_kept_connection_that_the_server_gave_up_is_opened_again():
    async def once_each(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        answer = (
            b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 12\r\n\r\n{"data": []}'
        )
        writer.write(answer)
        await writer.drain()
        # The connection looks alive until the next request arrives on it.
        await reader.read(1)
        writer.transport.abort()

    server = await asyncio.start_server(once_each, "127.0.0.1", 0)
    client = Client(ServerSettings(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"))
    assert await client.models() == ()
    assert await client.models() == ()
    await client.close()
    server.close()


async def test_a_closed_client_opens_again(server, client):
    server.answers("a", "b")
    await client.post("chat/completions", {})
    await client.close()
    assert (await client.post("chat/completions", {}))["choices"]


def test_one_client_serves_several_event_loops_in_turn():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    client = Client(ServerSettings(f"http://127.0.0.1:{port}"))

    async def ask():
        async def answer(_request):
            return web.json_response({"data": [{"id": "m"}]})

        app = web.Application()
        app.router.add_get("/v1/models", answer)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        listed = await client.models()
        await client.close()
        await runner.cleanup()
        return listed[0].id

    assert [asyncio.run(ask()), asyncio.run(ask())] == ["m", "m"]


def test_importing_the_backend_imports_neither_aiohttp_nor_jinja2():
    code = (
        "import sys, understudy_knowledge.models.vllm; print(bool({'aiohttp', 'jinja2'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


async def test_a_server_that_refuses_the_grammar_is_asked_once_more_without_and_never_again_with_one(
    server, client
):
    said = {
        "error": {"message": "Grammar error: 13(34): lexer error", "type": "BadRequestError", "code": 400}
    }

    async def handler(request):
        if "structured_outputs" in server.bodies[-1]:
            response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
            await response.prepare(request)
            await response.write(f"data: {json.dumps(said)}\n\ndata: [DONE]\n\n".encode())
            return response
        server.says("1")
        answer, server.handler = server.handler, handler
        return await answer(request)

    server.handler = handler
    body = {"prompt": "SELECT ", "structured_outputs": {"grammar": "start: nonsense"}}
    for _ in range(2):
        assert [event async for event in client.stream("completions", body)]
    assert ["structured_outputs" in body for body in server.bodies] == [True, False, False]
