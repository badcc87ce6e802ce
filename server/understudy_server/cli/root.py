"""Which folder is the project: the nearest one upward that says so."""

from pathlib import Path

from understudy_knowledge.errors import ConfigurationError

_MARKS = ("understudy.toml", "pyproject.toml", ".understudy", ".git")


def find_root(named: Path | None, near: Path | None = None) -> Path:
    """The project's folder, absolute: `named` if given, else the nearest marked one at or above `near` or the current folder.

    Where none is marked it is the current folder, or the folder of `near` when that lies elsewhere. Raises ConfigurationError.
    """
    if named is not None:
        if not named.is_dir():
            raise ConfigurationError(f"{named} is not a folder; --root names the project's folder.")
        return named.resolve()
    here = Path.cwd()
    start = near.resolve() if near is not None else here
    start = start if start.is_dir() else start.parent
    for folder in (start, *start.parents):
        if any((folder / mark).exists() for mark in _MARKS):
            return folder
    return here if start.is_relative_to(here) else start
