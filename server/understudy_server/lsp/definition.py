"""textDocument/definition: where a CTE, an alias, a table, a column or a dbt model is defined."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from lsprotocol import types
from pygls.uris import from_fs_path

from understudy_server.context.text.document import Document
from understudy_server.lsp.diagnostics import place
from understudy_server.lsp.session import Session, Workshop

if TYPE_CHECKING:
    from understudy_server.actions.definitions import Definition
    from understudy_server.context.query_context import QueryContext


async def definition(session: Session, params: types.DefinitionParams) -> types.Location | None:
    """None where nobody said where."""
    workshop = await session.workshop()
    uri, at = params.text_document.uri, params.position
    found = session.find(uri)
    if found is None:
        return None
    document, _ = found
    if (model := _model(document, at, session)) is not None:
        answer = await asyncio.to_thread(_file_of, model, workshop)
    else:
        context = session.context(*found, at.line, at.character, workshop)
        if context is None or context.region == "python-code":
            return None
        answer = await asyncio.to_thread(_defined, context, session, workshop)
    if answer is None:
        return None
    if answer.path is None:
        return types.Location(uri, place(answer.span.start, answer.span.end, document, session))
    target = _open(answer.path, session) or Document(str(answer.path), _text(answer.path))
    address = from_fs_path(str(answer.path)) or answer.path.as_uri()
    return types.Location(address, place(answer.span.start, answer.span.end, target, session))


def _model(document: Document, at: types.Position, session: Session) -> str | None:
    """The dbt model that is referred to at the position: Jinja is no place of SQL."""
    if at.line >= document.line_count:
        return None
    from understudy_server.actions.definitions import referenced_model

    start = document.line_start(at.line)
    column = document.offset_at(at.line, at.character, session.documents.encoding) - start
    return referenced_model(document.slice(start, document.line_end(at.line)), column)


def _file_of(model: str, workshop: Workshop) -> "Definition | None":
    from understudy_knowledge.catalog.tree import walk
    from understudy_server.actions.definitions import model_file

    project = workshop.project
    return model_file(model, walk(project.root, exclude=project.settings.exclude).paths, project.root)


def _defined(context: "QueryContext", session: Session, workshop: Workshop) -> "Definition | None":
    from understudy_server.actions.definitions import definition as find
    from understudy_server.actions.definitions import read_file

    def read(path: Path) -> bytes | None:
        opened = _open(path, session)
        return opened.slice() if opened is not None else read_file(path)

    return find(context, workshop.toolbox.catalog, session.root, read)


def _open(path: Path, session: Session) -> Document | None:
    """What the editor has of the file, which need not be what is on disk."""
    found = session.find(from_fs_path(str(path)) or "")
    return found[0] if found is not None else None


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""
