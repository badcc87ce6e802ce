"""FILE:LINE:COL on the command line -> the document and the byte offset. Lines and columns are 1-based, columns code points."""

import re
from pathlib import Path
from typing import Any, Literal

import click
from attrs import frozen

from understudy_knowledge.errors import NothingToDoError
from understudy_server.context.document import Document

# Greedy, so that the colon of a Windows drive stays with the path.
_PLACE = re.compile(r"(?P<path>.+):(?P<line>\d+):(?P<column>\d+)", re.DOTALL)
_LANGUAGES: dict[str, Literal["sql", "python"]] = {".sql": "sql", ".py": "python"}


@frozen
class Place:
    """A place in a file as it was written."""

    path: Path
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"


class PlaceType(click.ParamType):  # type: ignore[type-arg,unused-ignore]  # generic since click 8.4
    """The parameter FILE:LINE:COL."""

    name = "FILE:LINE:COL"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Place:
        """The place, not looked at yet."""
        if isinstance(value, Place):
            return value
        found = _PLACE.fullmatch(str(value))
        if found is None:
            self.fail(f"{value!r} is not FILE:LINE:COL, for example queries/revenue.sql:12:1.", param, ctx)
        return Place(Path(found["path"]), int(found["line"]), int(found["column"]))


@frozen
class Opened:
    """A file read as a document, and the place in it as a byte offset."""

    document: Document
    language: Literal["sql", "python"]
    offset: int


def open_place(place: Place) -> Opened:
    """Raises NothingToDoError when there is no such place, UnderstudyError for a file too large to work on."""
    language = _LANGUAGES.get(place.path.suffix.lower())
    if language is None:
        raise NothingToDoError(f"{place.path} is neither a .sql nor a .py file; only those are completed")
    try:
        text = place.path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NothingToDoError(f"{place.path} is not UTF-8 text (byte {error.start})") from error
    except OSError as error:
        raise NothingToDoError(f"{place.path} cannot be read ({error.strerror or error})") from error
    document = Document(str(place.path), text)
    if not 1 <= place.line <= document.line_count:
        raise NothingToDoError(
            f"{place.path} has {document.line_count} lines, so there is no line {place.line}"
        )
    start, end = document.line_start(place.line - 1), document.line_end(place.line - 1)
    columns = len(document.text(start, end)) + 1
    if not 1 <= place.column <= columns:
        raise NothingToDoError(
            f"{place.path}:{place.line} has columns 1 to {columns}, so there is no column {place.column}"
        )
    return Opened(document, language, document.offset_at(place.line - 1, place.column - 1, "utf-32"))
