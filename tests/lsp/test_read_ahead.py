"""What was opened is read while nobody types: a file, and all cells of a notebook, whichever one the editor names first."""

import asyncio

from lsprotocol import types

from understudy_knowledge.catalog import Catalog
from understudy_server.context.frames.cells_above import code_cells
from understudy_server.context.frames.visible import frames_ahead
from understudy_server.lsp.documents import Documents
from understudy_server.lsp.notebooks import Notebooks
from understudy_server.lsp.read_ahead import ReadAhead

CATALOG = Catalog()


def opened_notebook(notebooks: Notebooks, cells: int) -> list[str]:
    uris = [f"notebook:review#{n}" for n in range(cells)]
    held = [types.NotebookCell(types.NotebookCellKind.Code, uri) for uri in uris]
    items = [
        types.TextDocumentItem(
            uri, "python", 1, f'import pandas as pd\ndf_{n} = pd.DataFrame({{"a": [{n}]}})'
        )
        for n, uri in enumerate(uris)
    ]
    notebook = types.NotebookDocument("notebook:review", "jupyter-notebook", 1, held)
    return notebooks.open(types.DidOpenNotebookDocumentParams(notebook, items)).touched


def is_read(notebooks: Notebooks, uri: str) -> bool:
    found = notebooks.documents.find(uri)
    assert found is not None
    return frames_ahead(found[0], CATALOG, 0, code_cells(notebooks.around(uri)))


async def settled(reading: ReadAhead, uris: list[str]) -> None:
    for _ in range(1_000):
        if all(is_read(reading.notebooks, uri) for uri in uris):
            return
        await asyncio.sleep(0.005)
    raise AssertionError("not read to the end")


async def test_a_notebook_is_read_when_it_is_opened_from_its_last_cell_on() -> None:
    notebooks = Notebooks(Documents())
    reading = ReadAhead(notebooks.documents, notebooks, lambda: CATALOG)
    for uri in reversed(uris := opened_notebook(notebooks, 40)):
        reading.opened(uri)
    assert not is_read(notebooks, uris[0])
    await settled(reading, uris)
    reading.close()


async def test_an_edit_of_the_first_cell_reads_those_below_once_it_rests() -> None:
    notebooks = Notebooks(Documents())
    reading = ReadAhead(notebooks.documents, notebooks, lambda: CATALOG)
    for uri in (uris := opened_notebook(notebooks, 20)):
        reading.opened(uri)
    await settled(reading, uris)
    start = types.Position(1, 0)
    notebooks.documents.change(
        types.DidChangeTextDocumentParams(
            types.VersionedTextDocumentIdentifier(2, uris[0]),
            [types.TextDocumentContentChangePartial(types.Range(start, start), "other = df_0\n")],
        )
    )
    reading.changed(uris[0])
    assert not is_read(notebooks, uris[-1])
    await settled(reading, uris)
    reading.close()


async def test_what_cannot_be_read_does_not_hold_up_the_rest() -> None:
    notebooks = Notebooks(Documents())
    said = []
    asyncio.get_running_loop().set_exception_handler(lambda _, problem: said.append(problem))
    failing = iter([True])

    def catalog() -> Catalog:
        if next(failing, False):
            raise OSError("the catalog is away")
        return CATALOG

    reading = ReadAhead(notebooks.documents, notebooks, catalog)
    for uri in (uris := opened_notebook(notebooks, 4)):
        reading.opened(uri)
    await settled(reading, uris)
    assert len(said) == 1
    reading.close()


async def test_nothing_is_read_of_what_was_closed() -> None:
    notebooks = Notebooks(Documents())
    reading = ReadAhead(notebooks.documents, notebooks, lambda: CATALOG)
    for uri in (uris := opened_notebook(notebooks, 20)):
        reading.opened(uri)
    reading.close()
    await asyncio.sleep(0.05)
    assert not is_read(notebooks, uris[-1])
