"""A suggestion that is shown and typed along: what is left of it, and every edit after which nobody may claim to know."""

from typing import Any

import pytest
from attrs import define
from hypothesis import given
from hypothesis import strategies as st

from understudy_server.completion.on_screen import OnScreen
from understudy_server.completion.suggest import Toolbox
from understudy_server.completion.suggestion import Suggestion

TEXT = " näme, größe FROM 😀 t"
AT = 7


@define
class Named:
    """As much of a student as matters here."""

    name: str = "model"


def toolbox(name: str = "model") -> Toolbox:
    student: Any = Named(name)
    return Toolbox(student)


@pytest.fixture
def tools() -> Toolbox:
    return toolbox()


@pytest.fixture
def shown(tools: Toolbox) -> OnScreen:
    return OnScreen(Suggestion("s", TEXT, f"SELECT {TEXT}", (), "model"), AT, tools)


def left(shown: OnScreen, tools: Toolbox, offset: int) -> str | None:
    found = shown.left_at(offset, tools)
    return found.text if found else None


def test_what_is_typed_is_taken_off_and_what_is_deleted_comes_back(shown: OnScreen, tools: Toolbox) -> None:
    assert shown.follows(AT, 0, " nä")
    assert left(shown, tools, AT + 4) == TEXT[3:]
    assert shown.follows(AT + 2, 2, "")
    assert left(shown, tools, AT + 2) == TEXT[2:]


def test_nothing_is_known_for_a_cursor_elsewhere(shown: OnScreen, tools: Toolbox) -> None:
    assert shown.follows(AT, 0, " n")
    assert left(shown, tools, AT) is None
    assert left(shown, tools, AT + 3) is None


def test_nothing_is_left_of_what_was_typed_to_its_end(shown: OnScreen, tools: Toolbox) -> None:
    assert shown.follows(AT, 0, TEXT)
    assert left(shown, tools, AT + len(TEXT.encode())) is None


def test_other_knowledge_and_another_student_end_it(shown: OnScreen, tools: Toolbox) -> None:
    assert left(shown, toolbox(), AT) is None
    student: Any = tools.student
    student.name = "stand-in"
    assert left(shown, tools, AT) is None


@pytest.mark.parametrize(
    ("offset", "deleted", "text"),
    [
        (AT, 0, "x"),
        (AT - 1, 0, " "),
        (AT + 1, 0, " "),
        (AT - 1, 1, ""),
        (AT - 1, 1, " n"),
        (0, 40, "SELECT 1"),
        (AT, 0, TEXT + "x"),
    ],
)
def test_any_other_edit_ends_it(shown: OnScreen, offset: int, deleted: int, text: str) -> None:
    assert not shown.follows(offset, deleted, text)


@given(st.data())
def test_what_is_left_always_completes_what_stands_in_the_document(data: st.DataObject) -> None:
    before, behind = "SELECT;"[:AT].encode(), b" -- behind"
    tools = toolbox()
    shown = OnScreen(Suggestion("s", TEXT, "", (), "model"), AT, tools)
    document = before + behind
    cursor = AT
    for _ in range(data.draw(st.integers(1, 12))):
        typed = document[AT:cursor].decode()
        way = data.draw(st.sampled_from(("type", "type", "delete", "anything")))
        if way == "type":
            new = TEXT[len(typed) : len(typed) + data.draw(st.integers(0, 5))].encode()
            start = end = cursor
        elif way == "delete":
            new, end = b"", cursor
            start = AT + len(typed[: data.draw(st.integers(0, len(typed)))].encode())
        else:
            text = document.decode()
            cut = sorted(data.draw(st.tuples(*[st.integers(0, len(text))] * 2)))
            start, end = (len(text[:at].encode()) for at in cut)
            new = data.draw(st.sampled_from((" n", "ä", "😀", "x", ""))).encode()
        document = document[:start] + new + document[end:]
        if not shown.follows(start, end - start, new.decode()):
            return
        cursor = start + len(new)
        if found := shown.left_at(cursor, tools):
            assert (
                document[:cursor] + found.text.encode() + document[cursor:] == before + TEXT.encode() + behind
            )
