"""The stretch of a Python file around a string: enough to know its statement and what stands above; the rest is never read."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from operator import attrgetter

from attrs import evolve, frozen

from understudy_server.context.checkpoints import Checkpoints
from understudy_server.context.document import Document
from understudy_server.context.python_evidence import BEGINS_STATEMENT
from understudy_server.context.python_lexer import advance, read_lines
from understudy_server.context.python_state import INITIAL, Lines, PythonString, State
from understudy_server.context.text_blocks import Block

NEAR_BYTES = 8_000
"""A statement that begins farther above is read from here on only."""
FAR_BYTES = 48_000
"""Of a string that begins farther above or ends farther below only this much is read."""
_START = attrgetter("start")
_CONTENT = attrgetter("content")
_FIRST_BELOW = 500
_KEPT = 4
_CLOSERS = b" \t)]},:;\r\n"


@frozen
class Window:
    """The part of a huge string around the cursor; `base` is the document's offset of the text."""

    text: bytes
    base: int
    string: PythonString


@frozen
class Surroundings:
    """A string and the lines around it. Offsets are of `text`, which begins at the document's offset `base`."""

    text: bytes
    base: int
    lines: Lines
    target: PythonString
    start: int
    """Where the Python statement begins that holds the string; `end` is where the next one does."""
    end: int
    cut: bool = False
    """Whether the text begins inside of brackets of the statement: it is too long to be read whole."""
    document: Document | None = None
    window: Window | None = None

    @property
    def strings(self) -> list[PythonString]:
        """The literals of the statement."""
        strings = self.lines.strings
        low = bisect_left(strings, self.start, key=_START)
        return strings[low : bisect_left(strings, self.end, low, key=_START)]


def surroundings_at(document: Document, offset: int) -> Surroundings | None:
    """What stands around the string that holds the offset; None where none does."""
    above: list[bytes] = []
    total = 0
    base, begun = 0, INITIAL
    begins = False
    checkpoints = Checkpoints(document, advance, INITIAL)
    for start, block, state in checkpoints.upward(offset):
        base, begun = start, state
        lines = lines_of(checkpoints, block, state)
        if not above:
            target = _at(lines.strings, offset - start)
            if target is None:
                return None
            if _is_all_in(lines, target) and not _in_open_hole(block.text, target, offset - start):
                return _surroundings(block.text, start, lines, target, document)
        opened = target if not above else lines.strings[-1] if lines.strings else None
        begins = begins or (opened is not None and opened.start >= 0)
        above.append(block.text)
        total += len(block.text)
        # Where a statement begins nothing is open: the text that matters begins there.
        if count := bisect_right(lines.statements, offset - start):
            base, begun = start + lines.statements[count - 1], INITIAL
            above[-1] = block.text[lines.statements[count - 1] :]
            break
        if not state.stack and not state.goes_on:
            break
        if begins and total > NEAR_BYTES:
            break
        if not begins and total > FAR_BYTES:
            return _in_huge_string(document, checkpoints, offset, start, state)
    text = b"".join(reversed(above))
    below = _FIRST_BELOW
    while True:
        stop = _line_end(document, min(offset + below, len(document)))
        if stop > base + len(text):
            text += document.slice(base + len(text), stop)
        at_end = stop >= len(document)
        part = text[: stop - base]
        lines, state = read_lines(part, begun, to_the_end=at_end)
        target = _at(lines.strings, offset - base)
        if target is None:
            return None
        done = at_end or below > FAR_BYTES
        if done or (_is_whole(target, len(part)) and _next_statement(lines, target, len(part), state)):
            break
        below *= 4
    target = _without_closers(part, target, offset - base)
    if _in_open_hole(part, target, offset - base):
        return None
    return _surroundings(part, base, lines, target, document, cut=bool(begun.stack))


