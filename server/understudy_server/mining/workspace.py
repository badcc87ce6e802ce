"""The files of a workspace that mining reads, in a stable order; nothing outside of it, nothing generated."""

import os
from collections.abc import Iterator, Sequence
from fnmatch import fnmatch
from pathlib import Path

from understudy_knowledge.memory.records import Origin
from understudy_server.mining.mined import Skipped

MAX_FILE_BYTES = 2_000_000
_KINDS = {".sql": "sql", ".py": "python", ".ipynb": "notebook"}
_GENERATED = frozenset(
    ("node_modules", "__pycache__", "site-packages", "venv", "env", "build", "dist", "target", "dbt_packages")
)


def readable_files(root: Path, exclude: Sequence[str]) -> Iterator[tuple[str, bytes] | Skipped]:
    """(relative path with forward slashes, text) of each file, or why it cannot be read. A byte order mark is dropped.

    `exclude` are globs on the relative path of a file or folder.
    """
    inside = root.resolve()
    for folder, folders, names in os.walk(root):
        here = Path(folder)
        folders[:] = sorted(name for name in folders if _is_walked(root, here / name, exclude))
        for name in sorted(names):
            path = here / name
            relative = path.relative_to(root).as_posix()
            if (
                path.suffix.lower() in _KINDS
                and not name.startswith(".")
                and not _excluded(relative, exclude)
            ):
                yield _read(path, relative, inside)


def _is_walked(root: Path, folder: Path, exclude: Sequence[str]) -> bool:
    if folder.name.startswith(".") or folder.name in _GENERATED or (folder / "pyvenv.cfg").exists():
        return False
    return not _excluded(folder.relative_to(root).as_posix(), exclude)


def _excluded(relative: str, exclude: Sequence[str]) -> bool:
    return any(fnmatch(relative, pattern.rstrip("/")) for pattern in exclude)


def _read(path: Path, relative: str, inside: Path) -> tuple[str, bytes] | Skipped:
    kind = _KINDS[path.suffix.lower()]
    origin = Origin(relative, 1, 1, kind)  # type: ignore[arg-type]  # the table holds the kinds
    try:
        if path.is_symlink() and not path.resolve().is_relative_to(inside):
            return Skipped(origin, "is a link that leaves the workspace")
        if not path.is_file():
            return Skipped(origin, "is not a regular file")
        with path.open("rb") as file:
            text = file.read(MAX_FILE_BYTES + 1)
    except (OSError, RuntimeError) as error:
        return Skipped(origin, f"cannot be read: {getattr(error, 'strerror', None) or error}")
    if len(text) > MAX_FILE_BYTES:
        return Skipped(origin, f"is larger than {MAX_FILE_BYTES // 1_000_000} MB")
    text = text.removeprefix(b"\xef\xbb\xbf")
    try:
        text.decode("utf-8")
    except UnicodeDecodeError:
        return Skipped(origin, "is not UTF-8 text")
    if b"\0" in text:
        return Skipped(origin, "is binary")
    return relative, text
