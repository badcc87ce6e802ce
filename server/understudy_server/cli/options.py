"""Options that several commands take, and how a command's answer is printed as JSON."""

import json
from pathlib import Path
from typing import Any

import click

root_option = click.option(
    "-C",
    "--root",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="The project's folder; otherwise the nearest one above that has settings, knowledge or a Git repository.",
)
json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON document and nothing else."
)


def print_json(value: Any) -> None:
    """One document, in ASCII so that any console takes it."""
    click.echo(json.dumps(value, indent=2, default=str))
