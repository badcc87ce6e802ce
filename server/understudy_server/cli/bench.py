"""understudy bench: what the product does, measured here and now."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from attrs import field, frozen

from understudy_knowledge.errors import NothingToDoError
from understudy_server.bench.actions import PARTS as ACTION_PARTS
from understudy_server.bench.context import PARTS
from understudy_server.bench.latency import PARTS as LATENCY_PARTS
from understudy_server.bench.retrieval import PARTS as RETRIEVAL_PARTS
from understudy_server.cli.bench_options import data_folder, in_parts
from understudy_server.cli.bench_teach import teach

if TYPE_CHECKING:
    from understudy_knowledge.models.vllm.settings import TemplateChoice
    from understudy_server.bench.part import Measure, Part, Terms


@click.group()
def bench() -> None:
    """Measure what Understudy does, on this machine."""


bench.add_command(teach)


@bench.command("context")
@in_parts(PARTS)
def context_bench(
    data: Path | None, only: tuple[str, ...], limit: int | None, seed: int, json_file: Path | None
) -> None:
    """Measure the query context: right at how many cursors, and what a keystroke costs."""
    from understudy_server.bench.context import measurement
    from understudy_server.bench.part import Terms

    terms = Terms(data_folder(data), seed, limit, _say)
    _report([(name, measurement(name)) for name in only or PARTS], terms, json_file, strict=bool(only))


@bench.command("actions")
@in_parts(ACTION_PARTS)
def actions_bench(
    data: Path | None, only: tuple[str, ...], limit: int | None, seed: int, json_file: Path | None
) -> None:
    """Measure rewrites and diagnostics: answers kept, by execution; mistakes found, and no false alarm."""
    from understudy_server.bench.actions import measurement
    from understudy_server.bench.part import Terms

    terms = Terms(data_folder(data), seed, limit, _say)
    _report([(name, measurement(name)) for name in only or ACTION_PARTS], terms, json_file, strict=bool(only))


@bench.command("latency")
@click.option("--server", help="Base URL of the OpenAI-compatible server to measure against.")
@click.option("--model", help="The model's id there; otherwise the first one that it lists.")
@click.option("--api-key-env", help="Name of the environment variable that holds the server's key.")
@click.option(
    "--template",
    default="auto",
    show_default=True,
    help="How the model is asked, as in the setting of that name.",
)
@click.option(
    "--report",
    "page",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the performance page here, one HTML file that loads nothing.",
)
@in_parts(LATENCY_PARTS)
def latency_bench(
    server: str | None,
    model: str | None,
    api_key_env: str | None,
    template: "TemplateChoice",
    page: Path | None,
    data: Path | None,
    only: tuple[str, ...],
    limit: int | None,
    seed: int,
    json_file: Path | None,
) -> None:
    """Measure the way from a keystroke to a suggestion beside the raw request to the same server."""
    from understudy_knowledge.models.vllm import ServerSettings
    from understudy_server.bench.latency import measurement
    from understudy_server.bench.part import Terms

    settings = ServerSettings(server, model, api_key_env, template) if server else None
    terms = Terms(data_folder(data), seed, limit, _say, settings)
    measures = [(name, measurement(name)) for name in only or LATENCY_PARTS]
    measured = _report(measures, terms, json_file, strict=bool(only))
    if page is not None:
        from understudy_server.bench.latency.page import write_page

        write_page(page, measured.parts, terms, measured.left_out)


@bench.command("retrieval")
@click.option(
    "--sizes", multiple=True, type=click.IntRange(min=1), help="Measure at so many cases; may be repeated."
)
@in_parts(RETRIEVAL_PARTS)
def retrieval_bench(
    data: Path | None,
    sizes: tuple[int, ...],
    only: tuple[str, ...],
    limit: int | None,
    seed: int,
    json_file: Path | None,
) -> None:
    """Measure retrieval: how fast and how well the index answers at scale, and how often it finds the right skeleton."""
    from understudy_server.bench.part import Terms
    from understudy_server.bench.retrieval import measurement

    terms = Terms(data_folder(data), seed, limit, _say, sizes=sizes)
    _report(
        [(name, measurement(name)) for name in only or RETRIEVAL_PARTS], terms, json_file, strict=bool(only)
    )


def _say(said: str) -> None:
    click.echo(said, err=True)


@frozen
class _Measured:
    """What was measured, by name, and a sentence on each part that was not."""

    parts: "dict[str, Part]" = field(factory=dict)
    left_out: list[str] = field(factory=list)


def _report(
    parts: "Sequence[tuple[str, Measure]]", terms: "Terms", json_file: Path | None, *, strict: bool
) -> _Measured:
    """Measure each part and show its table; where one lacks what it needs the others go on, unless `strict`."""
    from understudy_server.cli.terminal import answers, warn

    measured = _Measured()
    for name, measure in parts:
        try:
            part = measure(terms)
        except NothingToDoError as error:
            if strict:
                raise
            warn([str(error)])
            measured.left_out.append(str(error))
            continue
        measured.parts[name] = part
        answers().print(_table(part))
    if json_file is not None:
        figures = {name: part.figures for name, part in measured.parts.items()}
        json_file.write_text(json.dumps(figures, indent=2), encoding="utf-8")
    return measured


def _table(part: "Part") -> Any:
    from rich.markup import escape
    from rich.table import Table

    from understudy_server.cli.terminal import answers, tick

    table = Table("what", "measured", "goal", title=part.title)
    for line in part.lines:
        mark = "" if line.met is None else f" {tick(line.met, answers())}"
        table.add_row(escape(line.what), escape(line.measured), escape(line.goal) + mark)
    return table
