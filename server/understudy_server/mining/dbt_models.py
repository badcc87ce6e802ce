"""dbt models -> candidates: one SELECT a file, `ref()` and `source()` replaced by the names they stand for."""

import re
from collections.abc import Iterator

from understudy_knowledge.memory.records import Origin
from understudy_server.context.jinja.masked import mask_jinja
from understudy_server.mining.mined import Candidate
from understudy_server.mining.sql_text import asked_statements, lines_of, place

_REFERENCE = re.compile(
    rb"""\{\{-?\s*(?:ref|source)\s*\(\s*(?:['"][^'"]*['"]\s*,\s*)?['"](\w+)['"]\s*\)\s*-?\}\}"""
)
_SILENT = re.compile(rb"\{\{-?\s*config\s*\(.*?\}\}|\{#.*?#\}", re.DOTALL)


def holds_jinja(text: bytes) -> bool:
    """Whether the text is a template, wherever it stands."""
    return b"{{" in text or b"{%" in text


def read_dbt_model(path: str, text: bytes) -> Iterator[Candidate]:
    """The model's statement; its question is the comment above it."""
    # Names are shorter than the tags they replace, so the places come from the masked text and the code from this one.
    resolved = _REFERENCE.sub(rb"\1", text)
    doubt = "holds Jinja that only dbt can fill in" if holds_jinja(_SILENT.sub(b"", resolved)) else ""
    masked = mask_jinja(text)
    pairs = zip(asked_statements(masked), asked_statements(mask_jinja(resolved)), strict=False)
    for standing, statement in pairs:
        line, column = place(text, standing.span.start)
        lines = lines_of(text, standing.span, standing.question_span)
        origin = Origin(path, line, column, "dbt")
        yield Candidate(statement.question, statement.gold, origin, doubt, lines=lines)
