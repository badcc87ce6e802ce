"""What stands above a string reads the same wherever the document is cut in blocks, and however it came to be."""

import pytest

from understudy_knowledge.errors import UnderstudyError
from understudy_server.context.extract import extract
from understudy_server.context.python.above import Above
from understudy_server.context.query_context import Question
from understudy_server.context.text.document import Document

LEFT_OPEN = '''def first(con):
    """How many are there?"""
    text = """left open
    rows = con.fetch()
    return rows


def second(con, rows):
    for row in rows:
        print(row)
        print(row)
    while rows:
        con.execute("SELECT ⎸a FROM t")


def third(con):
    """Which one is it?"""
    return con.execute("SELECT a FROM t")
'''
BLOCKS = (10, 40, 100, 300, 100_000)


def question_at(marked: str, block_bytes: int) -> Question:
    before, after = marked.split("⎸")
    document = Document("x.py", before + after, block_bytes=block_bytes)
    context = extract(document, len(before.encode()), language="python")
    assert context is not None
    assert context.region == "python-string"
    return context.question


@pytest.mark.parametrize("below", ["", LEFT_OPEN[LEFT_OPEN.index("\n\ndef third") :]])
@pytest.mark.parametrize("block_bytes", BLOCKS)
def test_a_quote_left_open_in_another_function_takes_no_part_of_this_one(
    below: str, block_bytes: int
) -> None:
    text = LEFT_OPEN[: LEFT_OPEN.index("\n\ndef third")].replace(
        "def second(con, rows):\n", 'def second(con, rows):\n    """What is left?"""\n'
    )
    question = question_at(text + below, block_bytes)
    assert (question.text, question.source) == ("What is left?", "docstring")


@pytest.mark.parametrize("block_bytes", BLOCKS)
def test_blocks_above_are_read_as_those_below_show_them(block_bytes: int) -> None:
    text = LEFT_OPEN.replace("⎸", "")
    document = Document("x.py", text, block_bytes=block_bytes)
    above = Above(document, text.index("    return con"))
    found = sorted(base + at for _, base, lines in above for at in lines.statements)
    assert [text[at:].split("\n", 1)[0].strip() for at in found][:8] == [
        "def first(con):",
        '"""How many are there?"""',
        'text = """left open',
        "rows = con.fetch()",
        "return rows",
        "def second(con, rows):",
        "for row in rows:",
        "print(row)",
    ]


def test_a_cursor_in_a_line_of_a_megabyte_is_declined_with_the_reason() -> None:
    document = Document("x.py", 'query = "SELECT ' + "a, " * 350_000 + 'b FROM t"\n')
    with pytest.raises(UnderstudyError, match="the line at the cursor is longer than 64 KB"):
        extract(document, 600_000, language="python")


def test_a_line_of_a_megabyte_above_is_in_nobodys_way() -> None:
    text = 'query = "SELECT ' + "a, " * 350_000 + 'b FROM t"\n'
    question = question_at(text + '# How many?\ncon.execute("SELECT ⎸a FROM t")\n', 1_500)
    assert question.text == "How many?"
