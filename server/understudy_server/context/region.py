"""Where the SQL at a cursor stands: in a file of SQL, in a string of Python, behind a magic of a notebook."""

from collections.abc import Sequence
from typing import Literal

from attrs import evolve, frozen

from understudy_server.context.frames.polars_sql import PolarsCall, polars_call
from understudy_server.context.jinja.masked import inside_jinja, mask_jinja
from understudy_server.context.notebook.cells import Cell, code_of_cells, is_python, sql_at
from understudy_server.context.python.cells import may_have_magics
from understudy_server.context.python.regions import PythonRegion, find_region
from understudy_server.context.query_context import RegionKind
from understudy_server.context.sql.window import sql_window
from understudy_server.context.text.document import Document


@frozen
class Region:
    """A stretch of SQL: masked text, and the document offset of its first byte. `python` is the string that it stands in."""

    text: bytes
    start: int
    python: PythonRegion | None = None
    kind: RegionKind = "sql-file"
    dialect: str = ""
    """What the magic or the call in front of it says."""
    polars: PolarsCall | None = None
    one_line: bool = False
    margin: str = ""
    """What continuation lines begin with, where that is not the line's own white space."""


def region_at(
    document: Document,
    offset: int,
    language: Literal["sql", "python"],
    cells_above: Sequence[Cell],
    *,
    in_notebook: bool,
) -> Region | None:
    """The SQL around the byte offset; None where there is none. `cells_above` are those of a notebook's cell.

    Raises UnderstudyError where it is too long to be worked on.
    """
    if (in_notebook or (language == "python" and may_have_magics(document, offset))) and (
        found := sql_at(document, offset, language, is_cell=in_notebook)
    ):
        return Region(
            found.masked,
            found.start,
            kind="notebook-cell",
            dialect=found.dialect,
            one_line=found.one_line,
            margin=found.margin,
        )
    if language == "python":
        return (
            None if in_notebook and not is_python(document) else _python_region(document, offset, cells_above)
        )
    region = _sql_region(document, offset)
    return evolve(region, kind="notebook-cell") if region is not None and in_notebook else region


def _sql_region(document: Document, offset: int) -> Region | None:
    window = sql_window(document, offset)
    if window is None:
        return None
    start, end = window
    text = document.slice(start, end)
    if inside_jinja(text, offset - start):
        return None
    return Region(mask_jinja(text), start)


def _python_region(document: Document, offset: int, cells_above: Sequence[Cell]) -> Region | None:
    region = find_region(document, offset)
    if region is None:
        return None
    of_polars = None
    if region.sink in ("sql", "execute"):
        of_polars = polars_call(document, region.literal.start, code_of_cells(cells_above))
    # Of the dialects there are, that of polars is nearest to PostgreSQL's.
    dialect = "postgres" if of_polars else ""
    return Region(region.masked, region.span.start, region, "python-string", dialect, polars=of_polars)
