"""FILE:LINE:COL on the command line -> the document and the byte offset. Lines and columns are 1-based, columns code points.

In a notebook a place is NOTEBOOK.ipynb:CELL:LINE:COL; its cells count from 1, those of Markdown among them.
"""

import re
from pathlib import Path
from typing import Any, Literal

import click
from attrs import frozen

from understudy_knowledge.errors import NothingToDoError
from understudy_server.context.cells import Cell
from understudy_server.context.document import Document
from understudy_server.context.notebook_file import read_cells

# Greedy, so that the colon of a Windows drive stays with the path.
_PLACE = re.compile(r"(?P<path>.+):(?P<line>\d+):(?P<column>\d+)", re.DOTALL)
_PLACE_IN_CELL = re.compile(
    r"(?P<path>.+\.ipynb):(?P<cell>\d+):(?P<line>\d+):(?P<column>\d+)", re.DOTALL | re.IGNORECASE
)
_LANGUAGES: dict[str, Literal["sql", "python"]] = {".sql": "sql", ".py": "python"}


@frozen
class Place:
    """A place in a file as it was written."""

    path: Path
    line: int
    column: int
    cell: int | None = None
    """The cell of a notebook."""

    def __str__(self) -> str:
        cell = "" if self.cell is None else f"{self.cell}:"
        return f"{self.path}:{cell}{self.line}:{self.column}"


class PlaceType(click.ParamType):  # type: ignore[type-arg,unused-ignore]  # generic since click 8.4
    """The parameter FILE:LINE:COL."""

    name = "FILE:LINE:COL"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Place:
        """The place, not looked at yet."""
        if isinstance(value, Place):
            return value
        if in_cell := _PLACE_IN_CELL.fullmatch(str(value)):
            return Place(
                Path(in_cell["path"]), int(in_cell["line"]), int(in_cell["column"]), int(in_cell["cell"])
            )
        found = _PLACE.fullmatch(str(value))
        if found is None:
            self.fail(f"{value!r} is not FILE:LINE:COL, for example queries/revenue.sql:12:1.", param, ctx)
        if found["path"].lower().endswith(".ipynb"):
            self.fail(
                f"{value!r} is not NOTEBOOK.ipynb:CELL:LINE:COL, for example {found['path']}:2:1:1; cells count from 1.",
                param,
                ctx,
            )
        return Place(Path(found["path"]), int(found["line"]), int(found["column"]))


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
