"""understudy.explain and understudy.askTeacher: what a query does, and how the teacher would plan it, as a document."""

import asyncio
import hashlib
import os
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from understudy_knowledge.errors import BackendError, KnowledgeStoreError
from understudy_server.lsp.session import Session, Workshop
from understudy_server.lsp.tell import told

if TYPE_CHECKING:
    from understudy_server.context.query_context import QueryContext

EXPLAIN = "understudy.explain"
TEACHER = "understudy.askTeacher"


async def explain(
    session: Session, server: LanguageServer, uri: object, line: object, character: object
) -> dict[str, Any]:
    """`markdown` with the steps of the query at the position, which is shown as well; else a `message`."""
    from understudy_server.actions.declined import DeclinedError
    from understudy_server.actions.explain import explain as in_steps
    from understudy_server.actions.markup import Markup

    workshop = await session.workshop()
    context = _context(session, uri, line, character, workshop)
    if context is None:
        return told(server, "no query is here.")
    try:
        text = await asyncio.to_thread(
            in_steps, context.statement, context.dialect, Markup(), context.question.text
        )
    except DeclinedError as error:
        return told(server, f"not explained: {error}.")
    return await _shown(session, server, "explanation.md", text)


async def ask_teacher(
    session: Session, server: LanguageServer, uri: object, line: object, character: object
) -> dict[str, Any]:
    """`markdown` with the teacher's plan for the question and query at the position, which is shown as well; else a `message`.

    A teacher on a server is asked once, which costs what it costs.
    """
    workshop = await session.workshop()
    context = _context(session, uri, line, character, workshop)
    if not session.trusted:
        return told(server, "this workspace is not trusted, so no teacher is asked; trust it to ask.")
    if context is None or not context.question.text or not context.statement.strip():
        return told(server, "the teacher needs a question, as a comment, and the query that answers it.")
    from understudy_knowledge.memory.records import Example, Origin
    from understudy_knowledge.models.roles import TeacherRequest
    from understudy_server.actions.explain import plan_in_words
    from understudy_server.actions.markup import Markup

    asked, gold = context.question.text, context.statement.strip()
    identifier = hashlib.sha256(f"{asked}\0{gold}".encode()).hexdigest()[:16]
    example = Example(identifier, asked, gold, Origin(str(uri), 1, kind="manual"), context.dialect)
    teacher = workshop.project.build_teacher()
    try:
        answer = await teacher.plan(TeacherRequest(example, workshop.toolbox.catalog))
    except BackendError as error:
        return told(server, str(error))
    finally:
        await teacher.close()
    return await _shown(session, server, "plan.md", plan_in_words(answer.plan, answer.model, Markup()))


def _context(
    session: Session, uri: object, line: object, character: object, workshop: Workshop
) -> "QueryContext | None":
    found = session.find(uri) if isinstance(uri, str) else None
    if found is None or not isinstance(line, int) or not isinstance(character, int):
        return None
    context = session.context(*found, line, character, workshop)
    return context if context is not None and context.region != "python-code" else None


async def _shown(session: Session, server: LanguageServer, name: str, text: str) -> dict[str, Any]:
    """The text opened as a document where the client can, and files may be written; told otherwise."""
    window = server.client_capabilities.window
    can_show = bool(window and window.show_document and window.show_document.support)
    if can_show and session.trusted and session.root is not None:
        from understudy_server.workspace import prepare

        folder = session.root / ".understudy"
        try:
            prepare(folder)
            partial = folder / f"{name}.{os.getpid()}"
            partial.write_text(text + "\n", encoding="utf-8")
            partial.replace(folder / name)
        except (OSError, KnowledgeStoreError) as error:
            session.log_once(str(error))
        else:
            uri = (folder / name).as_uri()
            await server.window_show_document_async(types.ShowDocumentParams(uri, take_focus=False))
            return {"markdown": text, "uri": uri}
    server.window_show_message(types.ShowMessageParams(types.MessageType.Info, text))
    return {"markdown": text}
