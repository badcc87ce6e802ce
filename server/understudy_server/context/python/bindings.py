"""What a name stands for where it is used: the statements above that bind it, in the same function or at the module's level."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
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


def constant_texts(around: StatementAround, names: Sequence[bytes]) -> dict[bytes, bytes | None]:
    """The plain texts that names stand for in the statement; of others nothing or None, as what they are may depend on what runs."""
    known: dict[bytes, bytes | None] = {}
    for name, binding in bindings_above(around, tuple(names)):
        if name not in known:
            unknown = binding is None or binding.adds or any(one.holes for one in binding.literals)
            known[name] = None if binding is None or unknown else binding.text
    return known


def bindings_above(
    around: StatementAround, names: tuple[bytes, ...]
) -> Iterator[tuple[bytes, Binding | None]]:
    """(name, a statement above that binds it), nearest first, for each up to the one that gives it its value.

    None stands for one that binds it in another way or on a condition; what is farther above does not count then.
    """
    low = max(around.place - _REACH, 0)
    lines = _binding_lines(around.slice(low, around.place), names, whole=not low)
    if not lines:
        return
    floor = low + min(lines)
    wanted = {name for found in lines.values() for name, _, _ in found}
    limit = _indent(around.text, around.start)
    deeper: list[tuple[bytes, Binding | None]] = []
    for piece, at in statements_above(around, _REACH):
        place = piece.base + at
        if not wanted or (place < floor and not deeper):
            return
        here = _indent(piece.text, at)
        bound: list[tuple[bytes, Binding | None]] = []
        for name, value, adds in lines.get(place - low, ()):
            if name in wanted:
                bound.append((name, _binding(around, place, value, adds=adds) if value >= 0 else None))
        if here > limit:
            deeper += bound
            continue
        if deeper or here < limit:
            scope = _SCOPE.match(piece.text, at) is not None
            if not scope:  # what is deeper runs on a condition, unless another function has it
                bound = [(name, one if one and one.adds else None) for name, one in deeper] + bound
            deeper = []
            if here < limit:
                limit = 0 if scope else here
                header = around.slice(place, place + _HEADER_BYTES) if scope else b""
                bound += [(name, None) for name in sorted(wanted) if scope and _is_parameter(header, name)]
        for name, one in bound:
            if name in wanted:
                yield name, one
                wanted -= set() if one is not None and one.adds else {name}


@lru_cache(16)
def _binding_lines(
    text: bytes, names: tuple[bytes, ...], *, whole: bool
) -> dict[int, list[tuple[bytes, int, bool]]]:
    """By line start, what may bind names there: (name, length of what stands before its value or -1, whether it adds to it).

    What stands above stays the same while one types, so this is kept. A text that is not whole begins amid a line.
    """
    found: dict[int, list[tuple[bytes, int, bool]]] = {}
    for name in names:
        simple, other = _patterns(name)
        last = -1 if whole else 0
        for word in re.finditer(rb"\b" + re.escape(name) + rb"\b", text):
            line = text.rfind(b"\n", 0, word.start()) + 1
            if line == last:
                continue
            last = line
            if match := simple.match(text, line, line + _LINE_BYTES):
                found.setdefault(line, []).append((name, match.end() - line, bool(match.group(1))))
            elif other.match(text, line, line + _LINE_BYTES):
                found.setdefault(line, []).append((name, -1, False))
    return found


def _is_parameter(header: bytes, name: bytes) -> bool:
    if header.lstrip().startswith(b"class"):
        return False
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
    if text[start : start + 1] not in (b" ", b"\t", b"\f"):
        return 0
    line = text[start : start + 400]
    return len(line) - len(line.lstrip(b" \t\f"))
