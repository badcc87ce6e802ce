"""SQL inside Python strings: the text at the cursor, masked to SQL of the same bytes, and what it is used for."""

import re
from collections.abc import Iterator, Sequence

from attrs import field, frozen

from understudy_server.context.python.continued import goes_on_with_hole, is_begun, text_before
from understudy_server.context.python.escapes import mask_hole
from understudy_server.context.python.expression import Text, text_at
from understudy_server.context.python.fills import Filling
from understudy_server.context.python.lexer import read_lines
from understudy_server.context.python.masking import mask_content
from understudy_server.context.python.sinks import holds_sql, sink_of, takes_parameters
from understudy_server.context.python.state import PythonString
from understudy_server.context.python.statement import code_of
from understudy_server.context.python.surroundings import Surroundings, surroundings_at, surroundings_of
from understudy_server.context.query_context import Span, StringForm, Template
from understudy_server.context.sql.lexer import Token, tokenize
from understudy_server.context.sql.look import READ_BYTES, begins_clause
from understudy_server.context.text.document import Document

# What every SQL text has, or nearly: a word in capitals, or one that statements and clauses begin with.
_MAY_BE_SQL = re.compile(
    rb"(?:\b|\\n)(?:[A-Z]{2,}|select|with|insert|replace|update|delete|merge|create|alter|drop|truncate|explain|pragma|from|where|join"
    rb"|and|or|order|group|limit|having|union|values|set|begin|commit|rollback|vacuum|[Ss]elect)\b"
)
_TAIL = b"x"
"""Stands for the name behind the last literal; a plain word makes no SQL of a sentence."""


@frozen
class StringPart:
    """One literal of a text; the span is that of its content, between the quotes."""

    span: Span
    form: StringForm
    holes: tuple[Span, ...] = ()


@frozen
class PythonRegion:
    """One text that holds SQL. All offsets are of the document, except those into `masked`, which begins at `span.start`."""

    span: Span
    """From the first content byte to the last one; quotes and operands between the parts lie inside."""
    masked: bytes
    parts: tuple[StringPart, ...]
    literal: Span
    """The whole expression, quotes included."""
    sink: str = ""
    """Name of the function that takes the string, empty when none is known to."""
    variable: str = ""
    """Name that the string is bound to, or empty."""
    variable_span: Span | None = None
    composed: bool = False
    """Whether it is put together or filled at run time: operands, `format`, `%`, appended to what stands elsewhere."""
    fills: tuple[Filling, ...] = ()
    """What its fields are filled with, as far as that is known."""
    tail: str = ""
    """The name that is added behind its last literal, or empty."""
    begun: bytes = field(default=b"", eq=False)
    """The text of the statements above that it goes on with: those that bind and extend its variable."""
    surroundings: Surroundings | None = field(default=None, eq=False, repr=False)
    tokens: list[Token] | None = field(default=None, eq=False, repr=False)
    """Those of `masked`, where they had to be read to know it for SQL."""

    @property
    def holes(self) -> tuple[Span, ...]:
        """Every place that something else will take: holes of f-strings, fields of templates, operands between the parts."""
        return tuple(hole for part in self.parts for hole in part.holes) + self.operands

    @property
    def operands(self) -> tuple[Span, ...]:
        """What stands between two parts where that is more than white space and comes out as an identifier."""
        gaps = [(a.span.end, b.span.start) for a, b in zip(self.parts, self.parts[1:], strict=False)]
        start = self.span.start
        return tuple(Span(a, b) for a, b in gaps if self.masked[a - start : b - start].strip())

    @property
    def has_holes(self) -> bool:
        """Whether anything in it is known at run time only."""
        return bool(self.holes)

    def part_at(self, offset: int) -> StringPart | None:
        """The literal whose content holds the offset; None in its holes and between the literals."""
        for part in self.parts:
            if part.span.start <= offset <= part.span.end:
                inside_hole = any(hole.start < offset < hole.end for hole in part.holes)
                return None if inside_hole else part
        return None


def find_region(document: Document, offset: int) -> PythonRegion | None:
    """The SQL text around the offset, or None. Lexes the cursor's surroundings and parses one statement, not the file."""
    around = surroundings_at(document, offset)
    if around is None:
        return None
    region = _region(around, offset)
    return region if region is not None and region.part_at(offset) is not None else None


def all_regions(source: bytes) -> list[PythonRegion]:
    """Every SQL text of a file, in order."""
    return list(_regions(source))


