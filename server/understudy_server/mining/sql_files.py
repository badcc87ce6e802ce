"""`.sql` files -> candidates: the comment above a statement is its question."""

from collections.abc import Iterator

from understudy_knowledge.memory.records import Origin
from understudy_server.mining.mined import Candidate
from understudy_server.mining.sql_text import asked_statements, lines_of, place


def read_sql_file(path: str, text: bytes) -> Iterator[Candidate]:
    """Every statement of the file; `path` is relative to the workspace, with forward slashes."""
    for statement in asked_statements(text):
        line, column = place(text, statement.span.start)
        lines = lines_of(text, statement.span, statement.question_span)
        yield Candidate(statement.question, statement.gold, Origin(path, line, column, "sql"), lines=lines)
