"""Statements of SQL text with the comment that asks for each, as candidates' raw material."""

from collections.abc import Iterator

from attrs import frozen

from understudy_server.context.query_context import Span
from understudy_server.context.sql.lexer import tokenize
from understudy_server.context.sql.question import statement_question
from understudy_server.context.sql.statements import split_statements


@frozen
class AskedStatement:
    """One statement: its text without indentation and `;`, its span in bytes, the comment right above it or ""."""

    gold: str
    span: Span
    question: str
    question_span: Span | None = None

    @property
    def whole(self) -> Span:
        """From the beginning of the comment, where it stands above, to the end of the statement."""
        asked = self.question_span
        return Span(min(self.span.start, asked.start) if asked else self.span.start, self.span.end)


def asked_statements(text: bytes) -> Iterator[AskedStatement]:
    """Every statement of the text. A comment counts as its question when no blank line stands between."""
    tokens = tokenize(text)
    for statement in split_statements(text):
        question = statement_question(text, tokens, statement, blank_lines=0)
        span = statement.span
        multiline_value = any(token.kind == "string" and "\n" in token.text for token in statement.tokens)
        gold = text[span.start : span.end].decode("utf-8", "replace")
        if not multiline_value:
            gold = _dedented(gold, span.start - (text.rfind(b"\n", 0, span.start) + 1))
        asked = (question.text, question.span) if question else ("", None)
        yield AskedStatement(gold, span, *asked)


def place(text: bytes, offset: int) -> tuple[int, int]:
    """1-based (line, column) of a byte offset, the column in code points."""
    line_start = text.rfind(b"\n", 0, offset) + 1
    return text.count(b"\n", 0, offset) + 1, len(text[line_start:offset].decode("utf-8", "replace")) + 1


def lines_of(text: bytes, *spans: Span | None) -> tuple[tuple[int, int], ...]:
    """The 1-based first and last line of each span; of None there are none."""
    return tuple(
        (text.count(b"\n", 0, span.start) + 1, text.count(b"\n", 0, max(span.start, span.end - 1)) + 1)
        for span in spans
        if span is not None
    )


def _dedented(statement: str, column: int) -> str:
    first, *rest = statement.replace("\r\n", "\n").split("\n")
    return "\n".join(
        [first, *(line[min(column, len(line) - len(line.lstrip())) :].rstrip() for line in rest)]
    )
