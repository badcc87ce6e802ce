"""The question a Python string's SQL answers, from what stands around the string."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from operator import attrgetter

from attrs import evolve, frozen

from understudy_server.context.python_lexer import read_lines
from understudy_server.context.python_regions import PythonRegion
from understudy_server.context.python_state import Lines, PythonString
from understudy_server.context.python_surroundings import Surroundings, code_above
from understudy_server.context.query_context import Question, Span
from understudy_server.context.question_lines import as_question, words_of_name

_NOISE = frozenset(
    "sql query queries stmt statement get fetch load read run q df result results rows data".split()
)
_HEADER = re.compile(rb"[ \t]*(?:async[ \t]+)?def[ \t]+(?P<name>\w+)")
_COMMENT_LINE = re.compile(rb"[ \t]*#")
_DOCSTRING_BYTES = 1_200
_COMMENT_BYTES = 2_000


@frozen
class Function:
    """A function's name with its span, and its docstring's text with the span of the literal."""

    name: str
    span: Span
    docstring: str = ""
    docstring_span: Span | None = None


def python_question(region: PythonRegion) -> Question | None:
    """The comment that touches the string or its statement, else the function's docstring, the nearest comment, a name of two words."""
    around = region.surroundings
    if around is None:
        return None
    function = enclosing_function(around)
    return (
        _from_touching_comment(around, around.target.start)
        or _from_touching_comment(around, around.start)
        or _from_docstring(function)
        or _from_nearest_comment(around, function)
        or _from_name(function)
        or _from_variable(region)
    )


def enclosing_function(around: Surroundings) -> Function | None:
    """The innermost function around the string, None where it is not in one, or the function begins too far above."""
    indent = _indent(around.text, around.start)
    if not indent:
        return None
    for text, base, lines, at in _statements_above(around):
        here = _indent(text, at)
        if here >= indent:
            continue
        if header := _HEADER.match(text, at):
            span = Span(base + header.start("name"), base + header.end("name"))
            function = Function(header.group("name").decode("utf-8", "replace"), span)
            return _with_docstring(function, around, (text, base, lines), at)
        indent = here
        if not indent:
            return None
    return None


def _statements_above(around: Surroundings) -> Iterator[tuple[bytes, int, Lines, int]]:
    """(text, its offset, its lines, start of a statement in it) upward from the string's own statement."""
    start = around.base + around.start
    for text, base, lines in code_above(around):
        for at in reversed(lines.statements):
            if base + at < start:
                yield text, base, lines, at


def _with_docstring(
    function: Function, around: Surroundings, read: tuple[bytes, int, Lines], header: int
) -> Function:
    """The function whose header starts at `header` of the text that was read, with its docstring if it has one."""
    text, base, lines = read
    found = _docstring(text, lines, header)
    if found is None and around.document is not None:
        start = base + header
        text, base = around.document.slice(start, start + _DOCSTRING_BYTES), start
        found = _docstring(text, read_lines(text)[0], 0)
    if found is None:
        return function
    body = text[found.content : found.content_end].decode("utf-8", "replace")
    return evolve(function, docstring=body, docstring_span=Span(base + found.start, base + found.end))


def _docstring(text: bytes, lines: Lines, header: int) -> PythonString | None:
    """The literal that is the first statement below the header; None where there is none, or it runs out of the text."""
    index = bisect_right(lines.statements, header)
    if index >= len(lines.statements):
        return None
    code = lines.statements[index] + _indent(text, lines.statements[index])
    string = bisect_left(lines.strings, code, key=attrgetter("start"))
    if string >= len(lines.strings) or lines.strings[string].start != code:
        return None
    return lines.strings[string] if lines.strings[string].closed else None


def _from_touching_comment(around: Surroundings, offset: int) -> Question | None:
    """Comment lines directly above the line that holds the offset of the text."""
    line = around.base + _line_start(around.text, offset)
    if around.document is None:
        return _from_comment_lines(around.text[:line], 0)
    low = max(line - _COMMENT_BYTES, 0)
    return _from_comment_lines(around.document.slice(low, line), low)


def _from_nearest_comment(around: Surroundings, function: Function | None) -> Question | None:
    """The nearest comment above the statement that stands as deep as it does, inside of the same function."""
    indent = _indent(around.text, around.start)
    floor = function.span.start if function is not None else 0
    for text, base, lines in code_above(around):
        for start, end in reversed(lines.comments):
            line = _line_start(text, start)
            if base + start < around.base + around.start and base + line >= floor and start - line == indent:
                below = text.find(b"\n", end) + 1 or len(text)
                return _from_comment_lines(text[:below], base)
        if base <= floor:
            break
    return None


def _from_comment_lines(text: bytes, base: int) -> Question | None:
    """The comment lines in a row at the end of the text, which begins at the document's offset `base`."""
    lines: list[str] = []
    start = len(text)
    end = -1
    while start > 0:
        above = _line_start(text, start - 1)
        line = text[above:start].rstrip(b"\r\n")
        if not _COMMENT_LINE.match(line):
            break
        lines.insert(0, line.decode("utf-8", "replace").strip().lstrip("#"))
        end = above + len(line) if end < 0 else end
        start = above
    found = as_question(lines) if lines else ""
    if not found:
        return None
    return Question(found, "comment", Span(base + start + _indent(text, start), base + end))


def _from_docstring(function: Function | None) -> Question | None:
    if function is None or not function.docstring:
        return None
    paragraph = re.split(r"\n\s*\n", function.docstring.strip(), maxsplit=1)[0]
    text = as_question(paragraph.splitlines())
    return Question(text, "docstring", function.docstring_span) if text else None


def _from_name(function: Function | None) -> Question | None:
    if function is None:
        return None
    words = _words(function.name)
    return Question(" ".join(words), "function", function.span) if len(words) > 1 else None


def _from_variable(region: PythonRegion) -> Question | None:
    words = _words(region.variable)
    return Question(" ".join(words), "variable", region.variable_span) if len(words) > 1 else None


def _words(name: str) -> list[str]:
    return [word for word in words_of_name(name).split() if word not in _NOISE]


def _indent(text: bytes, start: int) -> int:
    line = text[start : start + 400]
    return len(line) - len(line.lstrip(b" \t\f"))


def _line_start(text: bytes, offset: int) -> int:
    """Start of the line that holds the offset."""
    return max(text.rfind(b"\n", 0, offset), text.rfind(b"\r", 0, offset)) + 1
