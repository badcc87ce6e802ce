"""A model server on a real socket that does what a test tells it to."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web

from understudy_knowledge.catalog.model import Catalog, Column, ForeignKey, Table
from understudy_knowledge.memory.records import Example, Hole, Lesson, Origin, Plan, Step
from understudy_knowledge.models.vllm import Client, ServerSettings

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class ScriptedServer:
    """Answers every path under /v1 with `handler`, except /v1/models; keeps what it was asked.

    Beside /v1 it has the `pages` that a test gives it, and /tokenize where the test says how to `count`.
    """

    def __init__(self) -> None:
        self.handler: Handler | None = None
        self.bodies: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.peers: set[Any] = set()
        self.paths: list[str] = []
        self.models: list[dict[str, Any]] = [{"id": "student", "max_model_len": 4096}]
        self.pages: dict[str, dict[str, Any]] = {}
        self.count: Callable[[str], int] | None = None
        self.counted: list[dict[str, Any]] = []
        self.base_url = ""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        if request.transport is not None:
            self.peers.add(request.transport.get_extra_info("peername"))
        if request.path == "/v1/models":
            return web.json_response({"object": "list", "data": self.models})
        if request.path == "/tokenize" and self.count is not None:
            self.counted.append(json.loads(await request.text()))
            return web.json_response({"count": self.count(self.counted[-1]["prompt"])})
        if not request.path.startswith("/v1/"):
            page = self.pages.get(request.path)
            return web.json_response(page or {"detail": "Not Found"}, status=200 if page else 404)
        self.paths.append(request.path)
        self.headers.append(dict(request.headers))
        self.bodies.append(json.loads(await request.text()))
        assert self.handler is not None
        return await self.handler(request)

    def says(self, *pieces: str, chat: bool = False) -> None:
        """Stream these pieces, as vLLM does."""

        async def handler(request: web.Request) -> web.StreamResponse:
            response = web.StreamResponse(headers={"Content-Type": "text/event-stream; charset=utf-8"})
            await response.prepare(request)
            for number, piece in enumerate(pieces, 1):
                choice = {"index": 0, "finish_reason": "stop" if number == len(pieces) else None}
                choice |= {"delta": {"content": piece}} if chat else {"text": piece}
                usage = {"prompt_tokens": 7, "completion_tokens": number}
                await response.write(event({"choices": [choice], "usage": usage}))
            await response.write(b"data: [DONE]\n\n")
            return response

        self.handler = handler

    def answers(self, *messages: str) -> None:
        """Answer a chat request with these messages, one a request."""
        left = list(messages)

        async def handler(_request: web.Request) -> web.StreamResponse:
            choice = {"message": {"content": left.pop(0)}, "finish_reason": "stop"}
            return web.json_response(
                {"choices": [choice], "usage": {"prompt_tokens": 5, "completion_tokens": 3}}
            )

        self.handler = handler

    def refuses(self, status: int, message: str) -> None:
        """Answer with an error as vLLM words it."""

        async def handler(_request: web.Request) -> web.StreamResponse:
            return web.json_response({"error": {"message": message, "code": status}}, status=status)

        self.handler = handler


def event(data: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(data).encode() + b"\n\n"


@pytest.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    scripted = ScriptedServer()
    app = web.Application(client_max_size=2**24)
    app.router.add_route("*", "/{path:.*}", scripted.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    scripted.base_url = f"http://127.0.0.1:{port}/v1"
    yield scripted
    await runner.cleanup()


@pytest.fixture
async def client(server: ScriptedServer) -> AsyncIterator[Client]:
    opened = Client(ServerSettings(server.base_url, timeout=2.0))
    yield opened
    await opened.close()


@pytest.fixture
async def raw_server() -> AsyncIterator[Callable[[bytes], Awaitable[str]]]:
    """Starts servers that answer any request with the given bytes and close; gives their base URL."""
    started: list[asyncio.Server] = []

    async def start(answer: bytes) -> str:
        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer)
            await writer.drain()
            writer.close()

        started.append(await asyncio.start_server(talk, "127.0.0.1", 0))
        return f"http://127.0.0.1:{started[-1].sockets[0].getsockname()[1]}/v1"

    yield start
    for one in started:
        one.close()


@pytest.fixture
def catalog() -> Catalog:
    """A small shop: three tables, a key made of two columns, comments and samples."""
    return Catalog(
        (
            Table(
                "customers",
                (
                    Column("id", "INTEGER", nullable=False, primary_key=True, family="integer"),
                    Column("name", "TEXT", comment="as printed\non invoices", family="text"),
                    Column(
                        "tier", "TEXT", samples=("gold", "it's new"), samples_complete=True, family="text"
                    ),
                ),
                comment="who buys",
            ),
            Table(
                "orders",
                (
                    Column("id", "INTEGER", nullable=False, primary_key=True, family="integer"),
                    Column("customer_id", "INTEGER", nullable=False, family="integer"),
                    Column("status", "TEXT", samples=("paid", "open", "void"), family="text"),
                    Column("placed at", "TEXT", samples=("2024-01-31",), family="date"),
                ),
                (ForeignKey(("customer_id",), "customers", ("id",)),),
            ),
            Table(
                "order_items",
                (
                    Column("order_id", "INTEGER", nullable=False, primary_key=True, family="integer"),
                    Column("line", "INTEGER", nullable=False, primary_key=True, family="integer"),
                    Column("price", "REAL", family="number"),
                ),
                (ForeignKey(("order_id",), "orders", ("id",)),),
            ),
        )
    )


@pytest.fixture
def plan() -> Plan:
    """Two steps; one hole is pinned, one was filled, one is open."""
    return Plan(
        question="Revenue of gold customers",
        steps=(
            Step(
                "Add up what was paid",
                "SELECT SUM(:h1)",
                "select",
                (Hole("h1", "column", "order_items.price", "revenue", filled="i.price"),),
            ),
            Step(
                "Keep paid orders of the customers asked for",
                "WHERE o.status = :h2\n  AND c.tier = :h3",
                "where",
                (Hole("h2", "value", "'paid'", pinned="'paid'"), Hole("h3", "value", "'gold'", "gold")),
            ),
        ),
        skeleton="SELECT SUM(:h1) FROM order_items AS i WHERE o.status = :h2 AND c.tier = :h3",
        notes=("Void orders never count.",),
    )


@pytest.fixture
def lesson(plan: Plan) -> Lesson:
    return Lesson("case-1", plan.question, plan, "Revenue is the sum of paid items.", "SELECT 1", 0.9, 0.5)


@pytest.fixture
def example() -> Example:
    return Example(
        "e1",
        "How many orders did gold customers pay?",
        "SELECT COUNT(*) FROM orders AS o JOIN customers AS c ON c.id = o.customer_id WHERE c.tier = 'gold'",
        Origin("q.sql", 3),
        evidence="Paid means status = 'paid'.",
    )
