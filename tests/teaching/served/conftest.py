"""Both roles over a real socket: the teacher tells what only it knows, the student knows it from plan, lesson or instructions."""

import asyncio
import json
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from attrs import define, evolve, field

from understudy_knowledge.catalog.discover import discover
from understudy_knowledge.execution.executor import Executor
from understudy_knowledge.memory.records import DataSource, Example, Origin
from understudy_knowledge.memory.store import KnowledgeStore
from understudy_knowledge.models.vllm import Client, ServerSettings, VllmStudent, VllmTeacher
from understudy_knowledge.teaching.distill import Distillation, Options
from understudy_knowledge.teaching.kept_completions import KeptCompletions
from understudy_knowledge.teaching.ledger import Ledger
from understudy_knowledge.teaching.paid_answers import PaidTeacher
from understudy_knowledge.teaching.price import Price
from understudy_knowledge.teaching.purse import Purse
from understudy_knowledge.teaching.records import Progress, RunFigures
from understudy_knowledge.teaching.run_log import RunLog
from understudy_knowledge.teaching.workbench import Workbench

SCHEMA = """
CREATE TABLE orders (order_id INTEGER PRIMARY KEY, city TEXT, status TEXT, total INTEGER, placed TEXT);
INSERT INTO orders (city, status, total, placed) VALUES
  ('Lyon', 'paid', 12, '2024-01-02'), ('Lyon', 'canceled', 8, '2024-02-02'), ('Graz', 'paid', 4, '2024-02-09'),
  ('Bonn', 'paid', 9, '2025-01-03'), ('Bonn', 'open', 2, '2025-03-01'), ('Graz', 'canceled', 7, '2025-03-02');
"""
SECRET = "status = 'paid'"
GOLD = {
    "Turnover by city": f"SELECT city, SUM(total) FROM orders WHERE {SECRET} GROUP BY city",
    "Turnover by year": f"SELECT strftime('%Y', placed), SUM(total) FROM orders WHERE {SECRET} GROUP BY 1",
    "Total turnover": f"SELECT SUM(total) FROM orders WHERE {SECRET}",
    "Largest order that counts": f"SELECT MAX(total) FROM orders WHERE {SECRET}",
    "Mean turnover of an order by city": f"SELECT city, AVG(total) FROM orders WHERE {SECRET} GROUP BY city",
    "Turnover in Lyon and Graz": f"SELECT SUM(total) FROM orders WHERE city IN ('Lyon', 'Graz') AND {SECRET}",
    "Number of orders that count": f"SELECT COUNT(*) FROM orders WHERE {SECRET}",
    "First order that counts": f"SELECT MIN(placed) FROM orders WHERE {SECRET}",
    "Cities with an order that counts": f"SELECT DISTINCT city FROM orders WHERE {SECRET} ORDER BY city",
    "Number of cities": "SELECT COUNT(DISTINCT city) FROM orders",
    "Names of the cities in order": "SELECT DISTINCT city FROM orders ORDER BY city",
}
WRONG = "SELECT city FROM orders"


def question_of(prompt: str) -> str:
    """The one that is asked last: those of lessons stand above it."""
    return max(GOLD, key=prompt.rfind)


def knows_the_secret(prompt: str, body: dict[str, Any]) -> str:
    """The student's answer where whatever it was told decides."""
    question = question_of(prompt)
    return GOLD[question] if SECRET in prompt else WRONG


def plan_that_tells(prompt: str, model: str) -> str:
    """A teacher's plan with the secret in it."""
    code = f"FROM orders WHERE {SECRET}"
    step = {"purpose": "Choose the orders", "clause": "from", "code": code, "holes": []}
    return json.dumps({"steps": [step], "skeleton": code, "notes": []})


