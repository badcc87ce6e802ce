"""The stretch of an SQL file around the cursor that is enough to know its statement; the rest is never read."""

import re

from understudy_server.context.document import Document

MAX_ABOVE = 64_000
MAX_BELOW = 32_000
# In a file without `;` this much is read above and below, then on to where a statement seems to begin.
NEAR_ABOVE = 6_000
NEAR_BELOW = 3_000
_END_OF_STATEMENT = re.compile(rb";[ \t]*(?:--[^\r\n]*)?(?:\r|\n|\Z)")
_LIKELY_START = re.compile(
    rb"\n[ \t]*\r?\n(?=(?:--[^\n]*\n)*(?:select|with|insert|update|delete|create)\b)", re.IGNORECASE
)


def sql_window(document: Document, offset: int) -> tuple[int, int]:
    """(start, end) of the text from the statement end above the cursor to the one below, at most 96 KB.

    A `;` that ends its line ends a statement whatever stands around it: the lexer lets no string run over one. Only a
    block comment may hold it, so the window begins above a comment that is open at the border.
    """
    buffer = document.buffer
    floor = max(offset - MAX_ABOVE, 0)
    start = _border_above(buffer, offset, floor)
    closes = buffer.find(b"*/", start, offset)
    if closes >= 0 and not 0 <= buffer.find(b"/*", start, offset) < closes:
        opens = buffer.rfind(b"/*", floor, start)
        start = _border_above(buffer, opens, floor) if opens >= 0 else start
    if offset - start > NEAR_ABOVE:
        likely = [match.end() for match in _LIKELY_START.finditer(buffer, start, offset - NEAR_ABOVE)]
        start = likely[-1] if likely else start
    limit = min(offset + MAX_BELOW, len(buffer))
    below = _END_OF_STATEMENT.search(buffer, offset, limit)
    end = below.start() + 1 if below else limit
    if end - offset > NEAR_BELOW and (begins := _LIKELY_START.search(buffer, offset + NEAR_BELOW, end)):
        end = begins.end()
    return start, end


def _border_above(buffer: bytearray, offset: int, floor: int) -> int:
    """Below the nearest line above that ends in `;`, else a line's start at the floor."""
    position = offset
    while (position := buffer.rfind(b";", floor, position)) >= 0:
        line_start = max(buffer.rfind(b"\n", 0, position), buffer.rfind(b"\r", 0, position)) + 1
        match = _END_OF_STATEMENT.match(buffer, position)
        if match and match.end() <= offset and b"--" not in buffer[line_start:position]:
            return match.end()
    return max(buffer.find(b"\n", floor, offset) + 1, floor) if floor else 0
