"""What stands above a line of a Python document, block by block upward, as the text down to that line shows it to read.

A block by itself does not show all: of a triple quote that was left open only what stands below tells. So a block is read
with the number of such quotes that the blocks below it have found, and where a document is cut makes no difference.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from understudy_server.context.python.lexer import advance, read_lines
from understudy_server.context.python.state import INITIAL, Lines, State
from understudy_server.context.text.blocks import Block
from understudy_server.context.text.checkpoints import Checkpoints
from understudy_server.context.text.document import Document

_KEPT = 4


class Piece(NamedTuple):
    """Whole lines and what they hold; the text begins at the document's offset `base`."""

    text: bytes
    base: int
    lines: Lines


class Above:
    """The pieces above a line, nearest first; each is read when it is asked for, and once."""

    __slots__ = ("_blocks", "_checkpoints", "_left_open", "_pieces", "document", "state")

    def __init__(self, document: Document, line_start: int) -> None:
        self.document = document
        self._checkpoints = Checkpoints(document, advance, INITIAL)
        self._blocks = self._checkpoints.upward(line_start)
        start, block, begun = next(self._blocks)
        text = block.text[: line_start - start]
        lines, state = _read_head(text, begun)
        self.state = state
        """What is open where the line starts."""
        self._pieces = [Piece(text, start, lines)]
        self._left_open = _count_left_open(lines)

    def __iter__(self) -> Iterator[Piece]:
        index = 0
        while index < len(self._pieces) or self._read_more():
            yield self._pieces[index]
            index += 1

    def opening(self, floor: int) -> int | None:
        """Where the string begins that is open where the line starts; None where that is above `floor`."""
        for text, base, lines in self:
            if lines.strings and lines.strings[-1].start >= 0:
                start = base + lines.strings[-1].start
                return start if start >= floor else None
            if base < floor and text:
                return None
        return None

    def statement(self, place: int, floor: int) -> int | None:
        """Where the statement begins that holds a place; None where that is above `floor`."""
        for _, base, lines in self:
            for at in reversed(lines.statements):
                if base + at <= place:
                    return base + at if base + at >= floor else None
            if base < floor:
                return None
        return None

    def _read_more(self) -> bool:
        found = next(self._blocks, None)
        if found is None:
            return False
        start, block, begun = found
        lines = _lines_of(self._checkpoints, block, begun, self._left_open)
        self._pieces.append(Piece(block.text, start, lines))
        self._left_open = _count_left_open(lines)
        return True


def state_at(document: Document, line_start: int) -> State:
    """What is open where a line starts, by the text above it."""
    start, block, begun = next(Checkpoints(document, advance, INITIAL).upward(line_start))
    return _read_head(block.text[: line_start - start], begun)[1]


@lru_cache(16)
def _read_head(text: bytes, begun: State) -> tuple[Lines, State]:
    """The lines of a block above the cursor's, which stay the same while one types; and the state behind them."""
    return read_lines(text, begun) if text else (Lines([], [], []), begun)


def _lines_of(checkpoints: Checkpoints[State], block: Block, begun: State, left_open: int) -> Lines:
    """What a block of a document holds; read once for as long as the block is not edited."""
    readings: dict[tuple[State, int], Lines] = block.notes.setdefault(_lines_of, {})
    key = begun, left_open
    if key not in readings:
        if len(readings) >= _KEPT:
            readings.clear()
        readings[key], ended = read_lines(block.text, begun, left_open=left_open)
        if not left_open:
            checkpoints.remember(block, begun, ended)
    return readings[key]


def _count_left_open(lines: Lines) -> int:
    """How many triple quotes above the text it shows to have been left open: their strings end where it begins."""
    count = 0
    for string in lines.strings:
        if string.start >= 0 or string.end > 0 or len(string.quote) < 3:
            break
        count += 1
    return count
