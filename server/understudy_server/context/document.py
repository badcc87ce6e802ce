"""A text document as bytes and line starts, edited in place; knows positions, and nothing of languages or LSP messages."""

import re
from array import array
from bisect import bisect_left, bisect_right
from typing import Literal

from understudy_knowledge.errors import UnderstudyError

Encoding = Literal["utf-8", "utf-16", "utf-32"]

MAX_BYTES = 2_000_000
MAX_LINE_BYTES = 20_000

# LSP knows these three line ends only; str.splitlines also splits on form feed and U+2028, which puts edits on the wrong line.
_LINE_END = re.compile(rb"\r\n|\n|\r")


class Document:
    """One open document. All offsets are bytes of its UTF-8 text; lines and characters are zero-based as in LSP.

    Raises UnderstudyError for a text over 2 MB or with a line over 20 KB: no completion is worth what such a file costs.
    """

    __slots__ = ("_gap", "_shift", "_starts", "buffer", "name", "version")

    def __init__(self, name: str, text: str, version: int = 0) -> None:
        self.name = name
        """The URI or path, as it was given."""
        self.version = version
        self.buffer = bytearray(_encode(text))
        """The UTF-8 text; only `apply_change` may change it."""
        if len(self.buffer) > MAX_BYTES:
            raise UnderstudyError(_too_large(name))
        self._starts = array("q", [0, *(match.end() for match in _LINE_END.finditer(self.buffer))])
        # Starts from index `_gap` on lack `_shift`: typing in one place then costs nothing per line below it.
        self._gap = len(self._starts)
        self._shift = 0
        self._check_lines(0, len(self._starts))

    def __len__(self) -> int:
        return len(self.buffer)

    @property
    def line_count(self) -> int:
        """Lines, counting the empty one after a final line end."""
        return len(self._starts)

    def line_start(self, line: int) -> int:
        """Offset at which the line starts; `line` must be in range(line_count)."""
        start = self._starts[line]
        return start + self._shift if line >= self._gap else start

    def line_end(self, line: int) -> int:
        """Offset of the line's end, before its line end bytes."""
        if line + 1 >= len(self._starts):
            return len(self.buffer)
        start, end = self.line_start(line), self.line_start(line + 1)
        if end > start and self.buffer[end - 1] == 0x0A:
            end -= 1
            if end > start and self.buffer[end - 1] == 0x0D:
                end -= 1
        elif end > start and self.buffer[end - 1] == 0x0D:
            end -= 1
        return end

    def line_at(self, offset: int) -> int:
        """The line that holds the offset."""
        if self._gap < len(self._starts) and offset >= self._starts[self._gap] + self._shift:
            return bisect_right(self._starts, offset - self._shift, self._gap) - 1
        return max(bisect_right(self._starts, offset, 0, self._gap) - 1, 0)

    def slice(self, start: int = 0, end: int | None = None) -> bytes:
        """The UTF-8 bytes between two offsets."""
        return bytes(self.buffer[start:end])

    def text(self, start: int = 0, end: int | None = None) -> str:
        """The text between two offsets; a character that an offset cuts in two becomes U+FFFD."""
        return self.buffer[start:end].decode("utf-8", "replace")

    def offset_at(self, line: int, character: int, encoding: Encoding) -> int:
        """The offset of a position; past a line's end means its end, past the last line the end of the text."""
        if line >= len(self._starts):
            return len(self.buffer)
        if line < 0:
            return 0
        start, end = self.line_start(line), self.line_end(line)
        character = max(character, 0)
        content = self.buffer[start:end]
        if content.isascii():
            return min(start + character, end)
        if encoding == "utf-8":
            return start + len(content[:character].decode("utf-8", "ignore").encode())
        text = content.decode("utf-8")
        if encoding == "utf-32":
            return start + len(text[:character].encode())
        # "ignore" drops half a surrogate pair, so a position inside an astral character means its start.
        head = text.encode("utf-16-le")[: 2 * character].decode("utf-16-le", "ignore")
        return start + len(head.encode())

    def position_at(self, offset: int, encoding: Encoding) -> tuple[int, int]:
        """(line, character) of an offset, clamped to the text."""
        offset = min(max(offset, 0), len(self.buffer))
        line = self.line_at(offset)
        content = self.buffer[self.line_start(line) : min(offset, self.line_end(line))]
        if encoding == "utf-8" or content.isascii():
            return line, len(content)
        text = content.decode("utf-8", "ignore")
        return line, len(text) if encoding == "utf-32" else len(text.encode("utf-16-le")) // 2

    def apply_change(
        self,
        start_line: int,
        start_char: int,
        end_line: int,
        end_char: int,
        new_text: str,
        encoding: Encoding,
    ) -> None:
        """Replace a range in place.

        Raises ValueError for a range that ends before it starts. Raises UnderstudyError when the text outgrows the limits;
        the edit is made all the same, so the document stays in step with the editor and may shrink again.
        """
        if (end_line, end_char) < (start_line, start_char):
            raise ValueError(
                f"the range {start_line}:{start_char}-{end_line}:{end_char} ends before it starts"
            )
        start = self.offset_at(start_line, start_char, encoding)
        end = self.offset_at(end_line, end_char, encoding)
        new = _encode(new_text)
        self.buffer[start:end] = new
        first, count = self._move_lines(start, end, new)
        if len(self.buffer) > MAX_BYTES:
            raise UnderstudyError(_too_large(self.name))
        self._check_lines(max(first - 1, 0), first + count)

    def _move_lines(self, start: int, end: int, new: bytes) -> tuple[int, int]:
        """Bring line starts in step with a replacement of [start, end); returns index and number of the new ones."""
        # A start depends on the byte before it and, because of \r\n, on the byte at it: so both borders are looked at anew.
        low = self._index_of(max(start, 1))
        high = self._index_of(end + 1)
        self._move_gap(high)
        window_start = max(start - 1, 0)
        window_end = start + len(new) + 1
        fresh = [
            window_start + match.end()
            for match in _LINE_END.finditer(self.buffer[window_start:window_end])
            if max(start, 1) <= window_start + match.end() <= start + len(new)
        ]
        self._starts[low:high] = array("q", fresh)
        self._gap = low + len(fresh)
        self._shift += len(new) - (end - start)
        return low, len(fresh)

    def _index_of(self, offset: int) -> int:
        """Index of the first line start at or after the offset."""
        if self._gap < len(self._starts) and offset > self._starts[self._gap] + self._shift:
            return bisect_left(self._starts, offset - self._shift, self._gap)
        return bisect_left(self._starts, offset, 0, self._gap)

    def _move_gap(self, index: int) -> None:
        """Move the border between settled starts and those that lack the shift."""
        if self._shift:
            for line in range(self._gap, index):
                self._starts[line] += self._shift
            for line in range(index, self._gap):
                self._starts[line] -= self._shift
        self._gap = index

    def _check_lines(self, first: int, last: int) -> None:
        """Raise when one of the lines is too long to work on between two keystrokes."""
        for line in range(first, min(last, len(self._starts))):
            if self.line_end(line) - self.line_start(line) > MAX_LINE_BYTES:
                raise UnderstudyError(
                    f"{self.name}:{line + 1} is longer than {MAX_LINE_BYTES // 1000} KB; "
                    "understudy leaves such files alone, break the line to get suggestions."
                )


def _too_large(name: str) -> str:
    return f"{name} is larger than {MAX_BYTES // 1_000_000} MB; understudy leaves such files alone, split it to get suggestions."


def _encode(text: str) -> bytes:
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:  # lone surrogates: JSON can carry them, UTF-8 cannot
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode("utf-8")
