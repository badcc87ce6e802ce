"""Notebooks -> candidates: SQL in code cells, asked by a comment in the cell or by the Markdown above it."""

import json
import re
from collections.abc import Iterator
from typing import Any

from understudy_knowledge.memory.records import Origin
from understudy_server.context.question import as_question
from understudy_server.mining.mined import Candidate
from understudy_server.mining.python_files import python_statements
from understudy_server.mining.sql_text import asked_statements

_SQL_MAGIC = re.compile(r"%%(?:sql|bigquery|duckdb|sparksql)\b[^\n]*")
_MAGIC_LINE = re.compile(r"^[ \t]*[%!].*$", re.MULTILINE)
_SETUP_LINE = re.compile(r"\s*(?:$|#|%(?!%)|!|import\s|from\s)")


def read_notebook(path: str, text: bytes) -> Iterator[Candidate]:
    """Every SQL statement of the notebook's code cells. Raises ValueError when the file is no notebook."""
    raw = text.decode("utf-8")
    try:
        cells = json.loads(raw)["cells"]
    except (KeyError, TypeError, RecursionError, json.JSONDecodeError):
        raise ValueError("is not a notebook: it has no JSON list of cells") from None
    heading = ""
    found_until = 0
    for cell in cells if isinstance(cells, list) else ():
        source = _source(cell)
        kind = cell.get("cell_type") if isinstance(cell, dict) else ""
        if kind == "markdown":
            heading = _asked_by(source)
        elif kind == "code":
            statements = list(_statements(source))
            for question, gold, doubt in statements:
                found_until, line = _place(raw, gold, found_until)
                if not question and len(statements) > 1:
                    doubt = doubt or "its Markdown cell stands over several statements"
                yield Candidate(question or heading, gold, Origin(path, line, 1, "notebook"), doubt)
            # A cell of imports or magics may stand between the Markdown and what it asks for.
            if statements or not all(_SETUP_LINE.match(line) for line in source.splitlines()):
                heading = ""


def _source(cell: Any) -> str:
    source = cell.get("source", "") if isinstance(cell, dict) else ""
    if isinstance(source, list):
        source = "".join(line for line in source if isinstance(line, str))
    return source.encode("utf-8", "replace").decode() if isinstance(source, str) else ""


def _statements(source: str) -> Iterator[tuple[str, str, str]]:
    """(question in the cell or "", gold, doubt)."""
    magic = _SQL_MAGIC.match(source.lstrip())
    if magic:
        for statement in asked_statements(source.lstrip()[magic.end() :].encode()):
            yield statement.question, statement.gold, ""
        return
    for found in python_statements(_MAGIC_LINE.sub("", source).encode()):
        near = found.asked is not None and found.asked.source in ("comment", "docstring")
        shared = "stands over several" in found.doubt
        doubt = "" if shared and not near else found.doubt
        yield (found.asked.text if found.asked and near else ""), found.gold, doubt


def _asked_by(markdown: str) -> str:
    """The paragraph that ends in a question mark, else the last one."""
    set_apart = re.sub(r"^(#.*)$", r"\n\1\n", markdown, flags=re.MULTILINE)
    paragraphs = [as_question(part.splitlines()) for part in re.split(r"\n\s*\n", set_apart)]
    paragraphs = [re.sub(r"[*`]|\[([^\]]*)\]\([^)]*\)", r"\1", part) for part in paragraphs if part]
    return next((part for part in paragraphs if part.endswith("?")), paragraphs[-1] if paragraphs else "")


def _place(raw: str, gold: str, start: int) -> tuple[int, int]:
    """(offset behind it, 1-based line) of the statement in the JSON text; an editor shows the file there."""
    first = gold.split("\n", 1)[0]
    for written in (json.dumps(first)[1:-1], json.dumps(first, ensure_ascii=False)[1:-1]):
        if (offset := raw.find(written, start)) >= 0:
            return offset + len(written), raw.count("\n", 0, offset) + 1
    return start, raw.count("\n", 0, start) + 1
