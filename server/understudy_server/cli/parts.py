"""Which part of a project a command line names: a file or folder, or lines as FILE:LINE and FILE:FIRST-LAST.

In a notebook lines are NOTEBOOK.ipynb:CELL:LINE; cells count from 1, those of Markdown among them.
"""

import re
from collections.abc import Sequence
from pathlib import Path

from attrs import frozen

from understudy_knowledge.errors import ConfigurationError
from understudy_server.mining import Lines

# Greedy, so that the colon of a Windows drive stays with the path.
_LINES = re.compile(r"(?P<path>.+):(?P<first>\d+)(?:-(?P<last>\d+))?", re.DOTALL)
_IN_CELL = re.compile(
    r"(?P<path>.+\.ipynb):(?P<cell>\d+):(?P<first>\d+)(?:-(?P<last>\d+))?", re.DOTALL | re.IGNORECASE
)


@frozen
class Part:
    """What one argument names. `lines` are first and last; None for all of the file or folder."""

    path: Path
    lines: tuple[int, int] | None = None
    cell: int = 0


@frozen
class Scope:
    """What all of them name: files and folders below the root, or lines of its files; nothing for all of it."""

    paths: tuple[str, ...] = ()
    only: tuple[Lines, ...] = ()


def part_of(argument: str) -> Part:
    """What is named; not looked at yet, but that what exists by that name is meant. Raises ConfigurationError."""
    found = _IN_CELL.fullmatch(argument) or _LINES.fullmatch(argument)
    if found is None or Path(argument).exists():
        return Part(Path(argument))
    groups = found.groupdict()
    path, first = Path(groups["path"]), int(groups["first"])
    if path.suffix.lower() == ".ipynb" and "cell" not in groups:
        raise ConfigurationError(
            f"{argument} names no line of a cell; in a notebook write {path}:CELL:LINE, cells count from 1"
        )
    return Part(path, (first, max(first, int(groups["last"] or first))), int(groups.get("cell") or 0))


def scope(root: Path, parts: Sequence[Part]) -> Scope:
    """The parts relative to the root. Raises ConfigurationError for what is not in it, and for files beside lines."""
    paths, only = [], []
    for part in parts:
        path = part.path
        if not path.exists():
            raise ConfigurationError(f"{path} does not exist; PATH names a file or folder of the project")
        if not path.resolve().is_relative_to(root):
            raise ConfigurationError(f"{path} lies outside of the project {root}; choose another with --root")
        relative = path.resolve().relative_to(root).as_posix()
        if part.lines is None:
            paths.append(relative)
        else:
            only.append(Lines(relative, *part.lines, part.cell))
    if paths and only:
        raise ConfigurationError(
            f"{paths[0]} is named whole beside the lines {only[0]}; name files and folders, or lines alone"
        )
    return Scope(() if "." in paths else tuple(paths), tuple(only))
