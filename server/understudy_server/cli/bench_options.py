"""The options that measurements share."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

_Command = TypeVar("_Command", bound=Callable[..., Any])


def bounded(command: _Command) -> _Command:
    """The options that every measurement has."""
    for option in (
        click.option("--limit", type=click.IntRange(min=1), help="At most this many items of each part."),
        click.option(
            "--seed", type=int, default=0, show_default=True, help="What is drawn at random is drawn by it."
        ),
        click.option(
            "--json",
            "json_file",
            type=click.Path(path_type=Path, dir_okay=False),
            help="Write the figures here.",
        ),
    ):
        command = option(command)
    return command


def in_parts(names: Sequence[str]) -> Callable[[_Command], _Command]:
    """The options of a measurement that has several parts, all of them measured unless some are named."""

    def with_options(command: _Command) -> _Command:
        for option in (
            click.option(
                "--only", multiple=True, type=click.Choice(names), help="Only this part; may be repeated."
            ),
            click.option(
                "--data",
                type=click.Path(path_type=Path, file_okay=False, exists=True),
                help="Folder of the data bundles; otherwise the one that UNDERSTUDY_DATA names.",
            ),
        ):
            command = option(command)
        return bounded(command)

    return with_options


def data_folder(named: Path | None) -> Path | None:
    """The folder of the data bundles, if anything names one."""
    in_environment = os.environ.get("UNDERSTUDY_DATA")
    return named or (Path(in_environment) if in_environment else None)
