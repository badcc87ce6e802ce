"""understudy demo: the whole product on the example project, with the embedded backends, in a scratch folder."""

from pathlib import Path

import click

from understudy_server.cli.options import json_option, print_json
from understudy_server.cli.stopping import StoppedError, run_stoppable


@click.command()
@click.option(
    "--out",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where the copy of the examples and the report go; otherwise a folder of the user's cache.",
)
@json_option
def demo(out: Path | None, as_json: bool) -> None:
    """Learn from the example project and show what its held-out questions gain. Needs no model and no network."""
    # Imported here: `understudy --help` needs none of it.
    from attrs import evolve

    from understudy_server.cli import figures
    from understudy_server.cli.example_project import demo_folder, fresh_copy
    from understudy_server.cli.exploration import Exploration
    from understudy_server.cli.progress import shown
    from understudy_server.cli.runs import Wish
    from understudy_server.cli.side_by_side import choose, show_side_by_side
    from understudy_server.cli.terminal import answers, warn
    from understudy_server.project import Project
    from understudy_server.workspace import alone

    parent = demo_folder(out)
    busy = f"another demo is under way in {parent}; wait for it, or name another folder with --out"
    with alone(parent / "demo.lock", busy):
        folder = fresh_copy(parent)
        # An empty table instead of None: the demo is the same whatever an editor hands down through the environment.
        project = Project.open(folder, {}, strict=True)
        with shown(as_lines_of_json=False) as progress:
            exploration = Exploration(
                project, Wish(), progress.update, lambda note: warn([note]), title="Lantern Street Coffee"
            )
            try:
                explored = run_stoppable(exploration.run())
            except StoppedError:
                raise StoppedError(
                    f"Stopped. Everything done so far is kept; `understudy distill --resume -C {folder}` goes on."
                ) from None
            finally:
                project.close()
        report = explored.report.replace(folder.parent / "report.html")
        explored = evolve(explored, report=report)
    chosen = choose(explored.figures.held_out)
    if as_json:
        print_json({**figures.as_json(explored), "shown": [item.example_id for item in chosen]})
        return
    console = answers()
    show_side_by_side(chosen, explored, console)
    console.print(figures.table(explored))
    console.print(figures.verdict(explored))
    console.print(f"Report: {report}", soft_wrap=True, markup=False)
