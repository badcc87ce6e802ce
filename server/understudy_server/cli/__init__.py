"""The command line."""

import click

from understudy_server.cli.serve import serve


@click.group()
@click.version_option(package_name="understudy")
def main() -> None:
    """Understudy: completion that learns from your own project."""


main.add_command(serve)
