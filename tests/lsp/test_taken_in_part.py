"""A suggestion taken word by word counts as accepted, though no editor says so; typing along does not."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from understudy_server.completion.suggestion import Suggestion
from understudy_server.lsp.session import Session, Shown


def accepted(project: Path) -> int:
    store = project / ".understudy" / "knowledge.db"
    if not store.is_file():
        return 0
    with closing(sqlite3.connect(store)) as connection:
        return int(connection.execute("SELECT COUNT(*) FROM acceptances").fetchone()[0])


async def test_a_suggestion_taken_word_by_word_is_counted_once(editor: Any, project: Path) -> None:
    await editor.start(project)
    at = editor.open("a.sql", "-- How many customers are there?\n|")
    shown = await editor.ghost(at)
    assert shown is not None
    for word in ("SELECT", "\n  COUNT"):
        assert shown.insert_text.startswith(word)
        at = editor.type(at, word)
        shown = await editor.ghost(at)
    for _ in range(500):
        if accepted(project):
            break
        await asyncio.sleep(0.01)
    assert accepted(project) == 1


async def test_typing_what_is_suggested_is_no_acceptance(editor: Any, project: Path) -> None:
    await editor.start(project)
    at = editor.open("a.sql", "-- How many customers are there?\n|")
    assert await editor.ghost(at) is not None
    for sign in "SELECT":
        at = editor.type(at, sign)
    assert await editor.ghost(at) is not None
    assert accepted(project) == 0


@pytest.mark.parametrize(
    ("offset", "deleted", "text", "taken"),
    [
        (10, 0, "SELECT", True),
        (16, 0, " COUNT", True),
        (10, 0, "S", False),
        (10, 0, "SELECT COUNT(*)", False),  # all of it: the editor says so itself
        (10, 3, "SELECT", False),
        (4, 0, "SELECT", False),
        (10, 0, "UPDATE", False),
        (22, 0, "(*", False),  # a bracket that closes itself
        (900, 0, "SELECT", False),
    ],
)
def test_only_words_put_in_where_they_are_shown_count(
    offset: int, deleted: int, text: str, taken: bool
) -> None:
    suggestion = Suggestion.__new__(Suggestion)
    shown = Shown(suggestion, "file:///a.sql", 10, "SELECT COUNT(*)")
    assert shown.is_taken_in_part(offset, deleted, text) is taken


def test_words_are_taken_of_what_was_shown_last_though_it_was_shown_before() -> None:
    session = Session(log=print)
    taken: list[Shown] = []
    session.taken_in_part = taken.append
    one, other = (
        Shown(cast("Suggestion", SimpleNamespace(id=text)), "file:///a.sql", 10, text)
        for text in ("SELECT COUNT(*)", "UPDATE orders")
    )
    for shown in (one, other, one):
        session.show(shown)
    session._edited("file:///a.sql", 10, 0, "SELECT")
    assert taken == [one]
