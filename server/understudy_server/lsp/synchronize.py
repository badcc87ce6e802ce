"""textDocument/didOpen, didChange, didClose: the text we work on is the editor's."""

from lsprotocol import types

from understudy_server.lsp.session import Session


def did_open(session: Session, params: types.DidOpenTextDocumentParams) -> None:
    """A document is open."""
    if declined := session.documents.open(params.text_document):
        session.log_once(declined)


def did_change(session: Session, params: types.DidChangeTextDocumentParams) -> None:
    """A document was edited."""
    if declined := session.documents.change(params):
        session.log_once(declined)


def did_close(session: Session, params: types.DidCloseTextDocumentParams) -> None:
    """A document is closed; nobody waits for its suggestion any more."""
    session.documents.close(params.text_document.uri)
    if under_way := session.suggesting.pop(params.text_document.uri, None):
        under_way.cancel()
