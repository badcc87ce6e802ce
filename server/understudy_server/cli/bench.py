"""understudy bench: what the product does, measured here and now."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from understudy_knowledge.errors import NothingToDoError
from understudy_server.bench.context import PARTS

if TYPE_CHECKING:
    from understudy_server.bench.part import Part


@click.group()
def bench() -> None:
    """Measure what Understudy does, on this machine."""


@bench.command("context")
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Folder of the data bundles; otherwise the one that UNDERSTUDY_DATA names.",
)
@click.option("--only", multiple=True, type=click.Choice(PARTS), help="Only this part; may be repeated.")
@click.option("--limit", type=click.IntRange(min=1), help="At most this many items of each part.")
@click.option(
    "--seed", type=int, default=0, show_default=True, help="What is drawn at random is drawn by it."
)
@click.option(
    "--json", "json_file", type=click.Path(path_type=Path, dir_okay=False), help="Write the figures here."
)
def context_bench(
    data: Path | None, only: tuple[str, ...], limit: int | None, seed: int, json_file: Path | None
) -> None:
    """Measure the query context: right at how many cursors, and what a keystroke costs."""
    from understudy_server.bench.context import measurement
    from understudy_server.bench.part import Terms
    from understudy_server.cli.terminal import answers, warn

    named = os.environ.get("UNDERSTUDY_DATA")
    terms = Terms(
        data or (Path(named) if named else None), seed, limit, lambda said: click.echo(said, err=True)
    )
    figures: dict[str, Any] = {}
    for name in only or PARTS:
        try:
            part = measurement(name)(terms)
        except NothingToDoError as error:
            if only:
                raise
            warn([str(error)])
            continue
        figures[name] = part.figures
        answers().print(_table(part))
    if json_file is not None:
        json_file.write_text(json.dumps(figures, indent=2), encoding="utf-8")


def _table(part: "Part") -> Any:
    from rich.markup import escape
    from rich.table import Table

    from understudy_server.cli.terminal import answers, tick

    table = Table("what", "measured", "goal", title=part.title)
    for line in part.lines:
        mark = "" if line.met is None else f" {tick(line.met, answers())}"
        table.add_row(escape(line.what), escape(line.measured), escape(line.goal) + mark)
    return table
