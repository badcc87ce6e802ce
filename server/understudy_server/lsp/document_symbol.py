"""textDocument/documentSymbol: the statements by their questions, with their CTEs."""

import asyncio
from typing import TYPE_CHECKING

from lsprotocol import types

from understudy_server.context.text.document import Document
from understudy_server.lsp.diagnostics import place
from understudy_server.lsp.rewrite import snapshot_of
from understudy_server.lsp.session import Session

if TYPE_CHECKING:
    from understudy_server.actions.symbols import Symbol


async def document_symbol(
    session: Session, params: types.DocumentSymbolParams
) -> list[types.DocumentSymbol] | None:
    """The outline, of the text as it is now; None where nothing is done with the document."""
    workshop = await session.workshop()
    taken = snapshot_of(session, params.text_document.uri, workshop)
    if taken is None:
        return None
    from understudy_server.actions.symbols import symbols

    document, snapshot = taken
    version = document.version
    found = await asyncio.to_thread(symbols, snapshot)
    return [_symbol(each, document, session) for each in found] if document.version == version else None


def _symbol(symbol: "Symbol", document: Document, session: Session) -> types.DocumentSymbol:
    inner = symbol.detail == "common table expression"
    return types.DocumentSymbol(
        name=symbol.name,
        kind=types.SymbolKind.Class if inner else types.SymbolKind.Function,
        range=place(symbol.span.start, symbol.span.end, document, session),
        selection_range=place(symbol.name_span.start, symbol.name_span.end, document, session),
        detail=symbol.detail or None,
        children=[_symbol(each, document, session) for each in symbol.children] or None,
    )
