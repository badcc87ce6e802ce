"""The two consoles: answers on stdout, progress and notes on stderr. Knows which characters they can show."""

from collections.abc import Iterable

import click
from rich.console import Console

_PLAIN_WIDTH = 110


def answers() -> Console:
    """Where tables go. Without a terminal it is wide enough to be read in a file."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=_PLAIN_WIDTH)


def tick(passed: bool, console: Console) -> str:
    """A mark for a verdict that the console's encoding has."""
    if console.encoding.lower().startswith("utf"):
        return "[green]✓[/]" if passed else "[red]✗[/]"
    return "passed" if passed else "failed"


def warn(notes: Iterable[str]) -> None:
    """One line on stderr for each thing that could not be read while the rest goes on."""
    for note in notes:
        click.echo(f"understudy: {' '.join(note.split())}", err=True)
