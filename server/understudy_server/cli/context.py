"""understudy context: what is known at one place of a file."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from understudy_knowledge.errors import NothingToDoError
from understudy_server.cli.options import json_option, print_json, root_option
from understudy_server.cli.place import Place, PlaceType
from understudy_server.cli.root import find_root

if TYPE_CHECKING:
    from collections.abc import Sequence

    from understudy_server.cli.opened import Opened
    from understudy_server.context.query_context import QueryContext, Question, VisibleRelation
    from understudy_server.project import Project

_MOST_NAMES = 12


@click.command()
@click.argument("place", type=PlaceType())
@root_option
@json_option
def context(place: Place, root: Path | None, as_json: bool) -> None:
    """Show the query context at a place; lines and columns count from 1.

    In a notebook a place is NOTEBOOK.ipynb:CELL:LINE:COL; cells count from 1, those of Markdown among them.
    """
    from attrs import asdict, fields
    from rich.markup import escape
    from rich.table import Table

    from understudy_server.cli.opened import open_place
    from understudy_server.cli.terminal import answers, warn
    from understudy_server.context.query_context import QueryContext

    opened = open_place(place)
    project = project_at(place, root)
    found = context_in(project, opened, place)
    warn(project.notes)
    if as_json:
        print_json(asdict(found, filter=lambda field, _: field != fields(QueryContext).tables))
        return
    rows = Table(show_header=False)
    rows.add_column(style="bold", no_wrap=True)
    rows.add_column(overflow="fold")
    for name, value in (
        ("region", found.region),
        ("dialect", f"{found.dialect} ({found.dialect_source})" if found.dialect else "-"),
        ("clause", found.clause),
        ("question", _asked(found.question, opened)),
        ("relations", "\n".join(map(_shown, found.relations)) or "-"),
        ("given", _listed(found.given) or "-"),
        ("windows", ", ".join(found.windows) or "-"),
        ("before the cursor", found.prefix or "-"),
        ("after the cursor", found.suffix or "-"),
    ):
        rows.add_row(name, escape(value))
    answers().print(rows)


def _shown(relation: "VisibleRelation") -> str:
    """A relation as it is referred to, and what it is: its table, else its kind; and the columns that are known."""
    is_table = relation.table is not None or relation.kind == "table"
    kind = (relation.table or relation.name) if is_table else relation.kind
    if relation.columns:
        return f"{relation.name} ({kind}: {_listed(relation.columns)})"
    return relation.name if kind == relation.name else f"{relation.name} ({kind})"


def _listed(names: "Sequence[str]") -> str:
    """The first of the names, and how many are left out."""
    rest = len(names) - _MOST_NAMES
    # One more name takes no more room than saying that there is one more.
    return ", ".join(names) if rest < 2 else f"{', '.join(names[:_MOST_NAMES])}, … {rest} more"


def _asked(question: "Question", opened: "Opened") -> str:
    """The question, and where it stands, as a place that may be given to this command."""
    if not question.text:
        return "-"
    said = f"{question.text} ({question.source})"
    document = next(
        (cell.document for cell in opened.cells_above or () if cell.document.name == question.document),
        opened.document,
    )
    if question.span is None or question.document not in ("", document.name):
        return said
    line, column = document.position_at(question.span.start, "utf-32")
    name = f"{question.document}:" if question.document else ""
    return f"{said} at {name}{line + 1}:{column + 1}"


def project_at(place: Place, root: Path | None) -> "Project":
    """The project around a place. Raises ConfigurationError; what else cannot be read goes to its notes."""
    from understudy_server.config import load_settings
    from understudy_server.project import Project

    folder = find_root(root, place.path)
    return Project(folder, load_settings(folder))


def context_in(project: "Project", opened: "Opened", place: Place) -> "QueryContext":
    """What is known at the place. Raises NothingToDoError where SQL has no place."""
    from understudy_server.context.extract import extract

    found = extract(
        opened.document,
        opened.offset,
        language=opened.language,
        catalog=project.catalog,
        dialect=project.dialect_hints,
        cells_above=opened.cells_above,
    )
    if found is None:
        raise NothingToDoError(f"{place} is no place for SQL: it is in a comment or a template tag")
    return found
