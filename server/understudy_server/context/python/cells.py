"""Whether a Python file has magics near a place: nearly none has, and there no cell needs to be looked for."""

import re

from understudy_server.context.notebook.cells import REACH_BYTES
from understudy_server.context.text.blocks import Block
from understudy_server.context.text.document import Document

# A cell's marker or magic, a magic of one line, and SQL in comments as Databricks writes it.
_MAGIC = re.compile(rb"%%|MAGIC|(?:\A|[\r\n=])[ \t]*%[A-Za-z]")
_CONTINUED_LINES = 40


def may_have_magics(document: Document, offset: int) -> bool:
    """False where nothing around the offset can be part of a magic; the answer is kept with the document's blocks."""
    line = document.line_at(offset)
    start = document.line_start(line)
    if document.slice(start, start + 1) == b"#":
        return True
    low = min(max(offset - REACH_BYTES, 0), document.line_start(max(line - _CONTINUED_LINES, 0)))
    for begins, block in document.blocks(low):
        if begins > offset:
            break
        if _has_magic(block):
            return True
    return False


def _has_magic(block: Block) -> bool:
    known: bool | None = block.notes.get(_has_magic)
    if known is None:
        known = block.notes[_has_magic] = (b"%" in block.text or b"MAGIC" in block.text) and (
            _MAGIC.search(block.text) is not None
        )
    return known
