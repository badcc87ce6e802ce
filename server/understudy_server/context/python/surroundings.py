"""The stretch of a Python file around a string: enough to know its statement and what stands above; the rest is never read."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from operator import attrgetter

from attrs import evolve, frozen

from understudy_server.context.limits import MAX_REGION_BYTES, too_long
from understudy_server.context.python.above import Above, Piece, state_at
from understudy_server.context.python.evidence import lines_of_code
from understudy_server.context.python.lexer import read_lines
from understudy_server.context.python.state import INITIAL, Lines, PythonString, State
from understudy_server.context.text.document import Document

NEAR_BYTES = 8_000
"""A statement that begins farther above is read from here on only."""
FAR_BYTES = 48_000
"""Of a string that begins farther above or ends farther below only this much is read."""
_START = attrgetter("start")
_CONTENT = attrgetter("content")
_HEAD_BYTES = 2_000
_INDENT_BYTES = 400
_FIRST_BELOW = 1_000
_CLOSERS = b" \t)]},:;\r\n"


@frozen
class Window:
    """The part of a huge string around the cursor; `base` is the document's offset of the text."""

    text: bytes
    base: int
    string: PythonString


@frozen(kw_only=True)
class StatementAround:
    """A Python statement and the lines around it. Offsets are of `text`, which begins at the document's offset `base`."""

    text: bytes
    base: int
    lines: Lines
    start: int
    """Where the statement begins."""
    above: Above | None = None
    """What stands above, None in a file that was read as a whole."""

    @property
    def place(self) -> int:
        """The document's offset at which the statement begins."""
        return self.base + self.start

    def slice(self, start: int, end: int) -> bytes:
        """The bytes between two offsets of the document."""
        if self.above is not None:
            return self.above.document.slice(start, end)
        return self.text[start - self.base : end - self.base]


@frozen(kw_only=True)
class Surroundings(StatementAround):
    """A string, the statement that holds it and the lines around; what stands above is above the string's line."""

    target: PythonString
    end: int
    """Where the next statement begins."""
    cut: bool = False
    """Whether the text begins inside of brackets of the statement: it is too long to be read whole."""
    window: Window | None = None

    @property
    def strings(self) -> list[PythonString]:
        """The literals of the statement."""
        strings = self.lines.strings
        low = bisect_left(strings, self.start, key=_START)
        return strings[low : bisect_left(strings, self.end, low, key=_START)]


def surroundings_at(document: Document, offset: int) -> Surroundings | None:
    """What stands around the string that holds the offset; None where none does.

    It depends on the text alone, not on where the document is cut in blocks. Raises UnderstudyError for a cursor in a line
    of more than 64 KB.
    """
    line_start, line_end = _line_of(document, offset)
    if line_end - line_start > MAX_REGION_BYTES:
        raise too_long(document.name, "line")
    above = Above(document, line_start)
    here, _ = read_lines(document.slice(line_start, line_end), above.state)
    if _at(here.strings, offset - line_start) is None:
        return None
    if above.state.in_string:
        place = above.opening(offset - FAR_BYTES)
        if place is None:
            return _in_huge_string(document, offset, above)
        base = above.statement(place, place - NEAR_BYTES)
    else:
        place = line_start
        base = place if here.statements[:1] == [0] else above.statement(place, place - NEAR_BYTES)
    begun = INITIAL
    if base is None:
        base = _line_of(document, max(place - NEAR_BYTES, 0))[0]
        begun = state_at(document, base)
    return _read_around(document, offset, base, begun, above)


def statement_around(document: Document, place: int) -> StatementAround:
    """What stands above the line in which a statement of the document begins; of the statement only its indentation is read."""
    base, below = _line_of(document, place)
    text = document.slice(base, min(below, base + _INDENT_BYTES))
    return StatementAround(
        text=text, base=base, lines=Lines([], [], []), start=0, above=Above(document, base)
    )


def _read_around(
    document: Document, offset: int, base: int, begun: State, above: Above
) -> Surroundings | None:
    """The lines from `base` on, as far down as the string and its statement go."""
    below = _FIRST_BELOW
    while True:
        stop = min(_line_of(document, min(offset + below, len(document)))[1], offset + MAX_REGION_BYTES)
        text = document.slice(base, stop)
        at_end = stop >= len(document)
        lines, state = read_lines(text, begun, to_the_end=at_end, enough=offset - base)
        target = _at(lines.strings, offset - base)
        if target is None:
            return None
        done = at_end or below > FAR_BYTES
        if done or (_is_whole(target, len(text)) and _next_statement(lines, target, len(text), state)):
            break
        below *= 4
    target = _without_closers(text, target, offset - base)
    if _in_open_hole(text, target, offset - base):
        return None
    return _surroundings(text, base, lines, target, above, cut=bool(begun.stack))


def surroundings_of(source: bytes, lines: Lines, target: PythonString) -> Surroundings:
    """Those of one string of a whole file that was lexed."""
    return _surroundings(source, 0, lines, target, None)


def statements_above(around: StatementAround, reach: int) -> Iterator[tuple[Piece, int]]:
    """The statements above the one in question, at most `reach` bytes away, nearest first; each by where it begins in a piece."""
    return _above(around, reach, lambda lines: lines.statements)


def comments_above(around: StatementAround, reach: int) -> Iterator[tuple[Piece, int]]:
    """The comments on lines of their own above the statement, as `statements_above` gives statements."""
    return _above(around, reach, lambda lines: [at for at, _ in lines.comments])


