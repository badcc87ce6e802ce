"""The catalog of a workspace: its database, if one is configured, and the DDL files that lie in it."""

import os
from collections.abc import Iterator, Sequence
from fnmatch import fnmatch
from pathlib import Path

from attrs import evolve

from understudy_knowledge.catalog.ddl import describes_tables, read_open_ddl, resolve_references
from understudy_knowledge.catalog.merge import merge
from understudy_knowledge.catalog.model import Catalog
from understudy_knowledge.catalog.sqlite import read_sqlite
from understudy_knowledge.errors import DataSourceError

FILE_BYTES = 2 * 1024 * 1024
FILES = 2_000
_SKIPPED_FOLDERS = frozenset(
    {"node_modules", "__pycache__", "venv", "env", "site-packages", "build", "dist", "target"}
)


def discover(
    root: Path, *, database: Path | None = None, dialect: str = "sqlite", exclude: Sequence[str] = ()
) -> Catalog:
    """What the workspace at `root` says of its data: the live `database` first, filled up from its DDL files.

    `exclude` holds patterns (`archive/*`, `*.dump.sql`) matched against paths relative to `root`, with forward slashes.
    Never raises for a source that cannot be read: each adds one sentence to the notes and the rest goes on.
    """
    merged = _read_database(database, dialect)
    notes: list[str] = []
    files = 0
    for path in _sql_files(root, exclude):
        files += 1
        if files > FILES:
            notes.append(
                f"{root} holds more than {FILES} SQL files; the rest is not read, exclude folders to choose which."
            )
            break
        name = path.relative_to(root).as_posix()
        try:
            if path.stat().st_size > FILE_BYTES:
                notes.append(f"{name} is larger than {FILE_BYTES // 1024**2} MB and is not read as DDL.")
                continue
            text = path.read_text("utf-8-sig", errors="replace")
        except OSError as error:
            notes.append(f"{name} cannot be read ({error.strerror or error}).")
            continue
        if describes_tables(text):
            merged = merge(merged, read_open_ddl(text, dialect=dialect, source=name, known=merged))
    return evolve(merged, tables=resolve_references(merged.tables), notes=(*merged.notes, *notes))


def _read_database(database: Path | None, dialect: str) -> Catalog:
    if database is None:
        return Catalog(dialect=dialect)
    try:
        return read_sqlite(database)
    except DataSourceError as error:
        return Catalog(dialect=dialect, notes=(str(error),))


def _sql_files(root: Path, exclude: Sequence[str]) -> Iterator[Path]:
    """SQL files below `root` in a stable order; links that lead out of it are not followed."""
    top = root.resolve()
    for folder, folders, names in os.walk(root):
        here = Path(folder)
        folders[:] = sorted(name for name in folders if not _skipped(here / name, root, exclude))
        for name in sorted(names):
            path = here / name
            if (
                name.lower().endswith(".sql")
                and not name.startswith(".")
                and not _excluded(path, root, exclude)
            ):
                if path.is_symlink() and not path.resolve().is_relative_to(top):
                    continue
                if path.is_file():
                    yield path


def _skipped(folder: Path, root: Path, exclude: Sequence[str]) -> bool:
    return (
        folder.name.startswith(".")
        or folder.name in _SKIPPED_FOLDERS
        or (folder / "pyvenv.cfg").exists()
        or _excluded(folder, root, exclude)
    )


def _excluded(path: Path, root: Path, exclude: Sequence[str]) -> bool:
    relative = path.relative_to(root).as_posix()
    return any(
        fnmatch(relative, pattern.rstrip("/")) or fnmatch(relative, pattern.rstrip("/") + "/*")
        for pattern in exclude
    )
