"""textDocument/formatting: the statements of an SQL file laid out, by white space alone. Those in Python strings have an action."""

import asyncio
from typing import TYPE_CHECKING

from lsprotocol import types

from understudy_server.lsp.diagnostics import place
from understudy_server.lsp.rewrite import snapshot_of
from understudy_server.lsp.session import Session

if TYPE_CHECKING:
    from understudy_server.actions.edits import Edit, Snapshot

_REGISTRATION = "understudy.formatting"


async def formatting(session: Session, params: types.DocumentFormattingParams) -> list[types.TextEdit] | None:
    """The edits of an SQL file; None of anything else. A statement that cannot be laid out exactly stays as it is."""
    workshop = await session.workshop()
    taken = snapshot_of(session, params.text_document.uri, workshop)
    if taken is None or taken[1].language != "sql":
        return None
    document, snapshot = taken
    version = document.version
    edits = await asyncio.to_thread(_edits, snapshot)
    if document.version != version:
        return None
    return [
        types.TextEdit(place(edit.span.start, edit.span.end, document, session), edit.text) for edit in edits
    ]


def registration() -> types.RegistrationParams:
    """What the editor is told: other tools format Python."""
    selector = [types.TextDocumentFilterLanguage(language="sql")]
    options = types.DocumentFormattingRegistrationOptions(document_selector=selector)
    return types.RegistrationParams(
        [types.Registration(_REGISTRATION, types.TEXT_DOCUMENT_FORMATTING, options)]
    )


def can_be_told(capabilities: types.ClientCapabilities) -> bool:
    """Whether the editor takes word of it after the start."""
    document = capabilities.text_document
    return bool(document and document.formatting and document.formatting.dynamic_registration)


def _edits(snapshot: "Snapshot") -> "list[Edit]":
    from understudy_server.actions.rewrites import all_laid_out

    return all_laid_out(snapshot)
