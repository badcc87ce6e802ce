"""Cells of SQL whose result a magic keeps under a name, `%%sql res <<` and `%%bigquery res`, as the Python that would do the same."""

import re
from functools import lru_cache

from understudy_server.context.notebook.cells import HEAD_BYTES, Cell
from understudy_server.context.notebook.magics import magic_of_cell, sql_of_cell
from understudy_server.context.sql.lexer import tokenize
from understudy_server.context.text.document import Document

_KEPT = 128
_MAX_BYTES = 20_000
"""As much of a query is read for its columns."""
_NAMED = re.compile(
    rb"(?:^|\s)([A-Za-z_]\w*)\s*=?\s*<<|^[ \t]*%%(?:bigquery|bq)[ \t]+([A-Za-z_]\w*)(?=\s|\Z)"
)


def as_python(cell: Cell) -> Document | None:
    """The cell as Python that gives its name a frame; None where it is no SQL, or none whose result has a name."""
    magic = cell.magic if cell.language == "python" else None
    if magic is None or magic.becomes != "sql" or not _NAMED.search(magic.line):
        return None
    return _as_python(cell.document.name, cell.document.slice(0, min(len(cell.document), _MAX_BYTES)))


@lru_cache(_KEPT)
def _as_python(name: str, text: bytes) -> Document | None:
    """The same document for the same text, for what is known of it is kept with it."""
    magic = magic_of_cell(text[:HEAD_BYTES])
    named = _NAMED.search(magic.line) if magic else None
    if named is None:
        return None
    # Frames are tables there as they are to DuckDB, whatever database it is.
    found = sql_of_cell(text, magic)
    sql = _without_variables(text[found.start :], found.masked).decode("utf-8", "replace")
    return Document(name, f"{(named[1] or named[2]).decode()} = duckdb.sql({sql!r}).df()\n")


def _without_variables(source: bytes, masked: bytes) -> bytes:
    """The masked SQL with a number for each variable: what it is filled with may be a column, a list or a table, but has no name."""
    if source == masked:
        return masked
    without = bytearray(masked)
    for token in tokenize(masked):
        start, end = token.start, token.end
        if token.kind == "word" and source[start:end] != masked[start:end]:
            without[start:end] = b"0".ljust(end - start)
    return bytes(without)
