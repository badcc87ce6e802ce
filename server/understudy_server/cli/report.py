"""understudy report: the HTML report of the last run, written anew from what is kept of it."""

from pathlib import Path

import click

from understudy_knowledge.errors import KnowledgeStoreError, NothingToDoError
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
    from cattrs.errors import BaseValidationError
    from cattrs.preconf.json import make_converter

    from understudy_knowledge.memory.store import KnowledgeStore
    from understudy_knowledge.teaching.ledger_book import read_ledger
    from understudy_knowledge.teaching.records import RunFigures
    from understudy_server.report.html import write_report

    project = find_root(root)
    folder = project / ".understudy"
    if not (folder / "knowledge.db").is_file():
        raise NothingToDoError(f"{project} has no run to report on yet; run `understudy distill` there")
    with KnowledgeStore.open(folder / "knowledge.db", read_only=True) as store:
        run, begun = store.last_run(finished=True), store.last_run()
        cases, general = store.cases(), store.general()
    if begun is None:
        raise NothingToDoError(f"{project} has no run to report on yet; run `understudy distill` there")
    if ledger:
        _show_ledger(begun.id, folder / "runs" / f"{begun.id}.ledger.jsonl", as_json=as_json)
        return
    if run is None or run.figures is None:
        raise NothingToDoError(
            f"the run {begun.id} was cut off before it had figures; `understudy distill --resume` goes on"
        )
    try:
        figures = make_converter().structure(run.figures, RunFigures)
    except (BaseValidationError, KeyError, TypeError, ValueError) as error:
        raise KnowledgeStoreError(
            f"the figures of run {run.id} are of another version; run `understudy distill` again"
        ) from error
    book = read_ledger(folder / "runs" / f"{run.id}.ledger.jsonl")
    path = write_report(
        folder / "runs" / f"{run.id}.html",
        figures,
        cases,
        general,
        project.name,
        settings=run.settings,
        ledger=book.entries,
    )
    if as_json:
        print_json({"report": str(path), "run": run.id})
    else:
        click.echo(str(path))
    if in_browser:
        click.launch(path.as_uri())


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
