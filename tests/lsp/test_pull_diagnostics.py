"""Diagnostics for an editor that asks for them, through a real server process."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from lsprotocol import types
from pytest_lsp import client_capabilities

WRONG = "SELECT nmae FROM customers;\n"


@pytest.fixture
def asking() -> types.ClientCapabilities:
    """As VS Code says that it asks."""
    usual = client_capabilities("visual-studio-code")
    return evolve(
        usual,
        text_document=evolve(usual.text_document, diagnostic=types.DiagnosticClientCapabilities(True, False)),
        workspace=evolve(usual.workspace, diagnostics=types.DiagnosticWorkspaceClientCapabilities(True)),
    )


async def start(editor: Any, project: Path, capabilities: types.ClientCapabilities) -> types.InitializeResult:
    editor.root = project
    return await editor.client.initialize_session(
        types.InitializeParams(capabilities=capabilities, root_uri=project.as_uri())
    )


async def asked(editor: Any, at: types.TextDocumentPositionParams, previous: str | None = None) -> Any:
    return await editor.client.text_document_diagnostic_async(
        types.DocumentDiagnosticParams(at.text_document, previous_result_id=previous)
    )


async def test_an_editor_that_asks_gets_an_answer_and_nothing_unasked(
    editor: Any, project: Path, asking: types.ClientCapabilities
) -> None:
    result = await start(editor, project, asking)
    assert result.capabilities.diagnostic_provider.workspace_diagnostics is False
    at = editor.open("a.sql", "|" + WRONG)
    report = await asked(editor, at)
    assert [each.message for each in report.items] == ["Unknown column nmae; did you mean name?"]
    again = await asked(editor, at, report.result_id)
    assert (again.kind, again.result_id) == ("unchanged", report.result_id)
    editor.type(at, "-- a line\n")
    moved = await asked(editor, at, report.result_id)
    assert [each.range.start.line for each in moved.items] == [1]
    assert at.text_document.uri not in editor.client.diagnostics


async def test_an_answer_is_of_the_text_as_it_is_then(
    editor: Any, project: Path, asking: types.ClientCapabilities
) -> None:
    await start(editor, project, asking)
    at = editor.open("a.sql", "|" + WRONG)
    first = await asked(editor, at)
    waiting = asyncio.ensure_future(asked(editor, at, first.result_id))
    await asyncio.sleep(0)
    editor.type(at, "-- a line\n")
    assert [each.range.start.line for each in (await waiting).items] == [1]


async def test_a_changed_schema_makes_the_editor_ask_again(
    editor: Any, project: Path, asking: types.ClientCapabilities
) -> None:
    await start(editor, project, asking)
    at = editor.open("a.sql", "SELECT phone FROM customers|;\n")
    assert len((await asked(editor, at)).items) == 1
    with closing(sqlite3.connect(project / "shop.db")) as connection:
        connection.execute("ALTER TABLE customers ADD COLUMN phone TEXT")
        connection.commit()
    before = editor.client.diagnostic_refresh_count
    while editor.client.diagnostic_refresh_count == before:
        await editor.labels(at)  # someone is at work; an editor left alone looks at nothing
        await asyncio.sleep(0.05)
    assert list((await asked(editor, at)).items) == []


async def test_an_editor_that_cannot_be_told_to_ask_again_is_told_the_problems(
    editor: Any, project: Path, asking: types.ClientCapabilities
) -> None:
    told = evolve(asking, workspace=evolve(asking.workspace, diagnostics=None))
    result = await start(editor, project, told)
    assert result.capabilities.diagnostic_provider is None
    uri = editor.open("a.sql", WRONG).text_document.uri
    while uri not in editor.client.diagnostics:
        await asyncio.sleep(0.05)
    assert len(editor.client.diagnostics[uri]) == 1


async def test_problems_of_cells_are_published_until_the_editor_asks_for_one(
    editor: Any, project: Path, asking: types.ClientCapabilities
) -> None:
    await start(editor, project, asking)
    texts = ("import duckdb\nrecent = duckdb.sql('SELECT 1 AS day')", "%%sql\nSELECT nmae FROM customers")
    uris = [f"vscode-notebook-cell:/n.ipynb#W{number}" for number in range(len(texts))]
    cells = [types.NotebookCell(types.NotebookCellKind.Code, uri) for uri in uris]
    items = [types.TextDocumentItem(uri, "python", 1, text) for uri, text in zip(uris, texts, strict=True)]
    notebook = types.NotebookDocument((project / "n.ipynb").as_uri(), "jupyter-notebook", 1, cells)
    editor.client.notebook_document_did_open(types.DidOpenNotebookDocumentParams(notebook, items))
    while not editor.client.diagnostics.get(uris[1]):
        await asyncio.sleep(0.05)
    cell = types.TextDocumentPositionParams(types.TextDocumentIdentifier(uris[1]), types.Position(1, 0))
    report = await asked(editor, cell)
    assert [(each.message, each.range.start) for each in report.items] == [
        ("Unknown column nmae; did you mean name?", types.Position(1, 7))
    ]
    assert not editor.client.diagnostics[uris[1]], "nobody is told the same twice"
    edit = types.TextDocumentContentChangePartial(
        types.Range(types.Position(1, 0), types.Position(1, 0)), " "
    )
    content = types.NotebookDocumentCellContentChanges(
        types.VersionedTextDocumentIdentifier(2, uris[1]), [edit]
    )
    changed = types.NotebookDocumentChangeEvent(
        cells=types.NotebookDocumentCellChanges(text_content=[content])
    )
    identifier = types.VersionedNotebookDocumentIdentifier(2, notebook.uri)
    editor.client.notebook_document_did_change(types.DidChangeNotebookDocumentParams(identifier, changed))
    moved = await asked(editor, cell, report.result_id)
    assert [each.range.start.character for each in moved.items] == [8]
    assert not editor.client.diagnostics[uris[1]]
