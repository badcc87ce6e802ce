"""understudy knowledge edit: a person's own words in a case, measured anew before they enter a prompt."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from understudy_server.cli.opened_store import opened_store
from understudy_server.cli.options import json_option, print_json, root_option
from understudy_server.cli.root import find_root

if TYPE_CHECKING:
    from understudy_server.cli.editing import Edit


@click.command("edit")
@click.argument("case_id", metavar="ID")
@click.option(
    "--set",
    "assigned",
    multiple=True,
    metavar="FIELD=VALUE",
    help="Change a field without an editor: question, explanation, or notes (may be given once for each note).",
)
@root_option
@json_option
def edit_command(case_id: str, assigned: tuple[str, ...], root: Path | None, as_json: bool) -> None:
    """Change a case's question, explanation or notes in $EDITOR. It enters prompts again once `knowledge verify` measured it."""
    from understudy_server.cli.editing import apply, as_text, from_assignments, from_text
    from understudy_server.project import Project

    with opened_store(root, read_only=False) as store:
        case = store.case(case_id)
        edit: Edit | None
        if assigned:
            edit = from_assignments(case, assigned)
        else:
            text = click.edit(as_text(case), extension=".yaml")
            edit = from_text(text) if text is not None else None
        catalog = Project.open(find_root(root)).catalog
        changed = apply(store, case, edit, catalog) if edit is not None else None
    if as_json:
        fields = list(changed.edited) if changed else []
        print_json({"id": case.id, "changed": changed is not None, "edited": fields})
    elif changed is None:
        click.echo(f"{case.id} stays as it is.")
    else:
        click.echo(
            f"{case.id} waits in quarantine; `understudy knowledge verify` measures whether it helps as it is now."
        )
