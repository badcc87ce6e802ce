"""understudy knowledge export and import: lessons for others, and from others."""

from pathlib import Path
from typing import Any

import click

from understudy_knowledge.errors import ConfigurationError
from understudy_server.cli.opened_store import opened_store
from understudy_server.cli.options import json_option, print_json, root_option
from understudy_server.cli.root import find_root


@click.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--sign-key",
    metavar="KEY",
    help="Sign the pack with this Ed25519 private key: a PEM or OpenSSH file, or the environment variable that holds one.",
)
@click.option(
    "--format",
    "wanted",
    type=click.Choice(["pack", "sft", "dpo", "traces", "repairs"]),
    default="pack",
    help="A pack, or training data as JSON lines in the formats that TRL reads.",
)
@root_option
@json_option
def export_command(file: Path, sign_key: str | None, wanted: str, root: Path | None, as_json: bool) -> None:
    """Write the admitted cases to FILE, a knowledge pack that another project can import, or what was learned as training data."""
    from understudy_server.cli.packing import export_pack, signing_key
    from understudy_server.cli.terminal import warn

    if wanted != "pack":
        if sign_key:
            raise ConfigurationError("only packs are signed; leave out --sign-key, or export a pack")
        rows = _training_data(file, wanted, root)
        print_json({"file": str(file), "rows": rows}) if as_json else click.echo(
            f"{rows} rows are in {file}."
        )
        return
    key = signing_key(sign_key) if sign_key else None
    with opened_store(root, read_only=True) as store:
        cases = list(store.cases("admitted"))
    version = cases[0].catalog_version if cases else ""
    done = export_pack(cases, file, key, version)
    if as_json:
        left_out = [{"id": case_id, "reason": why} for case_id, why in done.left_out]
        print_json(
            {"file": str(file), "cases": done.cases, "left_out": left_out, "signer": done.signer or None}
        )
        return
    warn(f"{case_id} was left out: {why}" for case_id, why in done.left_out)
    by = f"signed by {done.signer}" if done.signer else "unsigned"
    click.echo(f"{done.cases} cases are in {file}, {by}.")


def _training_data(file: Path, wanted: Any, root: Path | None) -> int:
    """Write the file; how many rows it has."""
    from understudy_server.cli.case_page import traces_in
    from understudy_server.cli.training import Taught, to_lines, usable
    from understudy_server.cli.writing import write_whole
    from understudy_server.project import Project

    folder = find_root(root)
    with opened_store(root, read_only=True) as store:
        cases, repairs = usable(store.cases()), store.repairs()
    project = Project.open(folder, strict=True)
    traces, tau = traces_in(folder / ".understudy" / "runs"), project.settings.distill.tau
    taught = Taught(cases, traces, project.catalog, repairs, tau)
    data, rows = to_lines(taught, wanted)
    write_whole(file, data)
    return rows


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--signed-by",
    metavar="KEY",
    help="Take the pack only with a signature of this Ed25519 public key: a PEM file, an OpenSSH one, or an environment variable.",
)
@click.option(
    "--allow-unsigned",
    is_flag=True,
    help="Take the pack from anyone, without a signature or with an unknown one.",
)
@root_option
@json_option
def import_command(
    file: Path, signed_by: str | None, allow_unsigned: bool, root: Path | None, as_json: bool
) -> None:
    """Take the cases of FILE into quarantine. None enters a prompt before it helps here: `knowledge verify` measures that."""
    from understudy_server.cli.packing import import_pack, open_pack, public_key
    from understudy_server.project import Project

    trusted = public_key(signed_by) if signed_by else None
    opened = open_pack(file, trusted, allow_unsigned=allow_unsigned)
    project = Project.open(find_root(root), strict=True)
    try:
        store = project.knowledge
        assert store is not None, "a strict project has a store or raises"
        new = import_pack(opened, store, project, file)
    finally:
        project.close()
    key = opened.signature.key
    if as_json:
        print_json(
            {
                "imported": [case.id for case in new],
                "known": len(opened.pack.cases) - len(new),
                "signer": key.fingerprint if key else None,
                "signer_known": opened.signature.known,
                "pack": opened.digest,
            }
        )
        return
    who = "an unknown key" if key and not opened.signature.known else key.fingerprint if key else "nobody"
    click.echo(
        f"{len(new)} of {len(opened.pack.cases)} cases are new and in quarantine; the pack is signed by {who}."
    )
    if new:
        click.echo("`understudy knowledge verify` measures here which of them help.")
