"""notebookDocument/didOpen, didChange, didClose: which cells a notebook has, in order. Their texts are documents like any other."""

from collections.abc import Sequence

from attrs import define, evolve, field
from lsprotocol import types

from understudy_server.context.notebook.cells import Cell, CellKind, readable
from understudy_server.context.text.document import Document
from understudy_server.lsp.documents import Documents, Language

# Cells of every language are sent: Markdown asks, and a magic makes SQL of whatever the editor takes a cell for.
SYNC = types.NotebookDocumentSyncOptions(
    notebook_selector=[
        types.NotebookDocumentFilterWithNotebook(notebook="*"),
    ],
    save=False,
)
_KINDS: dict[types.NotebookCellKind, CellKind] = {
    types.NotebookCellKind.Markup: "markdown",
    types.NotebookCellKind.Code: "code",
}


@define
class Change:
    """What a change did to the cells: URIs of those that are new or edited, of those that are gone, and what to log."""

    touched: list[str] = field(factory=list)
    closed: list[str] = field(factory=list)
    declined: list[str] = field(factory=list)


@define
class Notebooks:
    """All open notebooks. An edit of a cell costs what that cell costs."""

    documents: Documents
    _cells: dict[str, list[Cell]] = field(factory=dict)
    """By the notebook's URI; a cell's document is named by its URI."""
    _places: dict[str, tuple[str, int]] = field(factory=dict)
    """Of a cell, by its URI: the notebook's URI and the index in it."""

    def open(self, params: types.DidOpenNotebookDocumentParams) -> Change:
        """A notebook was opened; one of that URI is replaced."""
        uri = params.notebook_document.uri
        change = Change(closed=[cell.document.name for cell in self._cells.get(uri, ())])
        self._forget(change.closed)
        self._open(params.cell_text_documents, change)
        self._cells[uri] = [self._cell(cell) for cell in params.notebook_document.cells]
        self._place(uri)
        return change

    def change(self, params: types.DidChangeNotebookDocumentParams) -> Change:
        """Cells came, went, moved or were edited; a notebook that is not open has no cells to change."""
        uri, cells, change = params.notebook_document.uri, params.change.cells, Change()
        held = self._cells.get(uri)
        if held is None or cells is None:
            return change
        if structure := cells.structure:
            self._open(structure.did_open or (), change)
            change.closed += [closed.uri for closed in structure.did_close or ()]
            self._forget(change.closed)
            spliced = structure.array
            held[spliced.start : spliced.start + spliced.delete_count] = [
                self._cell(cell) for cell in spliced.cells or ()
            ]
            self._place(uri)
        for edited in cells.text_content or ():
            self._edit(edited, change)
        for data in cells.data or ():
            if (place := self._places.get(data.document)) is not None:
                held[place[1]] = self._cell(data)
        return change

    def close(self, params: types.DidCloseNotebookDocumentParams) -> Change:
        """A notebook and its cells are closed."""
        cells = self._cells.pop(params.notebook_document.uri, [])
        change = Change(closed=[cell.document.name for cell in cells])
        self._forget(change.closed)
        return change

    def above(self, uri: str) -> tuple[Cell, ...] | None:
        """The cells above the one of that URI, in order; None for what is no cell."""
        place = self._places.get(uri)
        return tuple(self._cells[place[0]][: place[1]]) if place is not None else None

    def around(self, uri: str) -> tuple[Cell, ...] | None:
        """All cells of the notebook that the one of that URI is in, in order; None for what is no cell."""
        place = self._places.get(uri)
        return tuple(self._cells[place[0]]) if place is not None else None

    def number(self, uri: str) -> tuple[str, int] | None:
        """The URI of the notebook that the cell of that URI is in, and its number there, from 1; None for what is no cell."""
        place = self._places.get(uri)
        return (place[0], place[1] + 1) if place is not None else None

    def beside(self, uri: str) -> tuple[tuple[bytes, Language], ...]:
        """The code of the other cells of the cell's notebook, as `source` gives it."""
        place = self._places.get(uri)
        cells = self._cells[place[0]] if place is not None else ()
        sources = (
            readable(cell.document.slice(), cell.language)
            for cell in cells
            if cell.language is not None and cell.document.name != uri
        )
        return tuple(source for source in sources if source is not None)

    def source(self, document: Document, language: Language) -> tuple[bytes, Language] | None:
        """The text to look for problems in, byte for byte that of the document, and its language; None where there are none.

        In a cell magics are no code, and SQL behind one is SQL.
        """
        text = document.slice()
        return readable(text, language) if document.name in self._places else (text, language)

    def _open(self, items: Sequence[types.TextDocumentItem], change: Change) -> None:
        for item in items:
            if declined := self.documents.open(item):
                change.declined.append(declined)
            change.touched.append(item.uri)

    def _edit(self, edited: types.NotebookDocumentCellContentChanges, change: Change) -> None:
        params = types.DidChangeTextDocumentParams(edited.document, edited.changes)
        if declined := self.documents.change(params):
            change.declined.append(declined)
        change.touched.append(edited.document.uri)
        # A text that was sent whole is a document of its own.
        if (place := self._places.get(edited.document.uri)) is not None:
            held = self._cells[place[0]]
            document, _ = self._text(edited.document.uri)
            if document is not held[place[1]].document:
                held[place[1]] = evolve(held[place[1]], document=document)

    def _cell(self, cell: types.NotebookCell) -> Cell:
        document, language = self._text(cell.document)
        return Cell(document, _KINDS.get(cell.kind, "raw"), language)

    def _text(self, uri: str) -> tuple[Document, Language | None]:
        opened = self.documents.opened(uri)
        if opened is None or opened.document is None or opened.declined:
            return Document(uri, ""), None
        return opened.document, opened.language

    def _forget(self, uris: list[str]) -> None:
        for uri in uris:
            self.documents.close(uri)
            self._places.pop(uri, None)

    def _place(self, notebook: str) -> None:
        self._places.update(
            (cell.document.name, (notebook, index)) for index, cell in enumerate(self._cells[notebook])
        )
