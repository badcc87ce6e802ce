"""Notebooks -> candidates: SQL in code cells, asked by a comment in the cell or by the Markdown above it."""

import json
import re
from collections.abc import Iterator

from understudy_knowledge.memory.records import Origin
from understudy_server.context.notebook.cells import Language, readable
from understudy_server.context.notebook.file import stored_cells
from understudy_server.context.notebook.question import question_of_markdown
from understudy_server.mining.mined import Candidate
from understudy_server.mining.python_files import python_statements
from understudy_server.mining.sql_text import asked_statements, lines_of

_SETUP_LINE = re.compile(r"\s*(?:$|#|%(?!%)|!|import\s|from\s)")


def read_notebook(path: str, text: bytes) -> Iterator[Candidate]:
    """Every SQL statement of the notebook's code cells. Raises ValueError when the file is no notebook."""
    raw = text.decode("utf-8")
    heading = ""
    found_until = 0
    for number, cell in enumerate(stored_cells(raw), 1):
        source = cell.source
        if cell.kind == "markdown":
            asked = question_of_markdown(source)
            heading = asked[0] if asked else ""
        elif cell.kind == "code" and cell.language is not None:
            statements = list(_statements(source, cell.language))
            for question, gold, doubt, lines in statements:
                found_until, line = _place(raw, gold, found_until)
                if len(statements) == 1:
                    lines = ((1, len(source.splitlines())),)
                elif not question:
                    doubt = doubt or "its Markdown cell stands over several statements"
                origin = Origin(path, line, 1, "notebook")
                yield Candidate(question or heading, gold, origin, doubt, number, lines)
            # A cell of imports or magics may stand between the Markdown and what it asks for.
            if statements or not all(_SETUP_LINE.match(line) for line in source.splitlines()):
                heading = ""


def _statements(
    source: str, language: Language
) -> Iterator[tuple[str, str, str, tuple[tuple[int, int], ...]]]:
    """(question in the cell or "", gold, doubt, lines of the cell)."""
    found = readable(source.encode(), language)
    if found is None:
        return
    text, written_in = found
    if written_in == "sql":
        sql = text.lstrip()
        doubt = "" if source.encode().endswith(sql) else "holds variables that only its notebook can fill in"
        above = text.count(b"\n", 0, len(text) - len(sql))
        for asked in asked_statements(sql):
            spans = lines_of(sql, asked.span, asked.question_span)
            lines = tuple((first + above, last + above) for first, last in spans)
            yield asked.question, asked.gold, doubt, lines
        return
    for each in python_statements(text):
        near = each.asked is not None and each.asked.source in ("comment", "docstring")
        shared = "stands over several" in each.doubt
        doubt = "" if shared and not near else each.doubt
        question = each.asked.text if each.asked and near else ""
        yield question, each.gold, doubt, lines_of(text, *each.spans)


def _place(raw: str, gold: str, start: int) -> tuple[int, int]:
    """(offset behind it, 1-based line) of the statement in the JSON text; an editor shows the file there."""
    first = gold.split("\n", 1)[0]
    for written in (json.dumps(first)[1:-1], json.dumps(first, ensure_ascii=False)[1:-1]):
        if (offset := raw.find(written, start)) >= 0:
            return offset + len(written), raw.count("\n", 0, offset) + 1
    return start, raw.count("\n", 0, start) + 1
