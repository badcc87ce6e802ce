"""At any place of any text, extraction answers, and its offsets are those of the document."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy_server.context.extract import extract
from understudy_server.context.text.document import Document

pieces = st.sampled_from(
    ["SELECT ", "FROM ", "orders", " o ", "(", ")", ",", "'", '"', ";", "\n", "\n\n", "-- a b\n", "/*", "*/", "WITH ", "a AS (",
     "UNION ", "JOIN ", "ON ", "{{ ref('x') }}", "{% if x %}", "{", "}", "é😀", "$$", ".", "*", "=", ":p", "\r\n", "INSERT INTO ",
     "execute(", '"""', "f'", "def f(c):\n    ", "x = ", "#", "\\"]
)  # fmt: skip
texts = st.lists(pieces, max_size=30).map("".join)


@settings(max_examples=400, deadline=None)
@given(texts, st.data(), st.sampled_from(["sql", "python"]))
def test_broken_text_is_no_obstacle(text: str, data: st.DataObject, language: str) -> None:
    document = Document("x", text)
    offset = len(text[: data.draw(st.integers(0, len(text)))].encode())
    context = extract(document, offset, language=language)  # type: ignore[arg-type]
    if context is None:
        return
    span = context.statement_span
    assert 0 <= span.start <= context.offset == offset <= span.end <= len(document)
    assert len(context.statement.encode()) == span.end - span.start
    assert context.prefix + context.suffix == context.statement


@settings(deadline=None)
@given(texts)
def test_what_a_python_string_holds_is_masked_to_the_same_length(text: str) -> None:
    source = f'con.execute("""SELECT {text.replace(chr(34), "")} """)'
    document = Document("x.py", source)
    context = extract(document, len(b'con.execute("""SELECT '), language="python")
    if context is not None:
        assert context.statement_span.end <= len(document)


@pytest.mark.parametrize("end", [";", ""])
def test_a_statement_in_a_long_file_is_found_without_reading_the_file(end: str) -> None:
    statement = "-- Orders by day {n}\nSELECT day, COUNT(*) FROM orders WHERE day > {n} GROUP BY day{end}\n\n"
    document = Document("x.sql", "".join(statement.format(n=n, end=end) for n in range(3_400)))
    offset = document.line_end(5_000 // 3 * 3 + 1) - len(" GROUP BY day" + end)
    best = min(_seconds(document, offset) for _ in range(5))
    context = extract(document, offset, language="sql")
    assert context is not None
    assert context.question.text.startswith("Orders by day")
    assert context.suffix == " GROUP BY day"
    assert best < 0.02, "a keystroke must not cost what the file costs"


def _seconds(document: Document, offset: int) -> float:
    start = time.perf_counter()
    extract(document, offset, language="sql")
    return time.perf_counter() - start