def lines_of(checkpoints: Checkpoints[State], block: Block, state: State) -> Lines:
    """What a block of a document holds; read once for as long as the block is not edited."""
    readings: dict[State, Lines] = block.notes.setdefault(lines_of, {})
    if state not in readings:
        if len(readings) >= _KEPT:
            readings.clear()
        readings[state], ended = read_lines(block.text, state)
        checkpoints.remember(block, state, ended)
    return readings[state]


def surroundings_of(source: bytes, lines: Lines, target: PythonString) -> Surroundings:
    """Those of one string of a whole file that was lexed."""
    return _surroundings(source, 0, lines, target, None)


def code_above(around: Surroundings, limit: int = 24_000) -> Iterator[tuple[bytes, int, Lines]]:
    """(text, its offset, its lines) from the string's surroundings upward, each but the first a block of the document."""
    yield around.text, around.base, around.lines
    if around.document is None or around.base == 0:
        return
    checkpoints = Checkpoints(around.document, advance, INITIAL)
    for start, block, state in checkpoints.upward(around.base - 1):
        if around.base - start > limit:
            return
        yield block.text, start, lines_of(checkpoints, block, state)


def _surroundings(
    text: bytes,
    base: int,
    lines: Lines,
    target: PythonString,
    document: Document | None,
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
    return Surroundings(text, base, lines, target, start, end, cut and not below, document)


def _evident_end(text: bytes, strings: list[PythonString], target: PythonString, start: int, end: int) -> int:
    """Where below the string another statement evidently begins, though a bracket may be open; else the `end`."""
    indent = len(text[start : start + 400]) - len(text[start : start + 400].lstrip(b" \t\f"))
    for match in BEGINS_STATEMENT.finditer(text, target.end, end):
        if match.group("closing") is None and len(match.group(1)) <= indent and match.start() > target.end:
            index = bisect_right(strings, match.start(), key=_START) - 1
            if index < 0 or strings[index].end <= match.start():
                return match.start()
    return end


def _in_huge_string(
    document: Document, checkpoints: Checkpoints[State], offset: int, low: int, state: State
) -> Surroundings | None:
    """The string's head, where it is used, and a window of its content around the offset."""
    head, base, begun = b"", low, state
    for start, block, above in checkpoints.upward(low - 1):
        head, base, begun = block.text, start, above
        lines = lines_of(checkpoints, block, above)
        if lines.strings and lines.strings[-1].start >= 0:
            break
    lines, _ = read_lines(head, begun)
    if not lines.strings:
        return None
    around = _surroundings(head, base, lines, lines.strings[-1], document, cut=bool(begun.stack))
    stop = _line_end(document, min(offset + FAR_BYTES // 2, len(document)))
    text = document.slice(low, stop)
    inside, _ = read_lines(text, state, to_the_end=stop >= len(document))
    if not inside.strings or inside.strings[0].start >= 0:
        return None
    string = inside.strings[0]
    if not string.content <= offset - low <= string.content_end:
        return None
    return evolve(around, window=Window(text, low, string))


def _at(strings: list[PythonString], local: int) -> PythonString | None:
    index = bisect_right(strings, local, key=_CONTENT) - 1
    if index < 0 or local > strings[index].content_end:
        return None
    return strings[index]


def _is_all_in(lines: Lines, target: PythonString) -> bool:
    """Whether the string and its whole statement are among the lines of one block."""
    if target.start < 0 or not target.closed or not lines.statements:
        return False
    return lines.statements[0] <= target.start and lines.statements[-1] >= target.end


def _is_whole(string: PythonString, length: int) -> bool:
    return string.closed or string.end < length


def _next_statement(lines: Lines, target: PythonString, length: int, state: State) -> bool:
    """Whether what follows the string in its statement has been read."""
    if lines.statements and lines.statements[-1] > target.start:
        return True
    return not state.stack and not state.goes_on and target.end < length


def _line_end(document: Document, offset: int) -> int:
    """Where the line below that of the offset starts, or the document's end."""
    line = document.line_at(offset)
    return document.line_start(line + 1) if line + 1 < document.line_count else len(document)


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
