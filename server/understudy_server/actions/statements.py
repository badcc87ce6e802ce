"""The statements of a whole document that can be judged: SQL files, and SQL strings of Python that stand on their own.

Left out is what is put together at run time: templates, fragments joined to others, strings that `format` fills.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Literal

from attrs import evolve, frozen

from understudy_server.context.python.regions import all_regions
from understudy_server.context.query_context import Span
from understudy_server.context.sql.lexer import Token, code_of, tokenize
from understudy_server.context.sql.statements import each_statement

_JUDGED = frozenset(("SELECT", "WITH", "INSERT", "UPDATE", "DELETE"))
_ROUTINES = frozenset(("TRIGGER", "FUNCTION", "PROCEDURE"))
_NAME = rb"[A-Za-z_\x80-\xff][\w\x80-\xff]*"
_PUT_TOGETHER = re.compile(
    rb"(?P<name>%b)(?=\s*(?:\+|%%|\.\s*(?:format|replace|join)\b))|[+{]\s*(?P<part>%b)" % (_NAME, _NAME)
)
_OPENS_TEMPLATE = (b"{{", b"{%", b"{#")


@frozen(slots=False)
class SourceStatement:
    """One statement. `sql` is masked as in a query context; it stands at `span` of the document, byte for byte."""

    sql: str
    span: Span
    holes: tuple[Span, ...] = ()
    """F-string holes and a driver's `%s`, in bytes of `sql`: each may stand for anything."""
    ended: bool = False
    """Whether a `;` follows: its author has finished it."""
    in_python: bool = False
    sink: str = ""
    """Name of the function that takes the string, empty when none is known to."""

    @cached_property
    def tokens(self) -> tuple[Token, ...]:
        """Code tokens; offsets are bytes of `sql`."""
        return tuple(code_of(tokenize(self.sql.encode())))

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
    regions = all_regions(text)
    put_together = _put_together(text) if any(region.variable for region in regions) else frozenset()
    for region in regions:
        if not region.composed and region.variable not in put_together:
            found = _statements(region.masked, region.span.start, region.holes, in_python=True)
            yield from (evolve(statement, sink=region.sink) for statement in found)


def _statements(
    text: bytes, offset: int, holes: tuple[Span, ...] = (), *, in_python: bool = False
) -> Iterator[SourceStatement]:
    in_routine = False
    for statement in each_statement(text):
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


def _put_together(text: bytes) -> frozenset[str]:
    """Variables to which something is joined, into which something is formatted, or that are part of another string."""
    return frozenset(
        (match["name"] or match["part"]).decode("utf-8", "replace") for match in _PUT_TOGETHER.finditer(text)
    )
