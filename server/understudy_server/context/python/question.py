"""The question that a Python statement, or the SQL of a string in it, answers: from what stands around it."""

import re
from functools import lru_cache

from attrs import evolve, frozen

from understudy_server.context.python.lexer import read_lines
from understudy_server.context.python.regions import PythonRegion
from understudy_server.context.python.state import PythonString
from understudy_server.context.python.surroundings import (
    StatementAround,
    comments_above,
    statement_around,
    statements_above,
)
from understudy_server.context.query_context import Question, Span
from understudy_server.context.sql.question_lines import as_question, words_of_name
from understudy_server.context.text.document import Document

_NOISE = frozenset(
    "sql query queries stmt statement get fetch load read run q df result results rows data".split()
)
_HEADER = re.compile(rb"[ \t]*(?:async[ \t]+)?def[ \t]+(?P<name>\w+)")
_COMMENT_LINE = re.compile(rb"[ \t]*#")
_REACH = 24_000
"""So far above the function's header, or a comment, is looked for."""
_DOCSTRING_BYTES = (240, 1_200)
"""So much is read for a function's docstring: few are longer than the first."""
_COMMENT_BYTES = 2_000


@frozen
class Function:
    """A function's name with its span, and what its docstring asks with the span of the literal."""

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


def code_question(document: Document, place: int) -> Question | None:
    """The same of the statement that begins at the document's offset, where no string is in question."""
    around = statement_around(document, place)
    function = enclosing_function(around)
    return (
        _from_touching_comment(around, around.start)
        or _from_docstring(function)
        or _from_nearest_comment(around, function)
        or _from_name(function)
    )


def enclosing_function(around: StatementAround) -> Function | None:
    """The innermost function around the statement, None where it is not in one, or the function begins too far above."""
    indent = _indent(around.text, around.start)
    if not indent:
        return None
    for piece, at in statements_above(around, _REACH):
        text, base, _ = piece
        here = _indent(text, at)
        if here >= indent:
            continue
        if header := _HEADER.match(text, at):
            span = Span(base + header.start("name"), base + header.end("name"))
            function = Function(header.group("name").decode("utf-8", "replace"), span)
            return _with_docstring(function, around, base + at)
        indent = here
        if not indent:
            return None
    return None


def _with_docstring(function: Function, around: StatementAround, header: int) -> Function:
    """The function whose header starts at the document's offset `header`, with its docstring if it has one."""
    for size in _DOCSTRING_BYTES:
        # Up to the string's own statement only: that changes with every keystroke, what stands above it does not.
        text = around.slice(header, min(header + size, around.place))
        if (found := _docstring(text)) is not None:
            string, question = found
            return evolve(
                function, docstring=question, docstring_span=Span(header + string.start, header + string.end)
            )
        if len(text) < size:
            break
    return function


@lru_cache(64)
def _docstring(text: bytes) -> tuple[PythonString, str] | None:
    """The literal that is the second statement of the text, and what it asks; None where there is none, or it runs out of the text."""
    lines, _ = read_lines(text)
    if len(lines.statements) < 2:
        return None
    code = lines.statements[1] + _indent(text, lines.statements[1])
    found = next((string for string in lines.strings if string.start == code and string.closed), None)
    if found is None:
        return None
    body = text[found.content : found.content_end].decode("utf-8", "replace")
    paragraph = re.split(r"\n\s*\n", body.strip(), maxsplit=1)[0]
    return found, as_question(paragraph.splitlines())


def _from_touching_comment(around: StatementAround, offset: int) -> Question | None:
    """Comment lines directly above the line that holds the offset of the text."""
    return _from_comment_lines(around, around.base + _line_start(around.text, offset))


def _from_nearest_comment(around: StatementAround, function: Function | None) -> Question | None:
    """The nearest comment above the statement that stands as deep as it does, inside of the same function."""
    indent = _indent(around.text, around.start)
    floor = function.span.start if function is not None else 0
    for (text, base, _), at in comments_above(around, _REACH):
        line = _line_start(text, at)
        if base + line < floor:
            break
        if at - line == indent:
            below = text.find(b"\n", at) + 1 or len(text)
            return _from_comment_lines(around, base + below)
    return None


def _from_comment_lines(around: StatementAround, stop: int) -> Question | None:
    """The comment lines in a row that end where the line at `stop` starts."""
    base = max(stop - _COMMENT_BYTES, 0)
    text = around.slice(base, stop)
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
    return Question(function.docstring, "docstring", function.docstring_span)


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
