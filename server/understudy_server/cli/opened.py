"""A place on the command line -> the document and the byte offset."""

from pathlib import Path
from typing import Literal

from attrs import frozen

from understudy_knowledge.errors import NothingToDoError
from understudy_server.cli.place import Place
from understudy_server.context.notebook.cells import Cell
from understudy_server.context.notebook.file import read_cells
from understudy_server.context.text.document import Document

_LANGUAGES: dict[str, Literal["sql", "python"]] = {".sql": "sql", ".py": "python"}


@frozen
class Opened:
    """A file read as a document, and the place in it as a byte offset."""

    document: Document
    language: Literal["sql", "python"]
    offset: int
    cells_above: tuple[Cell, ...] | None = None
    """Those of the notebook, where the document is a cell of one."""


def open_place(place: Place) -> Opened:
    """Raises NothingToDoError when there is no such place, UnderstudyError for a file too large to work on."""
    if place.cell is not None:
        return _open_cell(place, place.cell)
    language = _LANGUAGES.get(place.path.suffix.lower())
    if language is None:
        raise NothingToDoError(
            f"{place.path} is neither a .sql nor a .py file nor a notebook; only those are completed"
        )
    document = Document(str(place.path), _text(place.path))
    return Opened(document, language, _offset(document, place, str(place.path)))


def _open_cell(place: Place, number: int) -> Opened:
    try:
        cells = read_cells(str(place.path), _text(place.path))
    except ValueError as error:
        raise NothingToDoError(f"{place.path} {error}") from error
    if not 1 <= number <= len(cells):
        raise NothingToDoError(f"{place.path} has {len(cells)} cells, so there is no cell {number}")
    cell = cells[number - 1]
    if cell.kind != "code" or cell.language is None:
        what = "a Markdown or raw cell" if cell.kind != "code" else "in another language"
        raise NothingToDoError(f"cell {number} of {place.path} is {what}; only SQL and Python are completed")
    offset = _offset(cell.document, place, f"{place.path}:{number}")
    return Opened(cell.document, cell.language, offset, cells[: number - 1])


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NothingToDoError(f"{path} is not UTF-8 text (byte {error.start})") from error
    except OSError as error:
        raise NothingToDoError(f"{path} cannot be read ({error.strerror or error})") from error


def _offset(document: Document, place: Place, name: str) -> int:
    """The place as a byte offset; `name` says which text it counts in."""
    if not 1 <= place.line <= document.line_count:
        raise NothingToDoError(f"{name} has {document.line_count} lines, so there is no line {place.line}")
    start, end = document.line_start(place.line - 1), document.line_end(place.line - 1)
    columns = len(document.text(start, end)) + 1
    if not 1 <= place.column <= columns:
        raise NothingToDoError(
            f"{name}:{place.line} has columns 1 to {columns}, so there is no column {place.column}"
        )
    return document.offset_at(place.line - 1, place.column - 1, "utf-32")
