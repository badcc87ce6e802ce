"""A notebook in an editor: its cells are completed, judged and explained like files, and know the cells above them."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types
from pytest_lsp import client_capabilities

NOTEBOOK = "review.ipynb"


class Notebook:
    """One open notebook of an editor; cells are (language, text), `⎸` marks the cursor."""

    def __init__(self, editor: Any, *cells: tuple[str, str]) -> None:
        self.editor, self.made = editor, 0
        root = editor.root or Path.cwd()
        self.uri = (root / NOTEBOOK).as_uri()
        self.version = 1
        self.cursor: types.TextDocumentPositionParams | None = None
        held, items = self.cells(cells)
        editor.client.notebook_document_did_open(
            types.DidOpenNotebookDocumentParams(
                types.NotebookDocument(self.uri, "jupyter-notebook", 1, held), items
            )
        )

    def cells(
        self, cells: "tuple[tuple[str, str], ...]"
    ) -> tuple[list[types.NotebookCell], list[types.TextDocumentItem]]:
        held, items = [], []
        for language, marked in cells:
            uri = self.uri.replace("file:", "vscode-notebook-cell:") + f"#W{self.made}"
            self.made += 1
            before, mark, after = marked.partition("⎸")
            if mark:
                position = types.Position(before.count("\n"), len(before.rpartition("\n")[2]))
                self.cursor = types.TextDocumentPositionParams(types.TextDocumentIdentifier(uri), position)
            self.editor.versions[uri] = 1
            markup = language == "markdown"
            kind = types.NotebookCellKind.Markup if markup else types.NotebookCellKind.Code
            held.append(types.NotebookCell(kind, uri))
            items.append(types.TextDocumentItem(uri, language, 1, before + after))
        return held, items

    @property
    def at(self) -> types.TextDocumentPositionParams:
        assert self.cursor is not None
        return self.cursor

    def change(self, cells: types.NotebookDocumentCellChanges) -> None:
        self.version += 1
        self.editor.client.notebook_document_did_change(
            types.DidChangeNotebookDocumentParams(
                types.VersionedNotebookDocumentIdentifier(self.version, self.uri),
                types.NotebookDocumentChangeEvent(cells=cells),
            )
        )

    def splice(self, start: int, removed: int, *cells: tuple[str, str], gone: tuple[str, ...] = ()) -> None:
        held, items = self.cells(cells)
        array = types.NotebookCellArrayChange(start, removed, held)
        closed = [types.TextDocumentIdentifier(uri) for uri in gone]
        self.change(
            types.NotebookDocumentCellChanges(
                types.NotebookDocumentCellChangeStructure(array, did_open=items, did_close=closed)
            )
        )

    def type(self, at: types.TextDocumentPositionParams, text: str) -> types.TextDocumentPositionParams:
        uri = at.text_document.uri
        self.editor.versions[uri] += 1
        edit = types.TextDocumentContentChangePartial(types.Range(at.position, at.position), text)
        identifier = types.VersionedTextDocumentIdentifier(self.editor.versions[uri], uri)
        content = types.NotebookDocumentCellContentChanges(identifier, [edit])
        self.change(types.NotebookDocumentCellChanges(text_content=[content]))
        moved = types.Position(at.position.line, at.position.character + len(text))
        return types.TextDocumentPositionParams(at.text_document, moved)

    def close(self) -> None:
        self.editor.client.notebook_document_did_close(
            types.DidCloseNotebookDocumentParams(
                types.NotebookDocumentIdentifier(self.uri),
                [types.TextDocumentIdentifier(self.at.text_document.uri)],
            )
        )


async def problems(editor: Any, uri: str) -> list[str]:
    """What is said of a cell once it has been looked at."""
    for _ in range(200):
        if uri in editor.client.diagnostics:
            return [each.message for each in editor.client.diagnostics[uri]]
        await asyncio.sleep(0.05)
    raise AssertionError(f"nothing was said of {uri}")


async def test_the_server_asks_for_every_notebook(editor: Any, project: Path) -> None:
    capabilities = client_capabilities("visual-studio-code")
    capabilities.notebook_document = types.NotebookDocumentClientCapabilities(
        types.NotebookDocumentSyncClientCapabilities()
    )
    answer = await editor.client.initialize_session(
        types.InitializeParams(capabilities=capabilities, root_uri=project.as_uri())
    )
    sync = answer.capabilities.notebook_document_sync
    assert sync is not None
    assert [each.notebook for each in sync.notebook_selector] == ["*"]


@pytest.mark.parametrize(
    "cell",
    [
        ("python", "%%sql\nSELECT ⎸ FROM orders"),
        ("sql", "SELECT ⎸ FROM orders"),
        ("python", "x = 1\nrows = %sql SELECT ⎸ FROM orders"),
        ("python", "%time\n!ls '\nrows = con.execute('SELECT ⎸ FROM orders')"),
    ],
)
async def test_a_cell_is_completed(editor: Any, project: Path, cell: tuple[str, str]) -> None:
    await editor.start(project)
    notebook = Notebook(editor, ("markdown", "# Orders"), cell)
    assert {"order_id", "total_cents"} <= set(await editor.labels(notebook.at))


async def test_the_markdown_above_asks_for_the_ghost_text(editor: Any, project: Path) -> None:
    await editor.start(project)
    notebook = Notebook(editor, ("markdown", "How many orders are there?"), ("python", "%%sql\n⎸"))
    ghost = await editor.ghost(notebook.at)
    assert ghost is not None
    assert "count(" in str(ghost.insert_text).lower()
    assert "orders" in str(ghost.insert_text)


async def test_an_edit_reaches_its_cell_only(editor: Any, project: Path) -> None:
    await editor.start(project)
    notebook = Notebook(editor, ("python", "a = 1\n"), ("sql", "SELECT c.⎸ FROM customers c"))
    at = notebook.type(notebook.at, "c")
    assert "city" in await editor.labels(at)


async def test_cells_come_go_and_move(editor: Any, project: Path) -> None:
    await editor.start(project)
    notebook = Notebook(editor, ("markdown", "How many customers are there?"), ("sql", "⎸"))
    question = notebook.uri.replace("file:", "vscode-notebook-cell:") + "#W0"
    below = notebook.at
    first = await editor.ghost(below)
    assert first is not None
    assert "customers" in str(first.insert_text)
    notebook.splice(0, 1, ("markdown", "How many orders are there?"), gone=(question,))
    second = await editor.ghost(below)
    assert second is not None
    assert "orders" in str(second.insert_text)
    notebook.splice(0, 1)
    assert await editor.ghost(below) is None


async def test_a_broken_statement_in_a_cell_is_said_at_its_place(editor: Any, project: Path) -> None:
    await editor.start(project)
    notebook = Notebook(editor, ("python", "%%sql shop\nSELECT city FROM custommers⎸;\n"))
    uri = notebook.at.text_document.uri
    said = await problems(editor, uri)
    assert len(said) == 1
    assert "customers" in said[0]
    found = editor.client.diagnostics[uri][0].range
    assert (found.start.line, found.start.character) == (1, len("SELECT city FROM "))


async def test_what_another_cell_makes_is_known(editor: Any, project: Path) -> None:
    await editor.start(project)
    notebook = Notebook(
        editor,
        ("python", "%%sql\nCREATE TABLE custommers AS SELECT * FROM customers;"),
        ("python", "orderss = con.execute('SELECT 1 FROM orders').df()"),
        ("sql", "SELECT city FROM custommers;\nSELECT * FROM orderss;⎸"),
    )
    assert await problems(editor, notebook.at.text_document.uri) == []


async def test_a_bash_cell_and_shell_lines_have_no_problems(editor: Any, project: Path) -> None:
    await editor.start(project)
    notebook = Notebook(editor, ("python", "%%bash\necho 'SELECT nothing FROM nowhere'⎸"))
    assert await problems(editor, notebook.at.text_document.uri) == []
    assert await editor.labels(notebook.at) == []


async def test_a_closed_notebook_is_forgotten(editor: Any, project: Path) -> None:
    await editor.start(project)
    notebook = Notebook(editor, ("sql", "SELECT ⎸ FROM orders"))
    assert await editor.labels(notebook.at)
    notebook.close()
    assert await editor.labels(notebook.at) == []


async def test_hover_works_in_a_cell(editor: Any, project: Path) -> None:
    await editor.start(project)
    notebook = Notebook(editor, ("python", "%%sql\nSELECT name FROM cust⎸omers"))
    found = await editor.client.text_document_hover_async(
        types.HoverParams(notebook.at.text_document, notebook.at.position)
    )
    assert found is not None
    assert found.range is not None
    assert found.range.start.line == 1


async def test_a_change_of_a_notebook_that_is_not_open_is_ignored(editor: Any, project: Path) -> None:
    await editor.start(project)
    notebook = Notebook(editor, ("sql", "SELECT ⎸ FROM orders"))
    notebook.close()
    notebook.type(notebook.at, "x")
    notebook.splice(5, 3, ("sql", "SELECT 1"))
    assert await editor.labels(notebook.at) == []


async def test_problems_are_looked_for_in_the_dialect_of_the_document(editor: Any, project: Path) -> None:
    (project / "understudy.toml").unlink()
    await editor.start(project)
    quirk = "SELECT TOP 5 [name] FROM [dbo].[customers] CROSS APPLY STRING_SPLIT(name, ',');"
    for name, text in (
        ("a.sql", quirk),
        ("b.py", f'import pymssql\ncur.execute("""{quirk}""")\n'),
        ("c.tsql.sql", "SELECT TOP 5 name FROM customers;"),
    ):
        assert await problems(editor, editor.open(name, text).text_document.uri) == []
    notebook = Notebook(editor, ("python", "import pymssql"), ("sql", "SELECT TOP 5 name FROM customers;⎸"))
    assert await problems(editor, notebook.at.text_document.uri) == []
