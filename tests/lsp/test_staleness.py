"""The schema moves on while an editor runs: what was learned about a column that is gone leaves prompts at once, and comes back."""

import asyncio
import json
import sqlite3
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from understudy_knowledge.memory.records import Case, GeneralInstructions, Lift, Lineage, Origin, Plan, Step
from understudy_knowledge.memory.rules import rules_of
from understudy_knowledge.memory.store import KnowledgeStore

CODE = "SELECT COUNT(*) FROM customers WHERE city = 'Lyon'"
LESSON = "A place is a city."
ABOUT_CITY = "- A town is `customers.city`, with a capital letter"
ABOUT_MONEY = "- Money is `orders.total_cents`"
CASE = Case(
    id="c-lyon",
    example_id="e-lyon",
    question="How many customers live in Lyon?",
    masked_question="How many customers live in _?",
    plan=Plan("How many customers live in Lyon?", (Step("Count.", "COUNT(*)", "metric"),), CODE),
    code=CODE,
    skeleton="SELECT COUNT(*) FROM _ WHERE _ = ?",
    family=CODE,
    lineage=Lineage(("customers",), ("customers.city",)),
    explanation=LESSON,
    origin=Origin("queries/places.sql", 4),
    status="admitted",
    reason="it solves 2 of 4 siblings more and loses 0",
    lift=Lift(0.75, 0.25, 4),
)


@pytest.fixture
async def prompts(serve_student: Callable[[Callable[[str], str]], Awaitable[None]]) -> list[str]:
    """What the student is asked."""
    heard: list[str] = []

    def answer(request: str) -> str:
        heard.append(json.loads(request)["prompt"])
        return " 1"

    await serve_student(answer)
    return heard


@pytest.fixture
def taught(project: Path) -> Path:
    """The workspace with a case and a rule about `customers.city`, and a rule about something else."""
    general = GeneralInstructions(f"{ABOUT_CITY}\n{ABOUT_MONEY}")
    (project / ".understudy").mkdir()
    with KnowledgeStore.open(store_of(project)) as store:
        store.put_case(CASE)
        store.put_general(general, rules_of(general))
    return project


def store_of(project: Path) -> Path:
    return project / ".understudy" / "knowledge.db"


def change(project: Path, *statements: str) -> None:
    with closing(sqlite3.connect(project / "shop.db")) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def on_disk(project: Path) -> Case:
    with KnowledgeStore.open(store_of(project), read_only=True) as store:
        return store.case("c-lyon")


async def soon(asked: Callable[[], Awaitable[bool]]) -> None:
    until = time.monotonic() + 60
    while not await asked():
        assert time.monotonic() < until, "it did not become so"
        await asyncio.sleep(0.2)


def gone(editor: Any) -> list[str]:
    return [said for said in editor.log if "about columns that are gone" in said]


async def test_what_is_about_a_dropped_column_is_in_no_prompt_is_stale_on_disk_and_comes_back_with_it(
    editor: Any, taught: Path, prompts: list[str]
) -> None:
    await editor.start(taught)
    number = 0

    async def asked() -> str:
        """The prompt of one more request, for the same question in a new file."""
        nonlocal number
        number += 1
        at = editor.open(f"q{number}.sql", f"-- How many customers live in Lyon?\nSELECT COUNT(*), {number}|")
        before = len(prompts)
        await editor.ghost(at)
        assert len(prompts) > before
        return prompts[-1]

    async def given() -> bool:
        return LESSON in await asked()

    # A thread brings the index up, for which a request waits 50 ms at most.
    await soon(given)
    assert ABOUT_CITY in await asked()
    change(taught, "ALTER TABLE customers DROP COLUMN city")

    async def left() -> bool:
        return LESSON not in await asked()

    await soon(left)
    without = await asked()
    assert ABOUT_CITY not in without
    assert ABOUT_MONEY in without, "only what is about the column goes"

    async def is_stale() -> bool:
        return on_disk(taught).status == "stale"

    await soon(is_stale)
    assert on_disk(taught).reason == "the schema has no customers.city any more"

    async def told() -> bool:
        return bool(gone(editor))

    await soon(told)
    change(taught, "ALTER TABLE customers ADD COLUMN city TEXT", "UPDATE customers SET city = 'Lyon'")

    async def rule_is_back() -> bool:
        return ABOUT_CITY in await asked()

    await soon(rule_is_back)
    assert LESSON not in await asked(), "a case is run before it is believed again"
    answer = await editor.command("understudy.verify")
    assert [(each["id"], each["status"]) for each in answer["changed"]] == [("c-lyon", "admitted")]
    await soon(given)
    assert gone(editor) == [
        "1 lesson is about columns that are gone; `understudy knowledge verify` measures them anew."
    ]


async def test_a_column_that_went_while_no_editor_ran_is_found_when_one_starts(
    editor: Any, taught: Path
) -> None:
    change(taught, "ALTER TABLE customers DROP COLUMN city")
    await editor.start(taught)

    async def is_stale() -> bool:
        return on_disk(taught).status == "stale"

    await soon(is_stale)


async def test_a_locked_store_is_no_error_and_is_marked_when_it_is_free(editor: Any, taught: Path) -> None:
    await editor.start(taught)
    at = editor.open("q.sql", "SELECT | FROM customers")
    assert "city" in await editor.labels(at)
    with closing(sqlite3.connect(store_of(taught), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        change(taught, "ALTER TABLE customers DROP COLUMN city")

        async def seen() -> bool:
            return "city" not in await editor.labels(at)

        await soon(seen)
        await asyncio.sleep(7)  # the rest that marking waits for, and its wait for the lock
        assert on_disk(taught).status == "admitted"
        other.execute("ROLLBACK")

    async def is_stale() -> bool:
        return on_disk(taught).status == "stale"

    await soon(is_stale)
    assert not [said for said in editor.log if "locked" in said]


@pytest.mark.parametrize("broken", ["gone", "no database", "untrusted"])
async def test_nothing_is_marked_on_the_word_of_a_database_that_is_away(
    editor: Any, taught: Path, broken: str
) -> None:
    if broken == "gone":
        (taught / "shop.db").unlink()
    elif broken == "no database":
        (taught / "shop.db").write_bytes(b"this is no database at all" * 100)
    else:
        change(taught, "ALTER TABLE customers DROP COLUMN city")
    await editor.start(taught, trusted=broken != "untrusted")
    await editor.labels(editor.open("q.sql", "SELECT | FROM customers"))
    await asyncio.sleep(6)
    assert on_disk(taught).status == "admitted"
