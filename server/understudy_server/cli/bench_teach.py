"""understudy bench teach: the same student with what was learned and without it, on questions that it was not taught."""

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import click

from understudy_knowledge.evaluation.tasks import TASKS, SplitBy
from understudy_server.bench.teach.arm_names import ARMS, DEFAULT_ARMS, DSPY_ARMS, EVERY_ARM
from understudy_server.bench.teach.legend import explained
from understudy_server.cli.bench_options import bounded, data_folder
from understudy_server.cli.stopping import StoppedError, run_stoppable

if TYPE_CHECKING:
    from rich.table import Table

    from understudy_knowledge.evaluation.tasks import Task

_FOLDER = click.Path(path_type=Path, file_okay=False, exists=True)


def _arms(context: click.Context, option: click.Parameter, value: str) -> tuple[str, ...]:
    """The arms named, each once, in the order named."""
    named = tuple(dict.fromkeys(name.strip() for name in value.split(",") if name.strip()))
    if named == EVERY_ARM:
        return named
    if named == ("help",):
        for name in (*ARMS, *DSPY_ARMS):
            click.echo(f"{name:16}{explained(name)}")
        context.exit()
    for name in named:
        if name not in (*ARMS, *DSPY_ARMS):
            raise click.BadParameter(
                f"{name!r} is no arm; the arms are all, {', '.join((*ARMS, *DSPY_ARMS))}"
            )
    return named or DEFAULT_ARMS


@click.command("teach")
@click.option(
    "--data",
    type=_FOLDER,
    help="Folder of a dataset, or of the bundles; otherwise the one that UNDERSTUDY_DATA names, else this project.",
)
@click.option("--memory", type=_FOLDER, help="Dataset to teach on, all of it, where it is another one.")
@click.option(
    "--arms",
    default=",".join(DEFAULT_ARMS),
    show_default=True,
    callback=_arms,
    help="Of all that there are; `--arms help` says what each is.",
)
@click.option(
    "--task", "tasks", multiple=True, type=click.Choice(TASKS), help="Only this task; may be repeated."
)
@click.option(
    "--turns",
    type=click.IntRange(min=1),
    help="Plans for one example: 4 on a dataset, as distill.turns says on this project.",
)
@click.option(
    "--siblings",
    type=click.IntRange(min=1),
    help="Trials behind one lift: 8 on a dataset, as distill.siblings says on this project.",
)
@click.option(
    "-k",
    "lessons",
    type=click.IntRange(min=1),
    help="Lessons in a prompt: 8 on a dataset, as completion.lessons says on this project.",
)
@click.option(
    "--neighbors",
    type=click.IntRange(min=0),
    help="Perturbed copies of the data to be right on: none on a dataset, as execution.neighbors says on this project.",
)
@click.option(
    "--evidence/--no-evidence", default=True, show_default=True, help="Give the dataset's own hints."
)
@click.option(
    "--split",
    type=click.Choice(get_args(SplitBy)),
    default="given",
    show_default=True,
    help="Sides as the dataset gives them, or whole query families, or whole databases, drawn by the seed.",
)
@click.option(
    "--seeds", type=click.IntRange(min=1), default=3, show_default=True, help="For arms that draw lots."
)
@click.option(
    "--tokens",
    type=click.IntRange(min=1),
    help="Most tokens that the teacher may take while learning; on this project as distill.tokens says.",
)
@click.option(
    "--rollouts",
    type=click.IntRange(min=1),
    help="Most attempts of the student while learning. With either bound items are explored one after the other.",
)
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    default=2,
    show_default=True,
    help="Items worked on at once; processes, where no model server is the student.",
)
@click.option(
    "--report",
    "page",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the report here, one HTML file that loads nothing.",
)
@click.option("--rehearse", is_flag=True, help="Test on the taught items, each without its own query family.")
@click.option(
    "--runs",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(".understudy/bench"),
    show_default=True,
    help="Where the run is kept, so that the same command goes on where it was cut off.",
)
@bounded
def teach(
    data: Path | None,
    memory: Path | None,
    arms: tuple[str, ...],
    tasks: "tuple[Task, ...]",
    turns: int | None,
    siblings: int | None,
    lessons: int | None,
    neighbors: int | None,
    evidence: bool,
    split: SplitBy,
    seeds: int,
    tokens: int | None,
    rollouts: int | None,
    jobs: int,
    page: Path | None,
    rehearse: bool,
    runs: Path,
    limit: int | None,
    seed: int,
    json_file: Path | None,
) -> None:
    """Measure what lessons are worth: the same student with and without them, on questions that it was not taught."""
    from understudy_server.bench.teach.command import dataset_in, run_teach
    from understudy_server.bench.teach.page import write_page
    from understudy_server.bench.teach.settings import TeachSettings
    from understudy_server.bench.teach.terms import Wish
    from understudy_server.cli.progress import shown
    from understudy_server.cli.terminal import answers, warn

    tested = dataset_in(data_folder(data))
    settings = TeachSettings(
        taught=(dataset_in(memory) if memory else tested),
        tested=tested,
        arms=arms,
        tasks=tasks or TASKS,
        seed=seed,
        limit=limit,
        evidence=evidence,
        rehearse=rehearse,
        split=split,
        seeds=seeds,
        rollouts=rollouts,
        in_flight=jobs,
    )
    wish = Wish(turns, siblings, lessons, neighbors, tokens)
    with shown(as_lines_of_json=False) as progress:
        try:
            figures = run_stoppable(
                run_teach(settings, wish, runs.absolute(), progress.update, lambda said: warn([said]))
            )
        except StoppedError:
            raise StoppedError("Stopped. What was done is kept; the same command goes on.") from None
    warn(figures["refused"])
    answers().print(_table(figures))
    answers().print(_in_words(figures), markup=False, highlight=False)
    if page is not None:
        write_page(page, figures)
    if json_file is not None:
        json_file.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


