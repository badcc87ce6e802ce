"""The command line: which command lies in which file. A command is imported when it is asked for."""

import click

from understudy_server.cli.entry import Commands

main = Commands(
    "understudy",
    help="Understudy: completion that learns from your own project.",
    modules={
        name: f"understudy_server.cli.{name}"
        for name in (
            "bench",
            "complete",
            "context",
            "demo",
            "distill",
            "doctor",
            "knowledge",
            "report",
            "serve",
            "student",
        )
    },
)
click.version_option(package_name="understudy")(main)
