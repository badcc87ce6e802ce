"""The way in and out of every command: lazy imports, and the one place where an error becomes a sentence and a status."""

import logging
import sys
from collections.abc import Mapping
from importlib import import_module
from io import TextIOWrapper
from typing import Any

import click

from understudy_knowledge.errors import UnderstudyError
from understudy_server.cli.stopping import StoppedError

_BAD_INPUT, _STOPPED = 2, 130


class Commands(click.Group):
    """A group whose commands are attributes of their own name in the modules given."""

    def __init__(self, name: str, *, modules: Mapping[str, str], **settings: Any) -> None:
        super().__init__(name, **settings)
        self._modules = modules

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Their names."""
        return sorted(self._modules)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, imported now."""
        if cmd_name not in self._modules:
            return None
        command = getattr(import_module(self._modules[cmd_name]), cmd_name)
        assert isinstance(command, click.Command)
        return command

    def main(self, *args: Any, **settings: Any) -> Any:
        """Run a command and leave. What a user can mend is one line on stderr and status 2; a bug keeps its traceback."""
        for stream in (sys.stdout, sys.stderr):
            # A console that cannot write a character (Windows' code pages) shows "?" instead of a traceback.
            if isinstance(stream, TextIOWrapper):
                stream.reconfigure(errors="replace")
        # It warns of every statement that it reads as mere words, which no user can mend.
        logging.getLogger("sqlglot").setLevel(logging.ERROR)
        settings = {"prog_name": "understudy", **settings, "standalone_mode": False}
        try:
            status = super().main(*args, **settings)
        except click.exceptions.NoArgsIsHelpError as error:
            click.echo(error.format_message(), err=True)
            sys.exit(_BAD_INPUT)
        except click.ClickException as error:
            _say(error.format_message())
            sys.exit(_BAD_INPUT)
        except UnderstudyError as error:
            _say(str(error))
            sys.exit(_BAD_INPUT)
        except StoppedError as error:
            click.echo(str(error), err=True)
            sys.exit(_STOPPED)
        except (KeyboardInterrupt, click.Abort):
            click.echo("Stopped.", err=True)
            sys.exit(_STOPPED)
        except BrokenPipeError:
            # Whoever read our output has seen enough; Python would complain once more when it closes stdout.
            sys.stdout = None
            sys.exit(0)
        sys.exit(status if isinstance(status, int) else 0)


def _say(message: str) -> None:
    """The sentence, on one line whatever is quoted in it."""
    sentence = " ".join(message.split())
    click.echo(f"understudy: {sentence if sentence.endswith(('.', '?', '!')) else sentence + '.'}", err=True)
