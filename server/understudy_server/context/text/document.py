"""A text document as blocks of bytes, edited in place; knows positions, and nothing of languages or LSP messages."""

from collections.abc import Iterator, Sequence
from typing import Any, Literal

from understudy_knowledge.errors import UnderstudyError
from understudy_server.context.text.blocks import BLOCK_BYTES, Block, Stretch, TextBlocks

Encoding = Literal["utf-8", "utf-16", "utf-32"]

MAX_BYTES = 16_000_000


class Document:
    """One open document. All offsets are bytes of its UTF-8 text; lines and characters are zero-based as in LSP.

    An edit costs the same at any place of any document. Raises UnderstudyError for a text over 16 MB: nobody writes that by hand.
    """

    __slots__ = ("__weakref__", "_blocks", "name", "version")

    def __init__(self, name: str, text: str, version: int = 0, *, block_bytes: int = BLOCK_BYTES) -> None:
        self.name = name
        """The URI or path, as it was given."""
        self.version = version
        encoded = _encode(text)
        if len(encoded) > MAX_BYTES:
            raise UnderstudyError(_too_large(name))
        self._blocks = TextBlocks(encoded, block_bytes)

    def __len__(self) -> int:
        return len(self._blocks)

    @property
    def line_count(self) -> int:
        """Lines, counting the empty one after a final line end."""
        return self._blocks.line_ends + 1

    def line_start(self, line: int) -> int:
        """Offset at which the line starts; `line` must be in range(line_count)."""
        base, above, block = self._blocks.block_of_line(line)
        return base + block.starts[line - above]

    def line_end(self, line: int) -> int:
        """Offset of the line's end, before its line end bytes."""
        return self._line(line)[1]

    def line_at(self, offset: int) -> int:
        """The line that holds the offset."""
        return self._blocks.line_at(offset)

    def blocks(self, offset: int = 0) -> Iterator[tuple[int, Block]]:
        """(start, block) of the block that holds the offset and of all below it."""
        return self._blocks.downward(offset)

    def stretches(self) -> Sequence[Stretch]:
        """All blocks, some dozens at a time: what is known of each stretch is found without a look at its blocks."""
        return self._blocks.stretches

    def stretch_at(self, offset: int) -> tuple[int, int, int]:
        """(index of the stretch, index of the block in it, the block's start) of the block that holds the offset."""
        return self._blocks.at(offset)

    @property
    def from_above(self) -> dict[Any, list[Any]]:
        """Lists of what the text above the first, second, third stretch says; an edit cuts them behind its own stretch."""
        return self._blocks.from_above

    def slice(self, start: int = 0, end: int | None = None) -> bytes:
        """The UTF-8 bytes between two offsets, which may lie beyond the text's borders."""
        size = len(self._blocks)
        start, end = max(start, 0), size if end is None else min(end, size)
        return self._blocks.slice(start, end) if start < end else b""

    def text(self, start: int = 0, end: int | None = None) -> str:
        """The text between two offsets; a character that an offset cuts in two becomes U+FFFD."""
        return self.slice(start, end).decode("utf-8", "replace")

    def offset_at(self, line: int, character: int, encoding: Encoding) -> int:
        """The offset of a position; past a line's end means its end, past the last line the end of the text."""
        if line >= self.line_count:
            return len(self._blocks)
        if line < 0:
            return 0
        start, end, content = self._line(line)
        character = max(character, 0)
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
        offset = min(max(offset, 0), len(self._blocks))
        line = self.line_at(offset)
        start, _, content = self._line(line)
        content = content[: offset - start]
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

        Raises ValueError for a range that ends before it starts. Raises UnderstudyError when the text outgrows the limit;
        the edit is made all the same, so the document stays in step with the editor and may shrink again.
        """
        if (end_line, end_char) < (start_line, start_char):
            raise ValueError(
                f"the range {start_line}:{start_char}-{end_line}:{end_char} ends before it starts"
            )
        start = end = self.offset_at(start_line, start_char, encoding)
        if (end_line, end_char) != (start_line, start_char):
            end = self.offset_at(end_line, end_char, encoding)
        self._blocks.replace(start, end, _encode(new_text))
        if len(self._blocks) > MAX_BYTES:
            raise UnderstudyError(_too_large(self.name))

    def _line(self, line: int) -> tuple[int, int, bytes]:
        """(start, end, content) of a line without its line end."""
        base, above, block = self._blocks.block_of_line(line)
        index = line - above
        start = block.starts[index]
        end = block.starts[index + 1] if index + 1 < len(block.starts) else len(block.text)
        # A line holds no line end but its own, so nothing else is stripped.
        content = block.text[start:end].rstrip(b"\r\n")
        return base + start, base + start + len(content), content


def _too_large(name: str) -> str:
    return f"{name} is larger than {MAX_BYTES // 1_000_000} MB; understudy leaves such files alone, split it to get suggestions."


def _encode(text: str) -> bytes:
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:  # lone surrogates: JSON can carry them, UTF-8 cannot
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode("utf-8")
