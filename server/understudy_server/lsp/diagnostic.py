"""textDocument/diagnostic: a document's problems for an editor that asks for them, and "unchanged" where it has them already."""

import asyncio
import hashlib
from threading import Event

from lsprotocol import types

from understudy_server.lsp.diagnostics import IDLE_SECONDS, look
from understudy_server.lsp.session import Session

OPTIONS = types.DiagnosticRegistrationOptions(
    inter_file_dependencies=True,  # a DDL file gives others their tables
    workspace_diagnostics=False,  # names are held against what is open in the editor, too: other cells, frames
    identifier="understudy",
    document_selector=[
        types.TextDocumentFilterLanguage(language=name) for name in ("sql", "jinja-sql", "python")
    ],
)
Report = types.RelatedFullDocumentDiagnosticReport | types.RelatedUnchangedDocumentDiagnosticReport


def asks(capabilities: types.ClientCapabilities) -> bool:
    """Whether the editor asks for diagnostics, and asks again when it is told that the schema has changed."""
    document, workspace = capabilities.text_document, capabilities.workspace
    refreshed = workspace.diagnostics.refresh_support if workspace and workspace.diagnostics else False
    return bool(document and document.diagnostic and refreshed)


def is_cell(session: Session, uri: str) -> bool:
    """Whether it is a notebook's cell: some editors that ask leave those out, so theirs are published until one is asked for."""
    return session.notebooks.around(uri) is not None


async def document_diagnostic(session: Session, params: types.DocumentDiagnosticParams) -> Report:
    """The problems once nothing changes for a moment; an editor that changes the document ends its request and sends another."""
    uri, stopped = params.text_document.uri, Event()
    try:
        while True:
            found = session.find(uri)
            version = found[0].version if found is not None else None
            # The first answer for a document is not waited for.
            if params.previous_result_id is not None:
                await asyncio.sleep(IDLE_SECONDS)
            looked = await look(session, uri, stopped)
            now = session.find(uri)
            if looked is None or now is None:
                return _report([], params.previous_result_id)
            if looked[1] == now[0].version == version:
                return _report(looked[0], params.previous_result_id)
    finally:
        stopped.set()


def _report(diagnostics: list[types.Diagnostic], previous: str | None) -> Report:
    # The same problems at the same places are the same result, whatever was edited around them.
    result = hashlib.sha256(repr(diagnostics).encode()).hexdigest()[:16]
    if result == previous:
        return types.RelatedUnchangedDocumentDiagnosticReport(result)
    return types.RelatedFullDocumentDiagnosticReport(diagnostics, result_id=result)
