"""What a name stands for where it is used: the statements above that bind it, in the same function or at the module's level."""

import re
from bisect import bisect_left
from collections.abc import Iterator
from functools import lru_cache
from operator import attrgetter

from attrs import frozen

from understudy_server.context.python.lexer import read_lines
from understudy_server.context.python.masking import mask_content
from understudy_server.context.python.state import PythonString
from understudy_server.context.python.surroundings import StatementAround, statements_above
from understudy_server.context.query_context import StringForm

_REACH = 24_000
_HEADER_BYTES = 1_000
_LINE_BYTES = 400
_MAX_TEXT = 2_000
_STATEMENT_BYTES = (400, 4_000)
_START = attrgetter("start")
_SCOPE = re.compile(rb"[ \t]*(?:(?:async[ \t]+)?def|class)\b")
_PARAMETERS = re.compile(rb"[^(\r\n]*\((.*?)\)[ \t]*(?:->[^\r\n]*)?:", re.DOTALL)
_OPENS = re.compile(rb"[(\s]*")
_BETWEEN = re.compile(rb"(?:[\s+]|\\\r?\n)*")
_REST = re.compile(rb"[)\s]*(?:;|\#|\Z)|[ \t]*[\r\n]")


@frozen
class Binding:
    """A statement that gives a name its value, or adds to it; `literals` are all that it gives, none where there is more to it."""

    source: bytes
    adds: bool
    literals: tuple[PythonString, ...]

    @property
    def text(self) -> bytes | None:
        """What it gives, or adds, as text with holes as names; None where that is no literal, or a long one."""
        if not self.literals or self.literals[-1].content_end - self.literals[0].content > _MAX_TEXT:
            return None
        return b"".join(self._masked(literal) for literal in self.literals)

    def _masked(self, literal: PythonString) -> bytes:
        holes = [(a - literal.content, b - literal.content) for a, b in literal.holes]
        content = self.source[literal.content : literal.content_end]
        return mask_content(content, StringForm(literal.prefix, literal.quote), holes)[0]


def constant_text(around: StatementAround, name: bytes) -> bytes | None:
    """The plain text that a name stands for in the statement; None where that is not known, or depends on what runs."""
    for binding in bindings_above(around, name):
        if binding is None or binding.adds or any(literal.holes for literal in binding.literals):
            return None
        return binding.text
    return None


def bindings_above(around: StatementAround, name: bytes) -> Iterator[Binding | None]:
    """The statements above that bind the name, nearest first, up to the one that gives it its value.

    None stands for one that binds it in another way or on a condition; what is farther above does not count then.
    """
    simple, other = _patterns(name)
    if not _is_bound_in(around.slice(max(around.place - _REACH, 0), around.place), name, simple):
        return
    limit = _indent(around.text, around.start)
    deeper: list[Binding | None] = []
    for piece, at in statements_above(around, _REACH):
        here = _indent(piece.text, at)
        match = simple.match(piece.text, at, at + _LINE_BYTES)
        binds = match is not None or other.match(piece.text, at, at + _LINE_BYTES) is not None
        bound = None
        if match is not None:
            value = match.end() - at
            bound = _binding(around, piece.base + at, value, adds=bool(match.group(1)))
        if here > limit:
            deeper += [bound] if binds else []
            continue
        scope = _SCOPE.match(piece.text, at)
        if scope is None:  # what is deeper runs on a condition, unless another function has it
            yield from (one if one is not None and one.adds else None for one in deeper)
        deeper = []
        if here < limit:
            limit = 0 if scope else here
            if scope and _is_parameter(around.slice(piece.base + at, piece.base + at + _HEADER_BYTES), name):
                return
        if binds:
            yield bound
            if bound is None or not bound.adds:
                return


def _is_bound_in(text: bytes, name: bytes, simple: "re.Pattern[bytes]") -> bool:
    """Whether a line of the text may bind the name: mostly none does, and then the statements need not be looked at."""
    at = text.find(name)
    while at >= 0:
        line = text.rfind(b"\n", 0, at) + 1
        if simple.match(text, line, line + _LINE_BYTES):
            return True
        below = text.find(b"\n", at)
        at = text.find(name, below) if below >= 0 else -1
    return False


def _is_parameter(header: bytes, name: bytes) -> bool:
    parameters = _PARAMETERS.match(header)
    return parameters is None or re.search(rb"\b" + name + rb"\b", parameters.group(1)) is not None


@lru_cache(64)
def _patterns(name: bytes) -> tuple["re.Pattern[bytes]", "re.Pattern[bytes]"]:
    """How a statement begins that binds the name alone; and one that binds it in another way."""
    name = re.escape(name)
    simple = rb"[ \t]*" + name + rb"[ \t]*(?::[^=\r\n]*)?(\+?)=(?!=)[ \t]*"
    word = rb"\b" + name + rb"\b"
    other = (
        rb"[ \t]*(?:(?:async[ \t]+)?for\b[^\r\n]*?" + word + rb"[^\r\n]*\bin\b|[^\r\n]*\bas[ \t]+" + word
        + rb"|[^\r\n=]*" + word + rb"[^\r\n=]*,[^\r\n=(]*=(?!=)|[^\r\n=(]*,[ \t]*" + word + rb"[ \t]*=(?!=)"
        + rb"|[^\r\n]*\bimport\b[^\r\n]*" + word + rb"|" + name + rb"[ \t]*(?:[-*/%|&]|//)=)"
    )  # fmt: skip
    return re.compile(simple), re.compile(other)


def _binding(around: StatementAround, start: int, value: int, *, adds: bool) -> Binding:
    """That of the statement at the document's offset `start`, whose value begins `value` bytes behind."""
    for size in _STATEMENT_BYTES:
        stop = min(start + size, around.place)
        text = around.slice(start, stop)
        end, literals = _literals(text)
        if end < len(text) or stop == around.place:
            break
    else:
        return Binding(b"", adds, ())
    return Binding(text, adds, literals if _is_all(text, literals, value, end) else ())


@lru_cache(64)
def _literals(text: bytes) -> tuple[int, tuple[PythonString, ...]]:
    """Where the first statement of the text ends, and its literals."""
    lines, _ = read_lines(text, to_the_end=True)
    end = lines.statements[1] if len(lines.statements) > 1 else len(text)
    return end, tuple(lines.strings[: bisect_left(lines.strings, end, key=_START)])


def _is_all(text: bytes, literals: tuple[PythonString, ...], value: int, end: int) -> bool:
    """Whether the literals are the whole value that begins there, of a statement that ends at `end`."""
    place = value
    for literal in literals:
        between = text[place : literal.start]
        plain = literal.closed and "b" not in literal.prefix.lower() and literal.end <= len(text)
        if not plain or not (_BETWEEN.fullmatch(between) if place > value else _OPENS.fullmatch(between)):
            return False
        place = literal.end
    return bool(literals) and _REST.match(text, place, end) is not None


def _indent(text: bytes, start: int) -> int:
    line = text[start : start + 400]
    return len(line) - len(line.lstrip(b" \t\f"))
