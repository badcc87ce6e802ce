"""The outline of a document, and which argument of a call is being written."""

from typing import Any

import pytest

from understudy_knowledge.catalog.model import Catalog
from understudy_server.actions.diagnose import Known
from understudy_server.actions.edits import Snapshot
from understudy_server.actions.signature import signature_at
from understudy_server.actions.symbols import MAX_STATEMENTS, symbols
from understudy_server.context.text.document import Document


def outline(text: str, language: Any = "sql") -> list[tuple[str, list[str]]]:
    known = Known(Catalog(), "sqlite")
    found = symbols(Snapshot(Document("a", text), language, known))
    for each in found:
        assert each.span.start <= each.name_span.start < each.name_span.end <= each.span.end
    return [(each.name, [child.name for child in each.children]) for each in found]


def test_statements_are_named_by_their_question_else_by_how_they_begin() -> None:
    text = (
        "-- Who lives in Lyon?\nWITH a AS (SELECT 1), b AS (SELECT 2)\nSELECT * FROM a, b;\n\nSELECT\n  4;\n"
    )
    assert outline(text) == [("Who lives in Lyon?", ["a", "b"]), ("SELECT 4", [])]
    assert outline(f"SELECT '{'x' * 200}'")[0][0].endswith("…")


def test_strings_of_python_are_in_the_outline_where_they_stand() -> None:
    text = '# 🦀\nx = 1\nc.execute("""\n  WITH big AS (SELECT 1)\n  SELECT * FROM big\n""")\n\nc.execute(f"SELECT {x}")\n'
    (_, children), (_, none) = outline(text, "python")
    assert (children, none) == (["big"], [])


def test_an_outline_has_an_end() -> None:
    assert len(outline("SELECT 1;\n" * 1_000)) == MAX_STATEMENTS
    assert outline("SELECT 1;\n" * 60_000) == []


@pytest.mark.parametrize(
    ("marked", "dialect", "function", "active"),
    [
        ("SELECT SUBSTR(|", "sqlite", "SUBSTR", 0),
        ("SELECT SUBSTR(LOWER(name), |1) FROM customers", "sqlite", "SUBSTR", 1),
        ("SELECT SUBSTR(LOWER(|name), 1) FROM customers", "sqlite", "LOWER", 0),
        ("SELECT COALESCE('a, b', (SELECT 1, 2), |", "sqlite", "COALESCE", 2),
        ("SELECT name FROM customers WHERE city IN ('a', |", "sqlite", None, 0),
        ("SELECT SUM(total) OVER (|", "sqlite", None, 0),
        ("WITH a AS (|", "sqlite", None, 0),
        ("SELECT nobodys(1, |", "sqlite", None, 0),
    ],
)
def test_the_innermost_call_shows_the_argument_at_the_cursor(
    read_at: Any, marked: str, dialect: str, function: str | None, active: int
) -> None:
    found = signature_at(read_at(marked, dialect=dialect))
    assert (found.function if found else None) == function
    if found is not None:
        assert found.active == active
