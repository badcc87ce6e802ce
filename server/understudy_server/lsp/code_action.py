"""textDocument/codeAction: what can be done here, each as one edit of the workspace."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from lsprotocol import types

from understudy_server.context.text.document import Document
from understudy_server.lsp.diagnostics import SOURCE, known, place
from understudy_server.lsp.documents import Language
from understudy_server.lsp.generate import GENERATE, asked_at
from understudy_server.lsp.session import Session, Workshop

if TYPE_CHECKING:
    from understudy_server.actions.code_actions import Action

KINDS = {"fix": types.CodeActionKind.QuickFix, "rewrite": types.CodeActionKind.RefactorRewrite}


async def code_action(
    session: Session, params: types.CodeActionParams, *, versioned: bool
) -> list[types.CodeAction] | None:
    """The actions, of the kinds that the client asks for. `versioned` says whether it takes edits of a version."""
    workshop = await session.workshop()
    uri = params.text_document.uri
    found = session.find(uri)
    if found is None:
        return None
    document, language = found
    kinds = [kind for kind, name in KINDS.items() if _is_wanted(name, params.context.only)]
    first, last = (
        document.offset_at(at.line, at.character, session.documents.encoding)
        for at in (params.range.start, params.range.end)
    )
    version, source = document.version, session.notebooks.source(document, language)
    if source is None:
        return None
    beside = session.notebooks.beside(uri)
    actions = await asyncio.to_thread(_actions, document.name, source, beside, workshop, (first, last), kinds)
    if document.version != version:
        return None
    offered = _generating(session, uri, params.range.start.line, workshop) if "rewrite" in kinds else []
    mended = [each for each in params.context.diagnostics if each.source == SOURCE]
    return [
        *(_code_action(action, document, uri, session, mended, versioned) for action in actions),
        *offered,
    ]


def _generating(session: Session, uri: str, line: int, workshop: Workshop) -> list[types.CodeAction]:
    """The action that has the question at the line answered. Sampling takes seconds, so nothing is asked yet."""
    if not workshop.project.settings.completion.enabled or asked_at(session, uri, line, workshop) is None:
        return []
    arguments = [{"uri": uri, "line": line}]
    command = types.Command("Understudy: generate query", GENERATE, arguments=arguments)
    return [types.CodeAction("Generate the query", kind=KINDS["rewrite"], command=command)]


def _actions(
    name: str,
    source: tuple[bytes, Language],
    beside: tuple[tuple[bytes, Language], ...],
    workshop: Workshop,
    bounds: tuple[int, int],
    kinds: Sequence[str],
) -> "list[Action]":
    from understudy_server.actions.code_actions import code_actions
    from understudy_server.actions.edits import Snapshot
    from understudy_server.context.query_context import Span

    text, language = source
    snapshot = Snapshot(
        Document(name, text.decode()), language, known(workshop, source, name, beside), beside
    )
    return [action for action in code_actions(snapshot, Span(*bounds)) if action.kind in kinds]


def _code_action(
    action: "Action",
    document: Document,
    uri: str,
    session: Session,
    diagnostics: Sequence[types.Diagnostic],
    versioned: bool,
) -> types.CodeAction:
    edits = [
        types.TextEdit(place(edit.span.start, edit.span.end, document, session), edit.text)
        for edit in action.edits
    ]
    about = None
    if action.problem is not None:
        span = action.problem.span
        stands = place(span.start, span.end, document, session)
        about = [each for each in diagnostics if each.range == stands] or None
    return types.CodeAction(
        title=action.title,
        kind=KINDS[action.kind],
        diagnostics=about,
        is_preferred=action.problem is not None or None,
        edit=_workspace_edit(uri, document.version, edits, versioned),
    )


def _workspace_edit(
    uri: str, version: int, edits: list[types.TextEdit], versioned: bool
) -> types.WorkspaceEdit:
    if not versioned:
        return types.WorkspaceEdit(changes={uri: edits})
    identifier = types.OptionalVersionedTextDocumentIdentifier(uri, version)
    return types.WorkspaceEdit(document_changes=[types.TextDocumentEdit(identifier, list(edits))])


def _is_wanted(kind: str, only: "Sequence[str] | None") -> bool:
    """Whether the kind, or one that holds it, is asked for; nothing asked for is everything."""
    return only is None or any(not each or kind == each or kind.startswith(f"{each}.") for each in only)
