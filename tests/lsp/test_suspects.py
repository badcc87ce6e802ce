"""A wrong example from end to end: a real exploration comes to doubt it, the store keeps that, and the editor shows it in its place."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from lsprotocol import types

from understudy_knowledge.memory.store import KnowledgeStore

QUESTION = "How many customers are there?"
WRONG = "SELECT COUNT(*) + 4 FROM customers"
RIGHT = (
    "SELECT COUNT(*) FROM customers",
    "SELECT COUNT(customer_id) AS n FROM customers WHERE name IS NOT NULL",
    "SELECT SUM(1) FROM (SELECT DISTINCT customer_id FROM customers)",
)
EMPTY = "SELECT SUM(total_cents) FROM orders WHERE ordered_on > '2030'"
FILE = f"""\
-- Names of customers by city
SELECT city, name FROM customers ORDER BY city, name;

-- {QUESTION}
{WRONG};

-- Money from orders in the next decade
{EMPTY};
"""


@pytest.fixture
async def student(project: Path) -> AsyncIterator[None]:
    """A model that counts customers right, in another way each time it is asked, whatever plan it is given."""
    asked = 0

    async def models(request: web.Request) -> web.Response:
        return web.json_response({"data": [{"id": "student-base", "max_model_len": 4096}]})

    async def answer(request: web.Request) -> web.StreamResponse:
        nonlocal asked
        words = "SELECT 1"
        if QUESTION in await request.text():
            words, asked = RIGHT[asked % len(RIGHT)], asked + 1
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        choice = {"index": 0, "text": words, "delta": {"content": words}, "finish_reason": "stop"}
        await response.write(b"data: " + json.dumps({"choices": [choice]}).encode() + b"\n\ndata: [DONE]\n\n")
        return response

    app = web.Application()
    app.router.add_get("/v1/models", models)
    app.router.add_post("/v1/completions", answer)
    app.router.add_post("/v1/chat/completions", answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    with (project / "understudy.toml").open("a", encoding="utf-8") as settings:
        settings.write(f'[student]\nbase_url = "{url}"\nmodel = "student-base"\ntemplate = "plain"\n')
    yield
    await runner.cleanup()


async def test_an_example_that_a_run_came_to_doubt_is_marked_in_the_editor_where_it_stands(
    editor: Any, project: Path, student: None
) -> None:
    (project / "queries.sql").write_text(FILE, encoding="utf-8")
    await editor.start(project)
    uri = editor.open("queries.sql", FILE).text_document.uri
    span = {"start": {"line": 0, "character": 0}, "end": {"line": 8, "character": 0}}
    outcome = await editor.command("understudy.distill", {"path": uri, "range": span})
    assert outcome["status"] == "done", outcome

    with KnowledgeStore.open(project / ".understudy" / "knowledge.db", read_only=True) as store:
        run = store.last_run(finished=True)
    assert run is not None
    assert run.figures is not None
    kept = {each["gold"]: each["reason"] for each in run.figures["suspects"]}
    assert set(kept) == {WRONG, EMPTY}
    assert "agree on another answer" in kept[WRONG]
    assert "answers nothing" in kept[EMPTY]

    until = time.monotonic() + 60
    found: dict[int, types.Diagnostic] = {}
    while len(found) < 2:
        assert time.monotonic() < until, "it is not shown"
        await asyncio.sleep(0.2)
        shown = editor.client.diagnostics.get(uri, [])
        found = {each.range.start.line: each for each in shown if "in doubt" in each.message}
    lines = FILE.splitlines()
    assert {lines[line].rstrip(";") for line in found} == {WRONG, EMPTY}
    assert {each.message.rpartition("in doubt: ")[2] for each in found.values()} == set(kept.values())
