"""Notebooks as they lie on disk: the cells of an .ipynb file, their kind, their language and their text."""

import json
from typing import Any

from attrs import frozen

from understudy_server.context.notebook.cells import Cell, CellKind, Language
from understudy_server.context.text.document import Document

_KINDS: dict[str, CellKind] = {"code": "code", "markdown": "markdown", "heading": "markdown"}
_LANGUAGES: dict[str, Language] = {
    "python": "python", "python3": "python", "ipython": "python", "pyspark": "python", "sql": "sql", "sparksql": "sql",
}  # fmt: skip


@frozen
class StoredCell:
    """A cell as it is stored. `language` is None for what is neither Python nor SQL."""

    kind: CellKind
    source: str
    language: Language | None = "python"


def stored_cells(raw: str) -> list[StoredCell]:
    """The cells in order. Raises ValueError, with what is wrong, when the text is no notebook."""
    try:
        notebook = json.loads(raw)
        # Before version 4 the cells of a notebook lay in worksheets.
        cells = notebook["cells"] if "cells" in notebook else notebook["worksheets"][0]["cells"]
    except (KeyError, TypeError, IndexError, RecursionError, json.JSONDecodeError):
        raise ValueError("is not a notebook: it has no JSON list of cells") from None
    usual = _language_of_notebook(_table(notebook.get("metadata")))
    return [_stored(_table(cell), usual) for cell in cells] if isinstance(cells, list) else []


def read_cells(name: str, raw: str) -> tuple[Cell, ...]:
    """The cells as documents named `name:cell`, counted from 1. Raises ValueError when the text is no notebook.

    Raises UnderstudyError for a cell too large to work on.
    """
    return tuple(
        Cell(Document(f"{name}:{number}", cell.source), cell.kind, cell.language)
        for number, cell in enumerate(stored_cells(raw), 1)
    )


def _stored(cell: dict[str, Any], usual: Language | None) -> StoredCell:
    kind = cell.get("cell_type")
    source = cell.get("source", cell.get("input", ""))
    if isinstance(source, list):
        source = "".join(line for line in source if isinstance(line, str))
    # A lone surrogate may stand in JSON, but not in a text.
    text = source.encode("utf-8", "replace").decode() if isinstance(source, str) else ""
    return StoredCell(
        _KINDS.get(kind, "raw") if isinstance(kind, str) else "raw", text, _language_of_cell(cell, usual)
    )


def _language_of_cell(cell: dict[str, Any], usual: Language | None) -> Language | None:
    """What the editor or the kernel of the cell says, else the notebook's language."""
    metadata = _table(cell.get("metadata"))
    said = (
        _table(metadata.get("vscode")).get("languageId")
        or _table(metadata.get("polyglot_notebook")).get("kernelName")
        or _table(metadata.get("dotnet_interactive")).get("language")
    )
    return _language(said) if said else usual


def _language_of_notebook(metadata: dict[str, Any]) -> Language | None:
    said = (
        _table(metadata.get("kernelspec")).get("language")
        or _table(metadata.get("language_info")).get("name")
        or _table(metadata.get("application/vnd.databricks.v1+notebook")).get("language")
    )
    return _language(said) if said else "python"


def _language(said: object) -> Language | None:
    return _LANGUAGES.get(said.lower().partition("-")[0]) if isinstance(said, str) else None


def _table(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