def _regions(source: bytes) -> Iterator[PythonRegion]:
    lines, _ = read_lines(source, to_the_end=True)
    floor = -1
    for string in lines.strings:
        if string.start < floor or not _MAY_BE_SQL.search(source, string.content, string.content_end):
            continue
        region = _region(surroundings_of(source, lines, string))
        if region is not None:
            yield region
            floor = region.span.end


def _region(around: Surroundings, offset: int | None = None) -> PythonRegion | None:
    """The text that the string is part of if it is SQL, judged with the cursor at the document's offset where one is given."""
    if "b" in around.target.prefix.lower():
        return None
    code = code_of(around.text, around.strings, around.target, around.start, around.end, cut=around.cut)
    text = text_at(code.source, code.target, code.written) if code is not None else None
    if code is None or text is None or text.use.bare:
        return None
    literals = [code.string_at(literal.at) for literal in text.literals]
    if any("b" in string.prefix.lower() for string in literals):
        return None
    masked, parts = _masked(around, text, literals)
    sink = sink_of(text.use)
    tokens = tokenize(masked) if len(masked) <= READ_BYTES else None
    cursor = offset - parts[0].span.start if offset is not None and around.window is None else None
    begun = b""
    if offset is not None and text.use.continues and text.use.variable_at >= 0 and begins_clause(masked):
        begun = text_before(around, code.place(text.use.variable_at), text.use.variable)
    held = holds_sql(masked, text.use, sink, tokens, cursor)
    if not held and cursor is not None:
        held = is_begun(begun) or goes_on_with_hole(around, literals[0], masked)
        held = held or (bool(text.tail) and holds_sql(masked + _TAIL, text.use, sink, cursor=cursor))
    if not held:
        return None
    if around.window is not None:
        form = parts[0].form
        masked, part = _masked_part(around.window.text, around.window.base, around.window.string, form)
        parts, tokens = [part], None
    base, variable = around.base, None
    if text.use.variable_at >= 0:
        at = base + code.place(text.use.variable_at)
        variable = Span(at, at + len(text.use.variable.encode()))
    start, end = code.place(text.span[0]), code.place(text.span[1])
    return PythonRegion(
        span=Span(parts[0].span.start, parts[-1].span.end),
        masked=masked,
        parts=tuple(parts),
        literal=Span(base + start, max(base + end, parts[-1].span.end)),
        sink=sink,
        variable=text.use.variable,
        variable_span=variable,
        composed=text.composed,
        fills=text.fills,
        tail=text.tail,
        begun=begun,
        surroundings=around,
        tokens=tokens,
    )


def _masked(
    around: Surroundings, text: Text, strings: Sequence[PythonString]
) -> tuple[bytes, list[StringPart]]:
    start = strings[0].content
    masked = bytearray(b" " * (strings[-1].content_end - start))
    parts = []
    driver = _filled_by_driver(around, text, strings)
    for index, string in enumerate(strings):
        template = text.literals[index].template
        form = StringForm(string.prefix, string.quote, template or driver)
        content, part = _masked_part(around.text, around.base, string, form, driven=not template)
        masked[string.content - start : string.content_end - start] = content
        if index and not text.joined[index - 1]:
            before = strings[index - 1]
            gap = around.text[before.content_end : string.content]
            masked[before.content_end - start : string.content - start] = mask_hole(gap)
        parts.append(part)
    return bytes(masked), parts


def _masked_part(
    text: bytes, base: int, string: PythonString, form: StringForm, *, driven: bool = False
) -> tuple[bytes, StringPart]:
    """One literal, masked. What a driver fills (`driven`) stays as it is: it is a parameter, not a name."""
    holes = [(a - string.content, b - string.content) for a, b in string.holes]
    seen = StringForm(form.prefix, form.quote) if driven else form
    masked, holes = mask_content(text[string.content : string.content_end], seen, holes)
    place = base + string.content
    span = Span(place, base + string.content_end)
    return masked, StringPart(span, form, tuple(Span(place + a, place + b) for a, b in holes))


def _filled_by_driver(around: Surroundings, text: Text, strings: Sequence[PythonString]) -> Template:
    """`percent` where a driver replaces `%s` and reads `%%` as one percent sign."""
    contents = (around.text[string.content : string.content_end] for string in strings)
    return "percent" if takes_parameters(text.use, contents) else ""
