"""textDocument/hover: what stands under the cursor, and what taught us."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from lsprotocol import types
from pygls.uris import to_fs_path

from understudy_server.context.text.document import Document
from understudy_server.lsp.session import Session, Workshop

if TYPE_CHECKING:
    from understudy_server.actions.describe import Description
    from understudy_server.completion.suggestion import Suggestion
    from understudy_server.context.query_context import QueryContext


async def hover(session: Session, params: types.HoverParams, *, formatted: bool) -> types.Hover | None:
    """None where nothing is known. `formatted` says whether the client shows Markdown."""
    workshop = await session.workshop()
    found = session.find(params.text_document.uri)
    if found is None:
        return None
    document, _ = found
    context = session.context(*found, params.position.line, params.position.character, workshop)
    if context is None or context.region == "python-code":
        return None
    version = document.version
    place = place_of(session, params.text_document.uri, document, context)
    # In a thread: cases come from the knowledge file, which another process may hold.
    described = await asyncio.to_thread(_describe, context, workshop, session.suggestions, place, formatted)
    if described is None or document.version != version:
        return None
    kind = types.MarkupKind.Markdown if formatted else types.MarkupKind.PlainText
    span = described.span
    start, end = (document.position_at(at, session.documents.encoding) for at in (span.start, span.end))
    return types.Hover(
        types.MarkupContent(kind, described.text), types.Range(types.Position(*start), types.Position(*end))
    )


def _describe(
    context: "QueryContext",
    workshop: Workshop,
    suggestions: "tuple[Suggestion, ...]",
    place: tuple[str, int] | None,
    formatted: bool,
) -> "Description | None":
    from understudy_server.actions.describe import describe
    from understudy_server.actions.learned import learned_at
    from understudy_server.actions.markup import Markup

    project = workshop.project
    store = project.knowledge if project.has_knowledge else None
    learned = learned_at(context, suggestions, store, place, project.student_name)
    return describe(context, workshop.toolbox.catalog, learned, Markup(formatted))


def place_of(
    session: Session, uri: str, document: Document, context: "QueryContext"
) -> tuple[str, int] | None:
    """The statement's file, relative to the workspace, and line; None for what is no file of it."""
    path = to_fs_path(uri) if uri.startswith("file:") else None
    if session.root is None or path is None or not Path(path).is_relative_to(session.root):
        return None
    line = document.line_at(context.statement_span.start) + 1
    return Path(path).relative_to(session.root).as_posix(), line
