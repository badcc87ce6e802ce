"""A text as a list of small blocks of whole lines, in two levels: an edit costs what it touches, wherever and in however long a text."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Any

BLOCK_BYTES = 700
"""What a block is cut to. It may grow to twice as much before it is cut again; one long line is one long block."""
_FANOUT = 64


class Block:
    """Some whole lines: begins where a line begins and, unless it is the last, ends where one ends. Never changed, only replaced.

    So whatever is known of the block's text alone may be kept in `notes`, under a key of one's own (a function, a
    module's name), and is forgotten with the block.
    """

    __slots__ = ("notes", "starts", "text")

    def __init__(self, text: bytes) -> None:
        self.text = text
        self.starts = line_starts(text)
        """Where its lines start, counted from the block's start; after a final line end comes the start of the line below."""
        self.notes: dict[Any, Any] = {}

    @property
    def line_ends(self) -> int:
        """How many line ends it holds."""
        return len(self.starts) - 1


class Stretch:
    """Up to some dozens of blocks that follow each other. Never changed, only replaced; `notes` are as those of a block."""

    __slots__ = ("blocks", "from_above", "line_ends", "notes", "offsets")

    def __init__(self, blocks: Sequence[Block]) -> None:
        self.blocks = tuple(blocks)
        self.offsets = tuple(accumulate([len(block.text) for block in blocks], initial=0))
        """Where each block starts, counted from the stretch's start; the last is its length."""
        self.line_ends = tuple(accumulate([len(block.starts) - 1 for block in blocks], initial=0))
        """How many line ends stand before each block; the last is how many it holds."""
        self.notes: dict[Any, Any] = {}
        self.from_above: dict[Any, list[Any]] = {}
        """Lists of what the text above the first, second, third block says, under a key of one's own.

        They may be shorter than there are blocks. After an edit the new stretch has them down to the block that was edited.
        """


class TextBlocks:
    """The blocks of one text. All offsets are bytes."""

    __slots__ = ("_block_bytes", "_line_ends", "_offsets", "_stretches", "from_above")

    def __init__(self, text: bytes, block_bytes: int = BLOCK_BYTES) -> None:
        self._block_bytes = block_bytes
        self._stretches = _stretches(_cut(text, block_bytes))
        self._offsets, self._line_ends = [0], [0]
        self.from_above: dict[Any, list[Any]] = {}
        """As that of a stretch: of what stands above the first, second, third stretch."""
        self._count()

    def __len__(self) -> int:
        return self._offsets[-1]

    @property
    def line_ends(self) -> int:
        """How many line ends the text holds."""
        return self._line_ends[-1]

    @property
    def stretches(self) -> Sequence[Stretch]:
        """The stretches in order; do not change the list."""
        return self._stretches

    def at(self, offset: int) -> tuple[int, int, int]:
        """(index of the stretch, index of the block in it, the block's start) of the block that holds the offset.

        The text's end belongs to the last block; between two blocks the lower one holds the offset.
        """
        s = min(bisect_right(self._offsets, offset), len(self._stretches)) - 1
        stretch, base = self._stretches[s], self._offsets[s]
        b = min(bisect_right(stretch.offsets, offset - base), len(stretch.blocks)) - 1
        return s, b, base + stretch.offsets[b]

    def block_at(self, offset: int) -> tuple[int, Block]:
        """(start, block) of the block that holds the offset."""
        s, b, start = self.at(offset)
        return start, self._stretches[s].blocks[b]

    def block_of_line(self, line: int) -> tuple[int, int, Block]:
        """(start, line ends before it, block) of the block in which the line starts."""
        s = min(bisect_right(self._line_ends, line), len(self._stretches)) - 1
        stretch, above = self._stretches[s], self._line_ends[s]
        b = min(bisect_right(stretch.line_ends, line - above), len(stretch.blocks)) - 1
        return self._offsets[s] + stretch.offsets[b], above + stretch.line_ends[b], stretch.blocks[b]

    def line_at(self, offset: int) -> int:
        """The line that holds the offset."""
        s, b, start = self.at(offset)
        stretch = self._stretches[s]
        line = bisect_right(stretch.blocks[b].starts, offset - start) - 1
        return self._line_ends[s] + stretch.line_ends[b] + line

    def downward(self, offset: int) -> Iterator[tuple[int, Block]]:
        """(start, block) from the one that holds the offset to the last."""
        s, b, start = self.at(offset)
        while s < len(self._stretches):
            for block in self._stretches[s].blocks[b:]:
                yield start, block
                start += len(block.text)
            s, b = s + 1, 0

    def slice(self, start: int, end: int) -> bytes:
        """The bytes between two offsets of the text, of which `start` must not be the greater one."""
        base, block = self.block_at(start)
        if end - base <= len(block.text):
            return block.text[start - base : end - base]
        parts = []
        for base, block in self.downward(start):
            if base >= end:
                break
            parts.append(block.text[max(start - base, 0) : end - base])
        return b"".join(parts)

    def replace(self, start: int, end: int, new: bytes) -> None:
        """Put `new` in place of the bytes between two offsets."""
        s, b, first = self.at(start)
        z, y, last = (s, b, first) if end == start else self.at(end)
        text = self._stretches[s].blocks[b].text[: start - first] + new
        text += self._stretches[z].blocks[y].text[end - last :]
        # A block ends where a line ends, never between \r and \n. A small one joins its neighbor, but for one long line.
        small = self._block_bytes // 4
        while (below := self._below(z, y)) is not None:
            following = self._stretches[below[0]].blocks[below[1]].text
            if not (_open(text, following) or len(text) < small >= len(following) // 8):
                break
            (z, y), text = below, text + following
        while (above := self._above(s, b)) is not None:
            previous = self._stretches[above[0]].blocks[above[1]].text
            if not (_open(previous, text) or not text or len(text) < small >= len(previous) // 8):
                break
            (s, b), text = above, previous + text
        self._put(s, b, z, y, _cut(text, self._block_bytes))

    def _below(self, s: int, b: int) -> tuple[int, int] | None:
        if b + 1 < len(self._stretches[s].blocks):
            return s, b + 1
        return (s + 1, 0) if s + 1 < len(self._stretches) else None

    def _above(self, s: int, b: int) -> tuple[int, int] | None:
        if b:
            return s, b - 1
        return (s - 1, len(self._stretches[s - 1].blocks) - 1) if s else None

    def _put(self, s: int, b: int, z: int, y: int, blocks: list[Block]) -> None:
        """New blocks in place of those from block b of stretch s to block y of stretch z."""
        kept = [*self._stretches[s].blocks[:b], *blocks, *self._stretches[z].blocks[y + 1 :]]
        # As with the blocks: a stretch that has become small joins the next.
        if len(kept) < _FANOUT // 4 and z + 1 < len(self._stretches):
            z += 1
            kept += self._stretches[z].blocks
        replaced = self._stretches[s]
        self._stretches[s : z + 1] = _stretches(kept)
        for key, told in replaced.from_above.items():
            self._stretches[s].from_above[key] = told[: b + 1]
        for told in self.from_above.values():
            del told[s + 1 :]
        self._count(s)

    def _count(self, first: int = 0) -> None:
        """Add up anew what stands before each stretch behind the first one that is not as it was."""
        below = self._stretches[first:]
        lengths = accumulate([each.offsets[-1] for each in below], initial=self._offsets[first])
        line_ends = accumulate([each.line_ends[-1] for each in below], initial=self._line_ends[first])
        self._offsets[first:] = lengths
        self._line_ends[first:] = line_ends


def line_starts(text: bytes) -> "array[int]":
    """Where lines start: 0, and the place after each line end. Unlike those of `str`, the lines of `bytes` are those of LSP."""
    starts = array("I", accumulate(map(len, text.splitlines(keepends=True)), initial=0))
    if len(starts) > 1 and text[-1] not in b"\r\n":
        starts.pop()
    return starts


def _cut(text: bytes, block_bytes: int) -> list[Block]:
    if len(text) <= 2 * block_bytes:
        return [Block(text)]
    starts = line_starts(text)
    blocks, position = [], 0
    while position < len(text):
        index = bisect_left(starts, position + block_bytes)
        end = starts[index] if index < len(starts) else len(text)
        blocks.append(Block(text[position:end]))
        position = end
    return blocks


def _stretches(blocks: Sequence[Block]) -> list[Stretch]:
    if len(blocks) <= 2 * _FANOUT:
        return [Stretch(blocks)] if blocks else []
    return [Stretch(blocks[n : n + _FANOUT]) for n in range(0, len(blocks), _FANOUT)]


def _open(text: bytes, following: bytes) -> bool:
    """Whether no border between blocks can be between the two."""
    return text[-1:] not in (b"\n", b"\r") or (text[-1:] == b"\r" and following[:1] == b"\n")
