"""However a query is damaged, extraction answers, twice the same."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy_knowledge.catalog import read_ddl
from understudy_server.context.extract import extract
from understudy_server.context.sql.outputs import output_columns
from understudy_server.context.text.document import Document

QUERIES = Path(__file__).parent / "queries"
CATALOG = read_ddl((QUERIES / "schema.sql").read_text("utf-8"), dialect="", source="schema.sql")
TEXTS = [
    statement
    for path in sorted(QUERIES.glob("*.sql"))
    for statement in path.read_text("utf-8").split(";\n")
    if statement
]
PIECES = [
    "(",
    ")",
    ",",
    ".",
    "'",
    '"',
    "`",
    "[",
    "]",
    ";",
    "--",
    "/*",
    "*/",
    "$$",
    "\n\n",
    " FROM ",
    " SELECT ",
    " AS ",
    " WITH ",
]


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(TEXTS), st.data())
def test_damage_of_any_kind_is_no_obstacle(text: str, data: st.DataObject) -> None:
    for _ in range(data.draw(st.integers(0, 3))):
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(start + 30, len(text))))
        text = text[:start] + data.draw(st.sampled_from(["", *PIECES])) + text[end:]
    text = text[: data.draw(st.integers(0, len(text)))] if data.draw(st.booleans()) else text
    offset = len(text[: data.draw(st.integers(0, len(text)))].encode())
    document = Document("x.sql", text)
    first = extract(document, offset, language="sql", catalog=CATALOG)
    assert extract(document, offset, language="sql", catalog=CATALOG) == first
    output_columns(text.encode(), CATALOG)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT " + "(" * 10_000 + "⎸",
        "SELECT " + "(" * 10_000 + "⎸" + ")" * 10_000 + " FROM orders",
        "SELECT " + ")" * 10_000 + "⎸ FROM orders",
        "SELECT * FROM " + "(SELECT * FROM " * 1_000 + "⎸orders" + ")" * 1_000,
        "WITH a AS (" * 1_500 + "⎸",
        "SELECT 1 FROM orders " + "JOIN orders " * 1_500 + "WHERE (⎸ x",
        "SELECT " + "CASE WHEN (" * 1_500 + "⎸",
        "SELECT * FROM (\n" * 3_500 + "⎸",
        "SELECT 1 UNION\n" * 2_000 + "⎸" + "SELECT 1 UNION\n" * 2_000,
        "WITH a AS (\n" * 2_500 + "⎸" + "SELECT 1)\n" * 2_500,
        "CREATE TRIGGER t ON orders BEGIN\n" + "IF a THEN SELECT CASE WHEN 1 THEN 2 END;\n" * 1_400 + "⎸",
    ],
)
def test_depth_and_length_have_an_answer(text: str) -> None:
    before, after = map(_broken, text.split("⎸"))
    context = extract(Document("x.sql", before + after), len(before), language="sql", catalog=CATALOG)
    assert context is not None


def test_what_the_parser_does_not_foresee_is_no_obstacle() -> None:
    before, after = "SELECT 1 FROM events WHERE DATE_SUB(CURRENT_DATE", "(), INTERVAL 7 DAY ]"
    context = extract(
        Document("x.sql", before + after), len(before), language="sql", catalog=CATALOG, dialect="bigquery"
    )
    assert context is not None
    assert [relation.name for relation in context.relations] == ["events"]


def test_what_is_beyond_the_deepest_parenthesis_is_read_as_flat() -> None:
    text = "SELECT * FROM customers WHERE " + "(" * 150 + " name = "
    context = extract(Document("x.sql", text), len(text), language="sql", catalog=CATALOG)
    assert context is not None
    assert [relation.name for relation in context.relations] == ["customers"]


def _broken(text: str) -> str:
    """The text in lines short enough for a document."""
    if "\n" in text:
        return text
    return "\n".join(text[at : at + 5_000] for at in range(0, len(text), 5_000))
