"""understudy distill: exploration on the project's own examples, cancellable and resumable."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from attrs import asdict

from understudy_knowledge.errors import UnderstudyError
from understudy_server.cli.options import json_option, print_json, root_option
from understudy_server.cli.root import find_root
from understudy_server.cli.stopping import StoppedError, run_stoppable

if TYPE_CHECKING:
    from understudy_server.cli.exploration import Exploration
    from understudy_server.cli.runs import Wish
    from understudy_server.project import Project

_STOPPED = "Stopped. Everything done so far is kept; `understudy distill --resume` goes on."


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH|FILE:LINE]...")
@root_option
@click.option("--budget", type=click.IntRange(min=1), help="Teacher calls the run may make.")
@click.option("--tokens", type=click.IntRange(min=1), help="Tokens of the teacher the run may take.")
@click.option(
    "--money",
    type=click.FloatRange(min=0, min_open=True),
    help="What the teacher may cost, by the prices in the settings.",
)
@click.option(
    "--minutes", type=click.FloatRange(min=0, min_open=True), help="How long the run may be worked on."
)
@click.option("--turns", type=click.IntRange(min=1), help="Plans the teacher may make for one example.")
@click.option("--seed", type=int, help="Chooses which examples are held out.")
@click.option(
    "--engine", type=click.Choice(["local"]), default="local", help="Where the examples are explored."
)
@click.option("--resume", is_flag=True, help="Go on with the last run if it was cut off.")
@click.option("--estimate", is_flag=True, help="Only say what the run may take of the teacher at most.")
@json_option
@click.option("--progress-json", is_flag=True, help="Print progress and result as JSON, one object a line.")
def distill(
    paths: tuple[str, ...],
    root: Path | None,
    budget: int | None,
    tokens: int | None,
    money: float | None,
    minutes: float | None,
    turns: int | None,
    seed: int | None,
    engine: str,
    resume: bool,
    estimate: bool,
    as_json: bool,
    progress_json: bool,
) -> None:
    """Explore the project's examples with the teacher and keep the lessons that help.

    PATHs narrow which of the project's files and folders are mined. FILE:LINE and FILE:FIRST-LAST, in a notebook
    NOTEBOOK.ipynb:CELL:LINE, teach from the examples there alone.
    """
    # Imported here: `understudy --help` needs none of it.
    from understudy_knowledge.teaching.purse import Allowance, TimeOverError
    from understudy_server.cli import figures
    from understudy_server.cli.exploration import Exploration
    from understudy_server.cli.parts import part_of, scope
    from understudy_server.cli.progress import print_event, shown
    from understudy_server.cli.runs import Wish
    from understudy_server.cli.terminal import answers, warn
    from understudy_server.project import Project

    assert engine == "local", "the only engine there is"
    try:
        parts = [part_of(path) for path in paths]
        folder = find_root(root, parts[0].path if parts else None)
        narrowed = scope(folder, parts)
        allowance = Allowance(budget, tokens, money, minutes)
        wish = Wish(narrowed.paths, narrowed.only, allowance, turns, seed, resume)
        project = Project.open(folder, strict=True)
        if estimate:
            _estimate(project, wish, as_json=as_json)
            return
        with shown(as_lines_of_json=progress_json) as progress:
            exploration = Exploration(project, wish, progress.update, lambda note: warn([note]))
            try:
                explored = run_stoppable(exploration.run())
            except StoppedError:
                if progress_json:
                    print_event("done", result=_cut_off(exploration, _STOPPED))
                elif as_json:
                    print_json(_cut_off(exploration, _STOPPED))
                raise StoppedError(_STOPPED) from None
            except TimeOverError as over:
                if progress_json:
                    print_event("done", result=_cut_off(exploration, str(over)))
                elif as_json:
                    print_json(_cut_off(exploration, str(over)))
                else:
                    warn([str(over)])
                return
            finally:
                project.close()
    except UnderstudyError as error:
        if progress_json:
            print_event("done", result=_nothing("failed", str(error)))
        raise
    if progress_json:
        print_event("done", result=figures.as_json(explored))
    elif as_json:
        print_json(figures.as_json(explored))
    else:
        console = answers()
        console.print(figures.table(explored))
        console.print(figures.verdict(explored))
        console.print(f"Report: {explored.report}", soft_wrap=True, markup=False)


def _estimate(project: "Project", wish: "Wish", *, as_json: bool) -> None:
    """Print what the run may take; nothing else is done."""
    from understudy_server.cli.estimate import estimate_of

    try:
        found = run_stoppable(estimate_of(project, wish))
    finally:
        project.close()
    if as_json:
        print_json(found.as_json())
    else:
        click.echo(found.words())


def _cut_off(exploration: "Exploration", message: str) -> dict[str, Any]:
    """The result of a run that is not over."""
    so_far = exploration.so_far()
    spending = exploration.spending
    spent = {"teacher": spending.as_json()} if spending is not None else {}
    return {**_nothing("cancelled", message), **asdict(so_far), **spent}


def _nothing(status: str, message: str) -> dict[str, Any]:
    return {
        "status": status,
        "message": message,
        "tried": 0,
        "admitted": 0,
        "refused": 0,
        "held_out": {"n": 0, "before": 0, "after": 0},
        "report": None,
    }
