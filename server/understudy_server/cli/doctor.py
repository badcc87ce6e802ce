"""understudy doctor: what is configured, reachable, sandboxed and indexed, each with the fix when it is not."""

from pathlib import Path

import click

from understudy_server.cli.options import json_option, print_json, root_option
from understudy_server.cli.root import find_root


@click.command()
@click.argument("folder", required=False, metavar="[DIR]", type=click.Path(path_type=Path))
@root_option
@json_option
def doctor(folder: Path | None, root: Path | None, as_json: bool) -> None:
    """Look into the project and say what works and what does not. Ends with status 1 when something is broken."""
    from attrs import asdict

    from understudy_server.cli.checks import examine

    project = find_root(root or folder)
    findings = examine(project)
    healthy = all(finding.state != "broken" for finding in findings)
    if as_json:
        print_json(
            {"healthy": healthy, "root": str(project), "findings": [asdict(finding) for finding in findings]}
        )
    else:
        click.echo(f"Project {project}")
        for finding in findings:
            click.echo(f"{finding.state:>6}  {finding.name}: {finding.message}")
            if finding.fix:
                click.echo(f"{'':>8}{'fix: '}{finding.fix}")
    if not healthy:
        raise click.exceptions.Exit(1)
