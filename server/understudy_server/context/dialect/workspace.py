"""What the tools of a workspace say of its dialect: sqlfluff, dbt, SQLMesh, sqlc. Read once when a workspace is opened."""

import configparser
import re
import sys
from collections.abc import Callable, Iterator
from os import environ
from pathlib import Path
from typing import Any

import yaml

from understudy_server.context.dialect.names import dialect_named

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib  # type: ignore[import-not-found,unused-ignore]

_MAX_BYTES = 256 * 1024
_MAX_FOLDERS = 200
_TEMPLATE = re.compile(r"\{[{%#].*?[}%#]\}", re.DOTALL)


def workspace_dialects(root: Path) -> tuple[tuple[str, str], ...]:
    """(folder with forward slashes, dialect) of the root and two levels of folders in it, the innermost first.

    Reads a handful of small files. What is no such file, or cannot be read, says nothing.
    """
    found = []
    for folder in _folders(root):
        for name, read in _READERS.items():
            text = _text(folder / name)
            if text and (dialect := dialect_named(_said(read, text, folder))):
                found.append((folder.as_posix(), dialect))
                break
    return tuple(sorted(found, key=lambda each: -len(each[0])))


def _folders(root: Path) -> Iterator[Path]:
    seen = 0
    level = [root]
    for _ in range(3):
        inner: list[Path] = []
        for folder in level:
            seen += 1
            if seen > _MAX_FOLDERS:
                return
            yield folder
            try:
                children = sorted(
                    child for child in folder.iterdir() if child.is_dir() and child.name[0] not in "._"
                )
            except OSError:
                continue
            inner += [
                child
                for child in children
                if child.name not in ("node_modules", "target", "venv", "dbt_packages")
            ]
        level = inner


def _text(path: Path) -> str:
    """The file's text; empty when there is none, or one that is not small text."""
    try:
        return path.read_text("utf-8") if path.is_file() and path.stat().st_size <= _MAX_BYTES else ""
    except (OSError, UnicodeDecodeError):
        return ""


def _said(read: Callable[[str, Path], object], text: str, folder: Path) -> str:
    try:
        said = read(text, folder)
    # The files are someone else's; whatever is wrong with them, that tool will say so.
    except (
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        RecursionError,
        yaml.YAMLError,
        configparser.Error,
    ):
        return ""
    return said if isinstance(said, str) else ""


def _of_sqlfluff(text: str, folder: Path) -> object:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    parser.read_string(text)
    return parser["sqlfluff"]["dialect"]


def _of_pyproject(text: str, folder: Path) -> object:
    return tomllib.loads(text)["tool"]["sqlfluff"]["core"]["dialect"]


def _of_dbt(text: str, folder: Path) -> object:
    """The adapter of the project's profile in its target, from the project's profiles.yml or the user's."""
    name = _yaml(text)["profile"]
    for place in (folder, Path(environ.get("DBT_PROFILES_DIR") or Path.home() / ".dbt")):
        profiles = _text(place / "profiles.yml")
        profile = _yaml(profiles).get(name) if profiles else None
        if profile:
            outputs = profile["outputs"]
            target = profile.get("target", "default")
            return (outputs.get(target) or next(iter(outputs.values())))["type"]
    return ""


def _of_sqlmesh(text: str, folder: Path) -> object:
    return _yaml(text)["model_defaults"]["dialect"]


def _of_sqlc(text: str, folder: Path) -> object:
    config = _yaml(text)
    parts = config.get("sql") or config.get("packages")
    return parts[0]["engine"]


def _yaml(text: str) -> Any:
    """The document's table. Templates in it are no YAML, so each stands for a word."""
    return yaml.safe_load(_TEMPLATE.sub("_", text))


_READERS: dict[str, Callable[[str, Path], object]] = {
    ".sqlfluff": _of_sqlfluff,
    "pyproject.toml": _of_pyproject,
    "setup.cfg": _of_sqlfluff,
    "tox.ini": _of_sqlfluff,
    "dbt_project.yml": _of_dbt,
    "config.yaml": _of_sqlmesh,
    "sqlc.yaml": _of_sqlc,
    "sqlc.yml": _of_sqlc,
}
