"""What is inserted into a Python string reads, once Python evaluates it, as the text that was meant."""

import ast

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from understudy_server.context.extract import extract
from understudy_server.context.insertion import render_insertion
from understudy_server.context.query_context import QueryContext
from understudy_server.context.text.document import Document

sql_text = st.text(st.sampled_from("aB1 '\"\\{}%,.=()"), min_size=1, max_size=20).map(
    lambda text: f"SELECT {text}"
)


def at_cursor(source: str, language: str = "python") -> tuple[QueryContext, str, str]:
    before, after = source.split("⎸")
    context = extract(Document("x", before + after), len(before.encode()), language=language)  # type: ignore[arg-type]
    assert context is not None
    return context, before, after


def evaluated(source: str) -> str:
    """The value of the call's argument; an f-string's without holes."""
    call = ast.parse(source.strip()).body[0].value  # type: ignore[attr-defined]
    return eval(compile(ast.Expression(call.args[0]), "x", "eval"))


@pytest.mark.parametrize("prefix", ["", "f"])
@pytest.mark.parametrize("quote", ['"', "'", '"""', "'''"])
@given(text=sql_text)
@example(text='SELECT """')
@example(text="SELECT \\'''")
def test_an_insertion_survives_python(prefix: str, quote: str, text: str) -> None:
    context, before, after = at_cursor(f"con.execute({prefix}{quote}⎸{quote})")
    assert evaluated(before + render_insertion(text, context) + after) == text


@pytest.mark.parametrize("use", [".format(x=1)", " % {'x': 1}", ".format(x=1).strip()"])
@pytest.mark.parametrize("quote", ['"', "'", '"""'])
@settings(max_examples=30)
@given(text=sql_text)
def test_an_insertion_survives_what_fills_a_template(use: str, quote: str, text: str) -> None:
    context, before, after = at_cursor(f"con.execute({quote}⎸{quote}{use})")
    assert evaluated(before + render_insertion(text, context) + after) == (
        text.strip() if "strip" in use else text
    )


def test_percent_signs_are_doubled_where_a_driver_fills_the_text() -> None:
    context, _, _ = at_cursor('con.execute("SELECT a FROM t WHERE b = %s AND ⎸", (1,))')
    assert render_insertion("c LIKE 'x%'", context) == "c LIKE 'x%%'"
    context, _, _ = at_cursor('con.execute("SELECT a FROM t WHERE b = ? AND ⎸", (1,))')
    assert render_insertion("c LIKE 'x%'", context) == "c LIKE 'x%'"


@pytest.mark.parametrize("source", ['con.execute("SELECT a " "⎸")', "con.execute(\"SELECT a \" + '⎸')"])
@settings(max_examples=30)
@given(text=sql_text)
def test_each_literal_of_a_text_is_written_in_its_own_form(source: str, text: str) -> None:
    context, before, after = at_cursor(source)
    assert evaluated(before + render_insertion(text, context) + after) == "SELECT a " + text


@pytest.mark.parametrize("quote", ['"', "'", '"""', "'''"])
@given(text=sql_text.filter(lambda text: not text.endswith("\\") and "\\'" not in text and '\\"' not in text))
def test_a_raw_string_is_left_and_entered_again_for_its_own_quote(quote: str, text: str) -> None:
    context, before, after = at_cursor(f"con.execute(r{quote}⎸{quote})")
    assert evaluated(before + render_insertion(text, context) + after) == text


def test_line_ends_become_spaces_in_a_one_line_string_and_line_comments_go() -> None:
    context, before, after = at_cursor('con.execute("⎸")')
    inserted = render_insertion("SELECT a -- it's '1'\nFROM t\n  WHERE b = '--x'", context)
    assert before + inserted + after == """con.execute("SELECT a FROM t WHERE b = '--x'")"""


def test_continuation_lines_are_indented_as_the_string_is() -> None:
    context, _, _ = at_cursor('def f(con):\n    con.execute("""\n        ⎸\n    """)\n')
    assert render_insertion("SELECT a\nFROM t", context) == "SELECT a\n        FROM t"


def test_text_that_is_indented_already_is_left_alone() -> None:
    context, _, _ = at_cursor("SELECT 1 FROM (\n    ⎸\n)", "sql")
    assert render_insertion("SELECT a\n    FROM t", context) == "SELECT a\n    FROM t"
    assert render_insertion("SELECT a\nFROM t", context) == "SELECT a\n    FROM t"
