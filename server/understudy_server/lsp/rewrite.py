"""codeAction/resolve and understudy.rewrite: the edits of a rewrite, made when it is chosen, or a word on why there are none."""

import asyncio
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from understudy_server.context.text.document import Document
from understudy_server.lsp.diagnostics import known, place
from understudy_server.lsp.session import Session, Workshop
from understudy_server.lsp.tell import told

if TYPE_CHECKING:
    from understudy_server.actions.edits import Edit, Snapshot
    from understudy_server.actions.rewrites import Proof

REWRITE = "understudy.rewrite"


async def resolve(
    session: Session, server: LanguageServer, action: types.CodeAction, *, versioned: bool
) -> types.CodeAction:
    """The action with its edit; without one where it is declined, which is said. One that lacks nothing is left as it is."""
    # Neovim resolves whatever has not both an edit and a command.
    if isinstance(action.data, dict):
        action.edit = await _edit(session, server, action.data, versioned=versioned)
    return action


async def rewrite(session: Session, server: LanguageServer, arguments: Any) -> dict[str, Any]:
    """For editors that do not resolve, and for keys and scripts: `{uri, name, start, end}` as actions carry them, or

    `{uri, name, line, character}`. What came of it: `applied`, and a `message` where it was declined.
    """
    data = dict(arguments) if isinstance(arguments, dict) else {}
    found = session.find(str(data.get("uri")))
    line, character = data.get("line"), data.get("character")
    if found is not None and isinstance(line, int) and isinstance(character, int):
        offset = found[0].offset_at(line, character, session.documents.encoding)
        data |= {"start": offset, "end": offset, "version": found[0].version}
    edit = await _edit(session, server, data, versioned=False)
    if edit is None:
        return {"applied": False}
    label = f"Understudy: {data.get('name')}"
    answer = await server.workspace_apply_edit_async(types.ApplyWorkspaceEditParams(edit, label))
    return {"applied": answer.applied}


def snapshot_of(session: Session, uri: str, workshop: Workshop) -> "tuple[Document, Snapshot] | None":
    """The open document and a copy of it that nobody edits; None where there is nothing to do with it."""
    from understudy_server.actions.edits import Snapshot

    found = session.find(uri)
    source = session.notebooks.source(*found) if found is not None else None
    if found is None or source is None:
        return None
    document, beside = found[0], session.notebooks.beside(uri)
    text, language = source
    copy = Document(document.name, text.decode())
    return document, Snapshot(copy, language, known(workshop, source, document.name, beside), beside)


def proof_of(workshop: Workshop) -> "Proof | None":
    """How statements are held against each other; None where there is no database to run them on. Opens it once."""
    from understudy_server.actions.proof import proof_on

    project = workshop.project
    return proof_on(project.source, workshop.executor, project.limits) if project.source is not None else None


def workspace_edit(
    uri: str, document: Document, edits: "tuple[Edit, ...]", session: Session, *, versioned: bool
) -> types.WorkspaceEdit:
    """The edits as one change of the workspace, so that it is undone in one step."""
    changes = [
        types.TextEdit(place(edit.span.start, edit.span.end, document, session), edit.text) for edit in edits
    ]
    if not versioned:
        return types.WorkspaceEdit(changes={uri: changes})
    identifier = types.OptionalVersionedTextDocumentIdentifier(uri, document.version)
    return types.WorkspaceEdit(document_changes=[types.TextDocumentEdit(identifier, list(changes))])


async def _edit(
    session: Session, server: LanguageServer, data: dict[str, Any], *, versioned: bool
) -> types.WorkspaceEdit | None:
    from understudy_knowledge.errors import BackendError
    from understudy_server.actions.declined import DeclinedError
    from understudy_server.actions.mend import MEND

    uri, name, version = data.get("uri"), data.get("name"), data.get("version")
    start, end = data.get("start"), data.get("end")
    if not (
        isinstance(uri, str) and isinstance(name, str) and isinstance(start, int) and isinstance(end, int)
    ):
        told(server, "a rewrite takes the URI of a document, a name and a place.")
        return None
    workshop = await session.workshop()
    taken = snapshot_of(session, uri, workshop)
    if taken is None:
        told(server, "this document is not open, or nothing is done with it.")
        return None
    document, snapshot = taken
    current = document.version
    if version != current:
        told(server, "the document was edited meanwhile; ask again.")
        return None
    try:
        if name == MEND:
            edits = await _mended(snapshot, (start, end), workshop)
        else:
            edits = await _in_thread(name, snapshot, (start, end), workshop)
    except DeclinedError as error:
        told(server, f"left as it is: {error}.")
        return None
    except BackendError as error:
        told(server, str(error))
        return None
    if document.version != current:
        told(server, "the document was edited meanwhile; ask again.")
        return None
    if not edits:
        told(server, "left as it is: it reads so already.")
        return None
    return workspace_edit(uri, document, edits, session, versioned=versioned)


async def _in_thread(
    name: str, snapshot: "Snapshot", bounds: tuple[int, int], workshop: Workshop
) -> "tuple[Edit, ...]":
    """The edits, thought out in a thread; what they have to run is run from here, where the executor lives."""
    from understudy_server.actions.rewrites import edits_for
    from understudy_server.context.query_context import Span

    proof = await asyncio.to_thread(proof_of, workshop)
    loop = asyncio.get_running_loop()

    async def here(original: str, other: str) -> str:
        assert proof is not None, "asked for only where there is one"
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(_ask(proof, original, other), loop))

    def think() -> "tuple[Edit, ...]":
        return asyncio.run(edits_for(name, snapshot, Span(*bounds), here if proof is not None else None))

    return await asyncio.to_thread(think)


async def _mended(snapshot: "Snapshot", bounds: tuple[int, int], workshop: Workshop) -> "tuple[Edit, ...]":
    from understudy_server.actions.mend import mended
    from understudy_server.context.query_context import Span

    repairs = await asyncio.to_thread(workshop.project.repairs)
    return await mended(snapshot, Span(*bounds), workshop.toolbox, repairs)


async def _ask(proof: "Proof", original: str, other: str) -> str:
    return await proof(original, other)
