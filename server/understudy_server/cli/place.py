"""FILE:LINE:COL on the command line. Lines and columns are 1-based, columns code points.

In a notebook a place is NOTEBOOK.ipynb:CELL:LINE:COL; its cells count from 1, those of Markdown among them.
"""

import re
from pathlib import Path
from typing import Any

import click
from attrs import frozen

# Greedy, so that the colon of a Windows drive stays with the path.
_PLACE = re.compile(r"(?P<path>.+):(?P<line>\d+):(?P<column>\d+)", re.DOTALL)
_PLACE_IN_CELL = re.compile(
    r"(?P<path>.+\.ipynb):(?P<cell>\d+):(?P<line>\d+):(?P<column>\d+)", re.DOTALL | re.IGNORECASE
)


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