@define
class ModelServer:
    """What it was asked, how many requests at once, and in which stage of the run. Each answer takes `seconds`."""

    student: Callable[[str, dict[str, Any]], str] = knows_the_secret
    plans: Callable[[str, str], str] = plan_that_tells
    """Given the prompt and the model's name."""
    instructions: str = json.dumps({"rules": [f"Orders count only where {SECRET}."]})
    seconds: float = 0.0
    url: str = ""
    stage: str = ""
    peaks: Counter[str] = field(factory=Counter)
    asked: dict[str, list[str]] = field(factory=lambda: {"student": [], "teacher": []})
    """The last message of each request, by role."""
    asked_in: list[tuple[str, str]] = field(factory=list)
    """What the student was asked, and the stage that had been begun by then."""
    _now: int = 0

    async def answer(self, request: web.Request) -> web.StreamResponse:
        if request.path == "/v1/models":
            models = [{"id": "model", "max_model_len": 8192}, {"id": "dear", "max_model_len": 8192}]
            return web.json_response({"data": models})
        if request.path != "/v1/chat/completions":
            return web.json_response({"error": {"message": "not here"}}, status=404)
        body = await request.json()
        role = "student" if body.get("stream") else "teacher"
        prompt = body["messages"][-1]["content"]
        self.asked[role].append(prompt)
        if role == "student":
            self.asked_in.append((self.stage, prompt))
        self._now += 1
        self.peaks[self.stage] = max(self.peaks[self.stage], self._now)
        try:
            await asyncio.sleep(self.seconds)
        finally:
            self._now -= 1
        return await (
            self._streamed(request, prompt, body) if body.get("stream") else self._whole(prompt, body)
        )

    async def _streamed(self, request: web.Request, prompt: str, body: dict[str, Any]) -> web.StreamResponse:
        code = self.student(prompt, body)
        choice = {"delta": {"content": f"```sql\n{code}\n```"}, "finish_reason": "stop"}
        event = {"choices": [choice], "usage": {"prompt_tokens": 100, "completion_tokens": 20}}
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        await response.write(f"data: {json.dumps(event)}\n\ndata: [DONE]\n\n".encode())
        return response

    async def _whole(self, prompt: str, body: dict[str, Any]) -> web.StreamResponse:
        shape = body.get("response_format", {}).get("json_schema", {}).get("name")
        text = self.plans(prompt, body["model"]) if shape == "plan" else self.instructions
        choice = {"message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
        usage = {"prompt_tokens": 100, "completion_tokens": 20}
        return web.json_response({"choices": [choice], "usage": usage})


@pytest.fixture
async def server() -> AsyncIterator[ModelServer]:
    """On a port of its own; a test changes what it says."""
    server = ModelServer()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", server.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    yield server
    await runner.cleanup()


def examples_in(folder: Path) -> list[Example]:
    """The questions, on a database in that folder."""
    path = folder / "shop.db"
    if not path.exists():
        with closing(sqlite3.connect(path)) as connection:
            connection.executescript(SCHEMA)
    return [
        Example(f"e{number}", question, gold, Origin("q.sql", number), source=DataSource(path))
        for number, (question, gold) in enumerate(GOLD.items())
    ]


@define
class Shop:
    """A project whose roles a model server fills: what a second run finds there is what the first one left."""

    folder: Path
    server: ModelServer

    seen: list[Progress] = field(factory=list)

    def examples(self) -> list[Example]:
        return examples_in(self.folder)

    async def distilled(
        self,
        *,
        purse: Purse | None = None,
        stop_at: str = "",
        temperature: float = 0.0,
        dear: Price | None = None,
        keeps: bool = True,
        **options: Any,
    ) -> RunFigures:
        """The figures of a whole run; with `stop_at` it is cancelled when that stage has begun.

        With a price there is a second teacher, `dear`; completions are kept for the run where it `keeps` them.
        """
        examples, server = examples_in(self.folder), self.server
        settings = ServerSettings(server.url, "model", template="chat", timeout=5.0)
        student_settings = evolve(settings, temperature=temperature)
        student = VllmStudent(student_settings, Client(student_settings))
        teachers = [VllmTeacher(each, Client(each)) for each in (settings, evolve(settings, model="dear"))]
        log, ledger = RunLog(self.folder / "run.jsonl"), Ledger()

        def progress(event: Progress) -> None:
            self.seen.append(event)
            server.stage = event.stage
            if event.stage == stop_at and event.done:
                task.cancel()

        try:
            with KnowledgeStore.open(self.folder / "knowledge.db") as store:
                async with Executor() as executor:
                    catalog = discover(self.folder, database=self.folder / "shop.db", dialect="sqlite")
                    kept, samples = KeptCompletions(log) if keeps else None, 3 if temperature else 1
                    bench = Workbench(student, executor, catalog, ledger=ledger, kept=kept, samples=samples)
                    purse = purse or Purse(price=Price(1, 1))
                    paid = PaidTeacher(teachers[0], store, purse, ledger)
                    others = [PaidTeacher(teachers[1], store, purse, ledger, dear)] if dear else []
                    run = Distillation("r", bench, paid, store, log, Options(**options), progress, others)
                    task = asyncio.ensure_future(run.run(examples))
                    return await task
        finally:
            log.close()
            await student.close()
            for teacher in teachers:
                await teacher.close()


@pytest.fixture
def golds() -> dict[str, str]:
    """Each question with its gold code."""
    return GOLD


@pytest.fixture
def asks() -> Callable[[str], str]:
    """Which question a prompt is about."""
    return question_of


@pytest.fixture
def shop(tmp_path: Path, server: ModelServer) -> Shop:
    return Shop(tmp_path, server)
