"""understudy student: start vLLM for the student with the recommended flags, or print the command."""

import shlex
import shutil
import sys
from pathlib import Path

import click

from understudy_server.cli.options import json_option, print_json


@click.command(context_settings={"ignore_unknown_options": True})
@click.option(
    "--model", default="", metavar="ID", help="The model to serve; otherwise the GPU's memory decides."
)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65_535))
@click.option(
    "--vllm", "executable", metavar="PATH", help="The vllm command; otherwise the one that is installed."
)
@click.option(
    "--api-key-env",
    "key_variable",
    default="",
    metavar="NAME",
    help="Environment variable of the key to ask for.",
)
@click.option("--print", "only_print", is_flag=True, help="Print the command and start nothing.")
@json_option
@click.argument("extra", nargs=-1, type=click.UNPROCESSED, metavar="[-- VLLM FLAGS…]")
def student(
    model: str,
    port: int,
    executable: str | None,
    key_variable: str,
    only_print: bool,
    as_json: bool,
    extra: tuple[str, ...],
) -> None:
    """Start vLLM for the student on this machine's GPU, until you stop it. Where it cannot run, print the command and why."""
    from attrs import evolve

    from understudy_knowledge.errors import ConfigurationError
    from understudy_knowledge.models.vllm.launch import configuration_for, gpus_in, launch_for
    from understudy_server.cli.student_child import key_of, nvidia_listing, serve_until_stopped

    if executable is not None and not Path(executable).is_file():
        raise ConfigurationError(f"{executable} is not a file; --vllm names the vllm command")
    found = executable or shutil.which("vllm") or _beside_python()
    launch = launch_for(
        gpus_in(nvidia_listing()), executable=found or "vllm", model=model, port=port, extra=extra
    )
    if not launch.obstacle and found is None:
        launch = evolve(
            launch,
            obstacle="vLLM is not installed here; run `pip install vllm` in an environment of its own and name it with --vllm",
        )
    configuration = configuration_for(launch, port, key_variable)
    starting = not only_print and not launch.obstacle
    environment = launch.environment | (key_of(key_variable) if key_variable and starting else {})

    def say(started: bool) -> None:
        if as_json:
            print_json(
                {
                    "started": started,
                    "model": launch.model,
                    "command": list(launch.command),
                    "environment": launch.environment,
                    "gpu": launch.gpu and launch.gpu.name,
                    "obstacle": launch.obstacle,
                    "configuration": configuration,
                }
            )
            return
        if not started:
            settings = " ".join(f"{name}={shlex.quote(value)}" for name, value in launch.environment.items())
            click.echo(f"{settings} {shlex.join(launch.command)}")
            click.echo()
        click.echo("# understudy.toml")
        click.echo(configuration)

    if not starting:
        if launch.obstacle:
            click.echo(f"understudy: {launch.obstacle}.", err=True)
        say(started=False)
        return
    serve_until_stopped(launch.command, environment, port, lambda: say(started=True))


def _beside_python() -> str | None:
    """The command of the environment that this runs in, which need not be on the path."""
    beside = Path(sys.executable).with_name("vllm")
    return str(beside) if beside.is_file() else None
