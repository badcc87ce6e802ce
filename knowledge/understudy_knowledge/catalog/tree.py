"""The files of a workspace, found by one walk that every kind of source shares."""

import os
from collections.abc import Iterator, Sequence
from fnmatch import fnmatch
from pathlib import Path

from attrs import frozen

MOST_FILES = 50_000
_SKIPPED_FOLDERS = frozenset(
    {"node_modules", "__pycache__", "venv", "env", "site-packages", "build", "dist", "target"}
)


@frozen
class Tree:
    """`paths` are relative to `root`, with forward slashes, folder by folder in the order of their names.

    Hidden files and folders, installed packages, build output, what `exclude` names, and links that lead out of the
    workspace are left out. A source that lies in a skipped folder (`target/manifest.json`) is found from its neighbors.
    """

    root: Path
    paths: tuple[str, ...] = ()
    dialect: str = "sqlite"
    """How DDL is read that does not say its dialect."""
    notes: tuple[str, ...] = ()

    def ending(self, *suffixes: str) -> Iterator[str]:
        """The paths that end in one of `suffixes`, whatever their case."""
        return (path for path in self.paths if path.lower().endswith(suffixes))


def walk(root: Path, *, dialect: str = "sqlite", exclude: Sequence[str] = ()) -> Tree:
    """The tree of the workspace at `root`, at most 50,000 files.

    `exclude` holds patterns (`archive/*`, `*.dump.sql`) matched against paths relative to `root`, with forward slashes.
    """
    paths: list[str] = []
    for path in _files(root, exclude):
        if len(paths) == MOST_FILES:
            note = f"{root} holds more than {MOST_FILES:,} files; the rest is not looked at, exclude folders to choose which."
            return Tree(root, tuple(paths), dialect, (note,))
        paths.append(path)
    return Tree(root, tuple(paths), dialect)


def _files(root: Path, exclude: Sequence[str]) -> Iterator[str]:
    top = root.resolve()
    for folder, folders, names in os.walk(root):
        here = Path(folder)
        within = here.relative_to(root).as_posix()
        prefix = "" if within == "." else f"{within}/"
        folders[:] = sorted(
            name for name in folders if not _skipped(here / name) and not _excluded(prefix + name, exclude)
        )
        for name in sorted(names):
            if name.startswith(".") or _excluded(prefix + name, exclude):
                continue
            path = here / name
            if path.is_symlink() and not path.resolve().is_relative_to(top):
                continue
            if path.is_file():
                yield prefix + name


def _skipped(folder: Path) -> bool:
    return folder.name.startswith(".") or folder.name in _SKIPPED_FOLDERS or (folder / "pyvenv.cfg").exists()


def _excluded(path: str, exclude: Sequence[str]) -> bool:
    return any(
        fnmatch(path, pattern.rstrip("/")) or fnmatch(path, pattern.rstrip("/") + "/*") for pattern in exclude
    )
