"""The command line: which command lies in which file. A command is imported when it is asked for."""

import click

from understudy_server.cli.entry import Commands

main = Commands(
    "understudy",
    help="Understudy: completion that learns from your own project.",
    modules={
        "demo": "understudy_server.cli.demo",
        "distill": "understudy_server.cli.distill",
        "serve": "understudy_server.cli.serve",
    },
)
click.version_option(package_name="understudy")(main)
