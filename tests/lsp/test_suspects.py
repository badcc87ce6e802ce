"""A wrong example from end to end: a real exploration comes to doubt it, the store keeps that, and the editor shows it in its place."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
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
async def student(serve_student: Callable[[Callable[[str], str]], Awaitable[None]]) -> None:
    """A model that counts customers right, in another way each time it is asked, whatever plan it is given."""
    ways = cycle(RIGHT)
    await serve_student(lambda request: next(ways) if QUESTION in request else "SELECT 1")


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
