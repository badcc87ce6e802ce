"""Text that nobody writes gets a defined answer at every place: a context, none, or one sentence that says why."""

import random

import pytest

from understudy_knowledge.errors import UnderstudyError
from understudy_server.context.extract import extract
from understudy_server.context.query_context import QueryContext
from understudy_server.context.text.document import Document

draw = random.Random(0)
TEXTS = {
    "binary": bytes(draw.randrange(256) for _ in range(50_000)).decode("latin-1"),
    "null bytes": "SELECT \0 FROM t\0\n" * 5_000,
    "lone surrogates": "SELECT \ud800 FROM \udfff t;\n" * 500,
    "a line of a megabyte": "SELECT " + "a, " * 350_000,
    "a string of a megabyte": "SELECT '" + "x" * 1_000_000,
    "ten thousand parentheses": "SELECT " + "(" * 10_000 + "a" + ")" * 10_000 + " FROM t",
    "ten thousand open parentheses": "SELECT " + "(" * 10_000 + "a FROM t",
    "parentheses on lines": "SELECT (\n" + "(\n" * 5_000,
    "ten thousand parentheses in Python's SQL": "con.execute('SELECT " + "(" * 10_000 + " a FROM t')",
    "ten thousand brackets": "x = " + "[" * 10_000 + "\ncon.execute('SELECT a FROM t')",
    "subqueries": "SELECT * FROM " + "(SELECT * FROM " * 1_000 + "t" + ")" * 1_000,
    "open quotes": "SELECT 'a\n" * 5_000,
    "open double quotes": 'SELECT "a\n' * 5_000,
    "an open comment": "SELECT a /* b\n" * 5_000,
    "open dollar quotes": "SELECT $a$ b\n" * 5_000,
    "open triple quotes": 'x = """SELECT a\n' * 2_001,
    "open f-strings": "f'{f\"{x\n" * 2_000,
    "open tags": "{{ a {% b {# c\n" * 2_000,
    "open bodies": "CREATE TRIGGER x\n" + "BEGIN\n" * 5_000,
    "delimiters": "DELIMITER //\n" * 2_000,
}


@pytest.mark.parametrize("language", ["sql", "python"])
@pytest.mark.parametrize("name", TEXTS)
def test_every_place_has_an_answer(name: str, language: str) -> None:
    document = Document(f"x.{language}", TEXTS[name])
    size = len(document)
    for offset in (0, 8, size // 2, size):
        answer = answer_at(document, offset, language)
        if isinstance(answer, str):
            assert "is longer than 64 KB" in answer
            assert size > 64_000
        else:
            assert answer is None or answer.offset == offset


def answer_at(document: Document, offset: int, language: str) -> QueryContext | str | None:
    try:
        return extract(document, offset, language=language)  # type: ignore[arg-type]
    except UnderstudyError as error:
        return str(error)
