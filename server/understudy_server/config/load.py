"""Finds, reads and merges the sources of settings. Later sources win: pyproject.toml or understudy.toml, then the editor."""

import json
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from understudy_knowledge.errors import ConfigurationError
from understudy_server.config.place import Place
from understudy_server.config.settings import RetrievalSettings, Settings
from understudy_server.config.structure import structure

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib  # type: ignore[import-not-found,unused-ignore]

EDITOR = "the editor's settings"
_VARIABLE = "UNDERSTUDY_EDITOR_SETTINGS"


def load_settings(root: Path, editor: Mapping[str, Any] | None = None) -> Settings:
    """The settings of the workspace at `root`. Raises ConfigurationError with one sentence, file and line first.

    `understudy.toml` wins over `[tool.understudy]` in `pyproject.toml`: with both, the latter is not read. Where `editor` is
    None, a command that the language server started finds what the editor set in the environment.
    """
    root = root.absolute()
    if editor is None:
        editor = _handed_down()
    settings = Settings()
    for name, table in (("understudy.toml", ()), ("pyproject.toml", ("tool", "understudy"))):
        found = _read(root / name, table)
        if found is not None:
            place, values = found
            settings = structure(settings, values, place, root)
            break
    if editor is not None:
        if not isinstance(editor, Mapping):
            raise ConfigurationError(f"{EDITOR} must be a table, not {type(editor).__name__}.")
        settings = structure(settings, editor, Place(EDITOR), root)
    if settings.data.database is not None and settings.data.url is not None:
        raise ConfigurationError(
            "data.database and data.url contradict each other: name a file or a server, and remove the other."
        )
    _check_retrieval(settings.retrieval)
    return settings


def _check_retrieval(settings: RetrievalSettings) -> None:
    needed = {"server": ("base_url", settings.base_url), "folder": ("folder", settings.folder)}
    name, value = needed.get(settings.embedding, ("", ""))
    if value is None:
        raise ConfigurationError(
            f'retrieval.embedding is "{settings.embedding}", which needs retrieval.{name}; set it, or set embedding to "structure".'
        )


def hand_down(editor: Mapping[str, Any]) -> dict[str, str]:
    """The environment in which a command of ours sees the same editor settings."""
    return {_VARIABLE: json.dumps(dict(editor))}


def _handed_down() -> Any:
    try:
        return json.loads(os.environ.get(_VARIABLE, "null"))
    except (ValueError, RecursionError):
        raise ConfigurationError(f"the environment variable {_VARIABLE} is not JSON.") from None


def _read(path: Path, table: tuple[str, ...]) -> tuple[Place, Mapping[str, Any]] | None:
    """The values under `table` of a TOML file, or None when the file or the table is not there."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path.name}: is not UTF-8 text (byte {error.start}).") from error
    except OSError as error:
        raise ConfigurationError(
            f"{path.name}: cannot be read: {error.strerror or type(error).__name__}."
        ) from error
    try:
        values: Any = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigurationError(_syntax(path.name, text, str(error))) from error
    place = Place(path.name, text, table)
    for depth, key in enumerate(table):
        if key not in values:
            return None
        values = values[key]
        if not isinstance(values, Mapping):
            raise ConfigurationError(
                f"{Place(path.name, text).of(table[: depth + 1])}: {'.'.join(table[: depth + 1])} must be a table."
            )
    return place, values


def _syntax(name: str, text: str, message: str) -> str:
    found = re.search(r"\(at line (\d+), column (\d+)\)", message)
    line = int(found[1]) if found else text.count("\n") + 1
    reason = re.sub(r"\s*\(at [^)]*\)", "", message) or "is nested too deeply"
    return f"{name}:{line}: is not valid TOML: {reason[:1].lower()}{reason[1:]}."
