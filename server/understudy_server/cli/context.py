"""understudy context: what is known at one place of a file."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from understudy_knowledge.errors import NothingToDoError
from understudy_server.cli.options import json_option, print_json, root_option
from understudy_server.cli.place import Opened, Place, PlaceType, open_place
from understudy_server.cli.root import find_root

if TYPE_CHECKING:
    from understudy_server.context.query_context import QueryContext
    from understudy_server.project import Project


@click.command()
@click.argument("place", type=PlaceType())
@root_option
@json_option
def context(place: Place, root: Path | None, as_json: bool) -> None:
    """Show the query context at a place; lines and columns count from 1."""
    from attrs import asdict
    from rich.markup import escape
    from rich.table import Table

    from understudy_server.cli.terminal import answers, warn

    opened = open_place(place)
    project = project_at(place, root)
    found = context_in(project, opened, place)
    warn(project.notes)
    if as_json:
        print_json(asdict(found))
        return
    relations = ", ".join(
        each.name if each.table in (None, each.name) else f"{each.name} ({each.table})"
        for each in found.relations
    )
    rows = Table(show_header=False)
    rows.add_column(style="bold", no_wrap=True)
    rows.add_column(overflow="fold")
    for name, value in (
        ("region", found.region),
        ("dialect", found.dialect),
        ("clause", found.clause),
        ("question", f"{found.question.text} ({found.question.source})" if found.question.text else "-"),
        ("relations", relations or "-"),
        ("before the cursor", found.prefix or "-"),
        ("after the cursor", found.suffix or "-"),
    ):
        rows.add_row(name, escape(value))
    answers().print(rows)


def project_at(place: Place, root: Path | None) -> "Project":
    """The project around a place. Raises ConfigurationError; what else cannot be read goes to its notes."""
    from understudy_server.config import load_settings
    from understudy_server.project import Project

    folder = find_root(root, place.path)
    return Project(folder, load_settings(folder))


def context_in(project: "Project", opened: Opened, place: Place) -> "QueryContext":
    """What is known at the place. Raises NothingToDoError where SQL has no place."""
    from understudy_server.context.extract import extract

    found = extract(
        opened.document,
        opened.offset,
        language=opened.language,
        catalog=project.catalog,
        dialect=project.dialect_hints,
    )
    if found is None:
        raise NothingToDoError(
            f"{place} is no place for SQL: it is in a comment, a template tag, or Python code outside of a query"
        )
    return found