def _above(
    around: StatementAround, reach: int, starts: Callable[[Lines], list[int]]
) -> Iterator[tuple[Piece, int]]:
    floor = around.place - reach
    for piece, ceiling in _pieces(around):
        found = starts(piece.lines)
        for at in reversed(found[: bisect_left(found, ceiling - piece.base)]):
            if piece.base + at < floor:
                return
            yield piece, at
        if piece.base < floor:
            return


def _pieces(around: StatementAround) -> Iterator[tuple[Piece, int]]:
    """The pieces from the statement's own upward, each with where what it says of the document ends."""
    yield Piece(around.text, around.base, around.lines), around.place
    for piece in around.above or ():
        if piece.base < around.base:
            yield piece, around.base


def _surroundings(
    text: bytes,
    base: int,
    lines: Lines,
    target: PythonString,
    above: Above | None,
    *,
    cut: bool = False,
) -> Surroundings:
    below = bisect_right(lines.statements, target.start)
    start = lines.statements[below - 1] if below else 0
    end = lines.statements[below] if below < len(lines.statements) else len(text)
    if 0 < end < len(text) or below < len(lines.statements):
        comments = [a for a, _ in lines.comments[bisect_left(lines.comments, (start, 0)) :][:1]]
        end = min([end, *(a for a in comments if a >= target.end)])
    end = max(target.end, min(end, _evident_end(text, lines.strings, target, start, end)))
    index = bisect_left(lines.strings, target.start, key=_START)
    if lines.strings[index] is not target:
        lines = lines._replace(strings=[*lines.strings[:index], target, *lines.strings[index + 1 :]])
    return Surroundings(
        text=text,
        base=base,
        lines=lines,
        start=start,
        above=above,
        target=target,
        end=end,
        cut=cut and not below,
    )


def _evident_end(text: bytes, strings: list[PythonString], target: PythonString, start: int, end: int) -> int:
    """Where below the string another statement evidently begins, though a bracket may be open; else the `end`."""
    indent = len(text[start : start + 400]) - len(text[start : start + 400].lstrip(b" \t\f"))
    for line, depth, closes in lines_of_code(text, target.end, end):
        if not closes and depth <= indent:
            index = bisect_right(strings, line, key=_START) - 1
            if index < 0 or strings[index].end <= line:
                return line
    return end


def _in_huge_string(document: Document, offset: int, above: Above) -> Surroundings | None:
    """The string's head, where it is used, and a window of its content around the offset."""
    low = _line_of(document, offset - FAR_BYTES)[1]
    begun = state_at(document, low)
    stop = _line_of(document, min(offset + FAR_BYTES // 2, len(document)))[1]
    text = document.slice(low, stop)
    lines, _ = read_lines(text, begun, to_the_end=stop >= len(document))
    string = _at(lines.strings, offset - low)
    if string is None or string.start >= 0:
        # What seemed to be one string is several, and the one at the offset begins in the window.
        return _surroundings(text, low, lines, string, above, cut=True) if string is not None else None
    opening = above.opening(0)
    if opening is None:
        return None
    base = above.statement(opening, opening - NEAR_BYTES)
    if base is None:
        return None
    head = document.slice(base, _line_of(document, min(opening + _HEAD_BYTES, len(document)))[1])
    lines, _ = read_lines(head)
    target = _at(lines.strings, min(opening - base + 5, len(head)))
    if target is None:
        return None
    around = _surroundings(head, base, lines, target, above)
    return evolve(around, window=Window(text, low, string))


def _at(strings: list[PythonString], local: int) -> PythonString | None:
    index = bisect_right(strings, local, key=_CONTENT) - 1
    if index < 0 or local > strings[index].content_end:
        return None
    return strings[index]


def _is_whole(string: PythonString, length: int) -> bool:
    return string.closed or string.end < length


def _next_statement(lines: Lines, target: PythonString, length: int, state: State) -> bool:
    """Whether what follows the string in its statement has been read."""
    if lines.statements and lines.statements[-1] > target.start:
        return True
    return not state.stack and not state.goes_on and target.end < length


def _line_of(document: Document, offset: int) -> tuple[int, int]:
    """Where the line of the offset starts, and where the one below does, or the document ends."""
    line = document.line_at(offset)
    below = document.line_start(line + 1) if line + 1 < document.line_count else len(document)
    return document.line_start(line), below


def _without_closers(text: bytes, string: PythonString, local: int) -> PythonString:
    """An open string without the brackets at its end that an editor paired: they belong to the call around it."""
    if string.closed:
        return string
    content = text[string.content : string.content_end]
    excess = sum(content.count(mark) for mark in (b")", b"]", b"}"))
    excess -= sum(content.count(mark) for mark in (b"(", b"[", b"{"))
    end = string.content_end
    while end > local and text[end - 1 : end] in _CLOSERS:
        if text[end - 1 : end] in b")]}":
            if excess <= 0:
                break
            excess -= 1
        end -= 1
    kept = end if text[end : string.content_end].strip() else string.content_end
    return string._replace(content_end=kept, end=kept)


def _in_open_hole(text: bytes, string: PythonString, local: int) -> bool:
    """Whether the place is in a hole that is still being typed: no brace closes it."""
    return any(a < local <= b and text[b - 1 : b] != b"}" for a, b in string.holes)
