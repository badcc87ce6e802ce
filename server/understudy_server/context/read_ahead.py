"""What a document's lexer must read once is read between keystrokes, in portions, and not during the first one."""

from typing import TYPE_CHECKING, Literal

from understudy_server.context.python import lexer as python_lexer
from understudy_server.context.sql import checkpoint as sql_checkpoint
from understudy_server.context.text.checkpoints import Checkpoints
from understudy_server.context.text.document import Document

if TYPE_CHECKING:
    from collections.abc import Sequence

    from understudy_knowledge.catalog import Catalog
    from understudy_server.context.notebook.cells import Cell

_DEARER = 4
"""Reading what code says of its frames takes so many times as long as reading where its strings are."""


def read_ahead(
    document: Document,
    language: Literal["sql", "python"],
    blocks: int,
    catalog: "Catalog | None" = None,
    cells: "Sequence[Cell] | None" = None,
) -> bool:
    """Read at most that many blocks that are not known yet, from the top; whether all are known now.

    What frames a Python file has is read too where the catalog is given, which says what files and queries yield. Where the
    document is one of the `cells` of a notebook they are read instead, those below it too: there the cursor may go next.
    """
    if language == "sql":
        return Checkpoints(document, sql_checkpoint.advance, sql_checkpoint.INITIAL).proceed(blocks)
    if not Checkpoints(document, python_lexer.advance, python_lexer.INITIAL).proceed(blocks):
        return False
    if catalog is None:
        return True
    # Imported here: a document is open long before the catalog is, and this takes its time.
    from understudy_server.context.frames.cells_above import code_cells
    from understudy_server.context.frames.visible import frames_ahead

    return frames_ahead(
        document, catalog, max(blocks // _DEARER, 1), None if cells is None else code_cells(cells)
    )
