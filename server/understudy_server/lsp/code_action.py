"""textDocument/codeAction: what can be done here. Fixes come with their edits, rewrites get theirs when they are chosen."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from understudy_server.context.text.document import Document
from understudy_server.lsp.diagnostics import SOURCE, place
from understudy_server.lsp.distill import DISTILL
from understudy_server.lsp.explain import EXPLAIN, TEACHER
from understudy_server.lsp.forget import FORGET, lessons_at
from understudy_server.lsp.generate import GENERATE, asked_at
from understudy_server.lsp.rewrite import REWRITE, snapshot_of, workspace_edit
from understudy_server.lsp.session import Session, Workshop

if TYPE_CHECKING:
    from understudy_server.actions.code_actions import Action
    from understudy_server.actions.edits import Snapshot
    from understudy_server.actions.rewrites import Rewrite
    from understudy_server.context.query_context import QueryContext

KINDS: Mapping[str, str] = {
    "fix": types.CodeActionKind.QuickFix.value,
    "rewrite": types.CodeActionKind.RefactorRewrite.value,
    "extract": types.CodeActionKind.RefactorExtract.value,
    "inline": types.CodeActionKind.RefactorInline.value,
    "ask": "understudy.ask",
}
"""`ask` is ours: what tells something, or changes what was learned, and edits nothing."""


async def code_action(
    session: Session, params: types.CodeActionParams, *, versioned: bool, resolves: bool
) -> list[types.CodeAction] | None:
    """The actions, of the kinds that the client asks for.

    `versioned` says whether it takes edits of a version, `resolves` whether it asks for an edit later.
    """
    workshop = await session.workshop()
    uri = params.text_document.uri
    taken = snapshot_of(session, uri, workshop)
    if taken is None:
        return None
    document, snapshot = taken
    kinds = [kind for kind, name in KINDS.items() if _is_wanted(name, params.context.only)]
    first, last = (
        document.offset_at(at.line, at.character, session.documents.encoding)
        for at in (params.range.start, params.range.end)
    )
    version = document.version
    actions, rewrites = await asyncio.to_thread(_actions, snapshot, workshop, (first, last), kinds)
    if document.version != version:
        return None
    offered = _generating(session, uri, params.range.start.line, workshop) if "rewrite" in kinds else []
    asking = await _asking(session, uri, params.range, workshop) if "ask" in kinds else []
    mended = [each for each in params.context.diagnostics if each.source == SOURCE]
    data = {"uri": uri, "version": version, "start": first, "end": last}
    return [
        *(_code_action(action, document, uri, session, mended, versioned) for action in actions),
        *(_rewriting(rewrite, data, resolves) for rewrite in rewrites if rewrite.kind in kinds),
        *offered,
        *asking,
    ]


def _rewriting(rewrite: "Rewrite", data: dict[str, Any], resolves: bool) -> types.CodeAction:
    data = {**data, "name": rewrite.name}
    action = types.CodeAction(rewrite.title, kind=KINDS[rewrite.kind], data=data)
    if not resolves:
        action.command = types.Command(f"Understudy: {rewrite.title}", REWRITE, arguments=[data])
    return action


def _generating(session: Session, uri: str, line: int, workshop: Workshop) -> list[types.CodeAction]:
    """The action that has the question at the line answered. Sampling takes seconds, so nothing is asked yet."""
    if not workshop.project.settings.completion.enabled or asked_at(session, uri, line, workshop) is None:
        return []
    return [_commanded("Generate the query", GENERATE, {"uri": uri, "line": line}, kind="rewrite")]


async def _asking(
    session: Session, uri: str, selected: types.Range, workshop: Workshop
) -> list[types.CodeAction]:
    """What can be asked about the statement where the selection begins, what was learned of it, and what it can teach."""
    at, end = selected.start, selected.end
    context = _query_at(session, uri, at, workshop)
    if context is None:
        # A selection may begin at the comment above.
        is_over = at != end and _query_at(session, uri, end, workshop) is not None
        return _teaching(session, uri, selected) if is_over else []
    here = {"uri": uri, "line": at.line, "character": at.character}
    asking = [_commanded("Explain this query", EXPLAIN, here)]
    if session.trusted and context.question.text:
        asking.append(_commanded("Ask the teacher how to plan it", TEACHER, here))
    asking += _teaching(session, uri, selected, asked=bool(context.question.text))
    cases = await asyncio.to_thread(lessons_at, session, uri, context, workshop)
    return asking + [
        _commanded(f"Forget the lesson “{case.question[:60]}”", FORGET, {"id": case.id}) for case in cases
    ]


def _query_at(session: Session, uri: str, at: types.Position, workshop: Workshop) -> "QueryContext | None":
    found = session.find(uri)
    context = session.context(*found, at.line, at.character, workshop) if found is not None else None
    if context is None or context.region == "python-code" or not context.statement.strip():
        return None
    return context


def _teaching(
    session: Session, uri: str, selected: types.Range, *, asked: bool = False
) -> list[types.CodeAction]:
    """Teaching from what is selected or, where nothing is and the query there is `asked` for, from that; and from its file."""
    cell = session.notebooks.number(uri)
    file = cell[0] if cell is not None else uri
    if not session.trusted or session.root is None or not file.startswith("file:"):
        return []
    start, end = selected.start, selected.end
    title = "Teach from the selection" if start != end else "Teach from this query" if asked else ""
    stretch = {
        name: {"line": at.line, "character": at.character} for name, at in (("start", start), ("end", end))
    }
    here = [_commanded(title, DISTILL, {"path": uri, "range": stretch})] if title else []
    return [*here, _commanded("Teach from this file", DISTILL, {"path": file})]


def _commanded(title: str, command: str, argument: dict[str, Any], kind: str = "ask") -> types.CodeAction:
    asked = types.Command(f"Understudy: {title}", command, arguments=[argument])
    return types.CodeAction(title, kind=KINDS[kind], command=asked)


def _actions(
    snapshot: "Snapshot", workshop: Workshop, bounds: tuple[int, int], kinds: Sequence[str]
) -> "tuple[list[Action], list[Rewrite]]":
    from understudy_server.actions.code_actions import code_actions
    from understudy_server.actions.mend import MEND, without_rule
    from understudy_server.actions.rewrites import Rewrite, rewrites_at
    from understudy_server.context.query_context import Span

    span, project = Span(*bounds), workshop.project
    made = [action for action in code_actions(snapshot, span) if action.kind in kinds]
    later: list[Rewrite] = []
    if "fix" in kinds and project.settings.completion.enabled and without_rule(snapshot, span) is not None:
        later.append(Rewrite(MEND, "Let the student mend it", "fix"))
    if {"rewrite", "extract", "inline"} & set(kinds):
        later += rewrites_at(snapshot, span, proof=project.source is not None, dialects=[project.dialect])
    return made, later


def _code_action(
    action: "Action",
    document: Document,
    uri: str,
    session: Session,
    diagnostics: Sequence[types.Diagnostic],
    versioned: bool,
) -> types.CodeAction:
    about = None
    if action.problem is not None:
        span = action.problem.span
        stands = place(span.start, span.end, document, session)
        about = [each for each in diagnostics if each.range == stands] or None
    return types.CodeAction(
        title=action.title,
        kind=KINDS[action.kind],
        diagnostics=about,
        is_preferred=(action.problem is not None and not action.problem.instead) or None,
        edit=workspace_edit(uri, document, action.edits, session, versioned=versioned),
    )


def _is_wanted(kind: str, only: "Sequence[str] | None") -> bool:
    """Whether the kind, or one that holds it, is asked for; nothing asked for is everything."""
    return only is None or any(not each or kind == each or kind.startswith(f"{each}.") for each in only)
