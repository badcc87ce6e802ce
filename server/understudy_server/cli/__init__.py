"""The command line."""

import click


@click.group()
@click.version_option(package_name="understudy")
def main() -> None:
    """Understudy: completion that learns from your own project."""
