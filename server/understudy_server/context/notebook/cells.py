"""Cells: those of a notebook, each a document of its own, and those that comments part in a Python file."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Literal

from attrs import evolve, frozen

from understudy_server.context.defined.definitions import defines
from understudy_server.context.notebook.magics import (
    Magic,
    SqlText,
    blank_magics,
    magic_of_cell,
    mask_variables,
    sql_of_cell,
    sql_of_line,
)
from understudy_server.context.sql.window import sql_window
from understudy_server.context.text.document import Document

CellKind = Literal["code", "markdown", "raw"]
Language = Literal["sql", "python"]

MAX_BYTES = 64_000
REACH_BYTES = 32_000
"""A cell's beginning and end are looked for so far from the cursor."""
HEAD_BYTES = 4_000
"""A cell's magic stands in its first bytes."""
_LONG_BYTES = 8_000
_CODE_BYTES = 8_000
_CONTINUED_LINES = 40

_MARKER = re.compile(rb"^\# ?(?:%%|In\[|COMMAND -{3,}|<codecell>)", re.MULTILINE)
_SQL_MARKER = re.compile(
    rb"\# ?%%.*(?:\[sql\]|language[ ]?=[ ]?['\"]?sql['\"]?)|\# ?%%(?:sql|bigquery|duckdb|sparksql)\b|\# MAGIC %sql\b",
    re.IGNORECASE,
)
_COMMENTED_ROW = re.compile(rb"\#(?:[ ]MAGIC)?[ \t]*")
_COMMENT_PREFIX = re.compile(rb"^\#(?:[ ]MAGIC)?[ ]?", re.MULTILINE)


@frozen
class Cell:
    """One cell of a notebook. `language` is what its code is in, None for what is neither SQL nor Python."""

    document: Document
    kind: CellKind = "code"
    language: Language | None = "python"

    @property
    def magic(self) -> Magic | None:
        """The magic it begins with."""
        return _magic_of(self.document) if self.kind == "code" else None


def readable(text: bytes, language: Language) -> tuple[bytes, Language] | None:
    """A cell's text as plain SQL or Python of the same bytes, magics blanked; None where its magic makes it something else."""
    magic = magic_of_cell(text)
    if magic is not None and magic.becomes == "other":
        return None
    if language == "sql" or (magic is not None and magic.becomes == "sql"):
        sql = sql_of_cell(text, magic)
        return re.sub(rb"[^\r\n]", b" ", text[: sql.start]) + sql.masked, "sql"
    return blank_magics(text), "python"


def is_python(cell: Document) -> bool:
    """Whether a cell of Python is Python, whatever magic it begins with."""
    magic = _magic_of(cell)
    return magic is None or magic.becomes == "python"


def _magic_of(cell: Document) -> Magic | None:
    """Remembered with the text of a cell that is one block, as nearly all are: a keystroke asks it of every cell above."""
    block = cell.stretches()[0].blocks[0]
    if len(block.text) < len(cell):
        return magic_of_cell(cell.slice(0, HEAD_BYTES))
    if magic_of_cell not in block.notes:
        block.notes[magic_of_cell] = magic_of_cell(block.text[:HEAD_BYTES])
    kept: Magic | None = block.notes[magic_of_cell]
    return kept


def sql_at(document: Document, offset: int, language: Language, *, is_cell: bool = False) -> SqlText | None:
    """The SQL of the magic around the offset, as offsets of the document; None where no magic made SQL of it.

    The document is one cell, or a Python file: there `# %%` marks cells, and Databricks writes SQL behind `# MAGIC`.
    """
    line = document.line_at(offset)
    line_start = document.line_start(line)
    row = document.slice(line_start, document.line_end(line))
    if not is_cell and row.startswith(b"#"):
        return _commented(document, line, offset)
    start = 0 if is_cell else _cell_start(document, offset)
    magic = magic_of_cell(document.slice(start, start + HEAD_BYTES)) if start is not None else None
    if start is not None and magic is not None and magic.becomes == "sql":
        return _cell_at(document, offset, start, magic, is_cell=is_cell)
    if language == "python" and (b"%" in row or b"\\" in document.slice(max(line_start - 3, 0), line_start)):
        low = document.line_start(max(line - _CONTINUED_LINES, 0))
        high = document.line_end(min(line + _CONTINUED_LINES, document.line_count - 1))
        if found := sql_of_line(document.slice(low, high), offset - low):
            return evolve(found, start=low + found.start)
    return None


def _cell_at(document: Document, offset: int, start: int, magic: Magic, *, is_cell: bool) -> SqlText | None:
    """The cell's SQL; of a long cell only the statement's surroundings, as in a file."""
    low, high = start + magic.body, len(document) if is_cell else _cell_end(document, offset)
    if offset < low:
        return None
    if high - low > _LONG_BYTES:
        window = sql_window(document, offset)
        if window is None:
            return None
        low, high = max(low, window[0]), min(high, window[1])
    return SqlText(low, mask_variables(document.slice(low, high)), magic.dialect)


