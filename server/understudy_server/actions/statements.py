"""The statements of a whole document that can be judged: SQL files, and SQL strings of Python that stand on their own.

Left out is what is put together at run time: templates, fragments joined to others, strings that `format` fills.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from attrs import frozen

from understudy_server.context.python_regions import PythonRegion, all_regions
from understudy_server.context.query_context import Span
from understudy_server.context.sql_lexer import Token
from understudy_server.context.sql_statements import split_statements

_JUDGED = frozenset(("SELECT", "WITH", "INSERT", "UPDATE", "DELETE"))
_ROUTINES = frozenset(("TRIGGER", "FUNCTION", "PROCEDURE"))
_OPENS_TEMPLATE = (b"{{", b"{%", b"{#")


@frozen
class SourceStatement:
    """One statement. `sql` is masked as in a query context; it stands at `span` of the document, byte for byte."""

    sql: str
    span: Span
    tokens: tuple[Token, ...]
    """Code tokens; offsets are bytes of `sql`."""
    holes: tuple[Span, ...] = ()
    """F-string holes and a driver's `%s`, in bytes of `sql`: each may stand for anything."""
    ended: bool = False
    """Whether a `;` follows: its author has finished it."""
    in_python: bool = False

    def place(self, start: int, end: int) -> Span:
        """Bytes of the document at characters `start` to `end` of `sql`."""
        if self.sql.isascii():
            return Span(self.span.start + start, self.span.start + end)
        first = self.span.start + len(self.sql[:start].encode())
        return Span(first, first + len(self.sql[start:end].encode()))


def statements_of(text: bytes, language: Literal["sql", "python"]) -> Iterator[SourceStatement]:
    """The SELECT, INSERT, UPDATE and DELETE statements of the document, in order."""
    if language == "sql":
        if not any(mark in text for mark in _OPENS_TEMPLATE):
            yield from _statements(text, 0)
        return
    for region in all_regions(text):
        if _stands_alone(region, text):
            yield from _statements(region.masked, region.span.start, region.holes, in_python=True)


def _statements(
    text: bytes, offset: int, holes: tuple[Span, ...] = (), *, in_python: bool = False
) -> Iterator[SourceStatement]:
    in_routine = False
    for statement in split_statements(text):
        words = [token.keyword for token in statement.tokens if token.text != "("]
        if words[:1] == ["CREATE"] and "BEGIN" in words and not _ROUTINES.isdisjoint(words[:6]):
            # Its body is cut at each `;` and names rows that exist only while it runs.
            in_routine = True
        elif in_routine:
            in_routine = words[:1] != ["END"]
        elif words and words[0] in _JUDGED:
            start, end = statement.span.start, statement.span.end
            parameters = _of_drivers(statement.tokens) if in_python else []
            try:
                sql = _masked(text, statement.span, parameters).decode()
            except UnicodeDecodeError:
                continue
            yield SourceStatement(
                sql=sql,
                span=Span(offset + start, offset + end),
                tokens=tuple(
                    token._replace(start=token.start - start, end=token.end - start)
                    for token in statement.tokens
                ),
                holes=tuple(
                    Span(hole.start - offset - start, hole.end - offset - start)
                    for hole in (*holes, *(Span(offset + at.start, offset + at.end) for at in parameters))
                    if offset + start <= hole.start and hole.end <= offset + end
                ),
                ended=text[end:].lstrip()[:1] == b";",
                in_python=in_python,
            )


def _of_drivers(tokens: Sequence[Token]) -> list[Span]:
    """The `%s` and `%(name)s` that a driver replaces."""
    return [
        Span(token.start, token.end) for token in tokens if token.kind == "parameter" and token.text[0] == "%"
    ]


def _masked(text: bytes, span: Span, parameters: Sequence[Span]) -> bytes:
    """The statement with a name of the same length in each place."""
    masked = bytearray(text[span.start : span.end])
    for at in parameters:
        masked[at.start - span.start : at.end - span.start] = b"_" * (at.end - at.start)
    return bytes(masked)


def _stands_alone(region: PythonRegion, text: bytes) -> bool:
    """Whether the string is all of its SQL: nothing is joined to it, formatted into it, or appended to its variable."""
    if region.composed:
        return False
    name = re.escape(region.variable.encode())
    return not name or not re.search(
        rb"\b%b\s*(?:\+|%%|\.\s*(?:format|replace|join)\b)|\+\s*%b\b|\{\s*%b\b" % (name, name, name), text
    )
