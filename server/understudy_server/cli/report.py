"""understudy report: the HTML report of the last run, written anew from what is kept of it."""

from pathlib import Path

import click

from understudy_knowledge.errors import NothingToDoError
from understudy_server.cli.options import json_option, print_json, root_option
from understudy_server.cli.root import find_root


@click.command()
@root_option
@click.option("--open", "in_browser", is_flag=True, help="Open it in the browser.")
@click.option(
    "--ledger", is_flag=True, help="Print what the last run sent where instead, be it finished or not."
)
@json_option
def report(root: Path | None, in_browser: bool, ledger: bool, as_json: bool) -> None:
    """Write the report of the last finished run and print its path."""
    from understudy_server.report.html import write_report
    from understudy_server.report.latest import latest

    project = find_root(root)
    folder = project / ".understudy"
    if ledger:
        run = _begun(project)
        _show_ledger(run, folder / "runs" / f"{run}.ledger.jsonl", as_json=as_json)
        return
    last = latest(project)
    path = write_report(
        folder / "runs" / f"{last.run}.html",
        last.figures,
        last.cases,
        last.general,
        last.title,
        last.evidence,
    )
    if as_json:
        print_json({"report": str(path), "run": last.run})
    else:
        click.echo(str(path))
    if in_browser:
        click.launch(path.as_uri())


def _begun(root: Path) -> str:
    """The id of the last run, finished or not. Raises NothingToDoError where there is none."""
    from understudy_knowledge.memory.store import KnowledgeStore

    store_path = root / ".understudy" / "knowledge.db"
    run = None
    if store_path.is_file():
        with KnowledgeStore.open(store_path, read_only=True) as store:
            run = store.last_run()
    if run is None:
        raise NothingToDoError(f"{root} has no run to report on yet; run `understudy distill` there")
    return run.id


def _show_ledger(run: str, path: Path, *, as_json: bool) -> None:
    """The run's calls of models, oldest first. Raises NothingToDoError where it kept no ledger."""
    from attrs import asdict

    from understudy_knowledge.teaching.ledger_book import read_ledger
    from understudy_server.cli.ledger_table import ledger_table
    from understudy_server.cli.terminal import answers

    if not path.is_file():
        raise NothingToDoError(f"the run {run} kept no ledger; run `understudy distill` again")
    entries = read_ledger(path).entries
    if as_json:
        print_json({"run": run, "ledger": str(path), "calls": [asdict(entry) for entry in entries]})
    else:
        console = answers()
        console.print(ledger_table(entries))
        console.print(f"Prompts and answers: {path}", soft_wrap=True, markup=False)