def _table(figures: dict[str, Any]) -> "Table":
    """Arms down, sources across."""
    from rich.table import Table

    sources = list(dict.fromkeys(source for arm in figures["arms"].values() for source in arm["by_source"]))
    learned, skipped = figures["learned"], figures["refused_by_rule"]
    title = f"{learned['taught']} taught, {learned['cases'].get('admitted', 0)} lessons admitted"
    table = Table(
        "arm", "passed", *(_short(source) for source in sources), "ran", "against zero", title=title
    )
    for name, arm in figures["arms"].items():
        shares = [f"{part['passed']}/{part['n']}" for part in map(arm["by_source"].get, sources)]
        pair = figures["paired"].get(name)
        against = (
            f"{pair['points']:+} (+{pair['gained']} \u2212{pair['lost']}), p={pair['p']:.2g}" if pair else ""
        )
        table.add_row(name, f"{arm['passed']}/{arm['n']}", *shares, str(arm["valid"]), against)
    turns = ", ".join(f"{name} {count}" for name, count in learned["solved_by"].items())
    rules = ", ".join(f"{count} {rule}" for rule, count in skipped.items()) or "nothing"
    leaks = figures["leaks"]
    table.caption = (
        f"Taught items solved: {turns}. Skipped: {rules}. Of {leaks['checked']} lessons and instructions "
        f"{len(leaks['found'])} held a literal that only tested gold code has."
    )
    if figures["caution"]:
        table.caption += f" {figures['caution']}."
    return table


def _in_words(figures: dict[str, Any]) -> str:
    """What the arms are, and what the run says."""
    said = figures["summary"]
    arms = "\n".join(f"{name}: {explained(name)}" for name in figures["arms"])
    return "\n".join([arms, "", *said["cautions"], said["verdict"], said["next"]])


def _short(source: str) -> str:
    """A collection's name as far as the table has room for it."""
    return re.split(r"[ /(]", source, maxsplit=1)[0][:12]