def _cell_start(document: Document, offset: int) -> int | None:
    """Where the marked cell around the offset begins; None where no magic is in reach, so that it is of no use."""
    low = document.line_start(document.line_at(max(offset - REACH_BYTES, 0)))
    above = document.slice(low, offset)
    if b"%%" not in above and b"\n%" not in above:
        return None
    position = len(above)
    while (position := above.rfind(b"\n#", 0, position)) >= 0:
        if _MARKER.match(above, position + 1):
            return low + _behind(above, position + 1)
    return low + _behind(above, 0) if _MARKER.match(above) else low


def _cell_end(document: Document, offset: int) -> int:
    high = min(offset + REACH_BYTES, len(document))
    below = document.slice(offset, high)
    position = -1
    while (position := below.find(b"\n#", position + 1)) >= 0:
        if _MARKER.match(below, position + 1):
            return offset + position + 1
    return high


def _behind(text: bytes, at: int) -> int:
    end = text.find(b"\n", at)
    return len(text) if end < 0 else end + 1


def _commented(document: Document, line: int, offset: int) -> SqlText | None:
    """SQL in comment lines: below `# %% [sql]`, or as Databricks writes `# MAGIC %sql` into a Python file."""
    first = last = line
    while first and line - first < 500 and not _is_sql_marker(document, first):
        first -= 1
        if document.slice(document.line_start(first), document.line_start(first) + 1) != b"#":
            return None
    if not _is_sql_marker(document, first):
        return None
    while last + 1 < document.line_count and last - line < 500:
        row = document.slice(document.line_start(last + 1), document.line_end(last + 1))
        if not row.startswith(b"#") or _MARKER.match(row):
            break
        last += 1
    start = document.line_start(first)
    text = document.slice(start, document.line_end(last))
    plain = _COMMENT_PREFIX.sub(lambda match: b" " * len(match.group()), text)
    magic = magic_of_cell(plain)
    body = magic.body if magic is not None and magic.becomes == "sql" else _behind(text, 0)
    if offset < start + body:
        return None
    sql = sql_of_cell(plain, Magic("sql", body, magic.dialect if magic else ""))
    margin = _COMMENTED_ROW.match(document.slice(document.line_start(line), offset))
    return SqlText(
        start + body,
        sql.masked,
        sql.dialect or ("spark" if b"# MAGIC" in text else ""),
        margin=margin.group().decode() if margin else "",
    )


def _is_sql_marker(document: Document, line: int) -> bool:
    return bool(_SQL_MARKER.match(document.slice(document.line_start(line), document.line_end(line))))


def code_of_cells(cells: Sequence[Cell]) -> bytes:
    """The Python of the first cells and of the nearest ones, in order, and the lines of SQL magics: at most about 16 KB."""
    nearest, size = [], 0
    index = len(cells)
    while index and size < _CODE_BYTES:
        index -= 1
        nearest.append(_code_of(cells[index]))
        size += len(nearest[-1])
    first, size = [], 0
    for cell in cells[:index]:
        if size >= _CODE_BYTES:
            break
        first.append(_code_of(cell))
        size += len(first[-1])
    return b"".join((*first, *reversed(nearest)))


def _code_of(cell: Cell) -> bytes:
    if cell.kind != "code" or cell.language != "python":
        return b""
    # Remembered like the magic, with the text.
    block = cell.document.stretches()[0].blocks[0]
    if len(block.text) < len(cell.document):
        return _python_of(cell)
    if _code_of not in block.notes:
        block.notes[_code_of] = _python_of(cell)
    kept: bytes = block.notes[_code_of]
    return kept


def _python_of(cell: Cell) -> bytes:
    magic = cell.magic
    if magic is not None and magic.becomes == "other":
        return b""
    if magic is not None and magic.becomes == "sql":
        return magic.line + b"\n"
    return cell.document.slice(0, min(len(cell.document), _CODE_BYTES)) + b"\n"


def defining_cells(cells: Sequence[Cell]) -> Iterator[Document]:
    """The SQL of the cells that define tables, in order, each as a document without its magic."""
    for cell in cells:
        if cell.kind != "code" or cell.language is None or not defines(cell.document):
            continue
        magic = cell.magic
        if magic is None and cell.language == "sql":
            yield cell.document
        elif magic is not None and magic.becomes == "sql":
            yield _below_magic(cell.document.name, cell.document.slice())


@lru_cache(64)
def _below_magic(name: str, text: bytes) -> Document:
    found = readable(text, "sql")
    return Document(name, found[0].decode("utf-8", "replace") if found else "")
