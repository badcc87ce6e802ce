"""understudy.generate: the query that answers the question at a place, put there with a word on how sure it is."""

from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from understudy_knowledge.errors import BackendError
from understudy_server.lsp.session import Session, Workshop
from understudy_server.lsp.tell import told

if TYPE_CHECKING:
    from understudy_server.context.query_context import QueryContext

GENERATE = "understudy.generate"


def asked_at(session: Session, uri: str, line: int, workshop: Workshop) -> "QueryContext | None":
    """The empty statement below a question, on the line or, where that is the question, on the next one; None elsewhere."""
    found = session.find(uri)
    if found is None:
        return None
    document, _ = found
    for at in (line, line + 1):
        end = document.position_at(document.line_end(at), "utf-32")[1] if at < document.line_count else -1
        context = session.context(*found, at, end, workshop) if end >= 0 else None
        if context is not None and context.region != "python-code":
            is_empty = not context.prefix.strip() and not context.suffix.strip()
            return context if is_empty and context.question.text else None
    return None


async def generate(session: Session, server: LanguageServer, uri: object, line: object) -> dict[str, Any]:
    """What came of it: `text`, `agreeing`, `sampled`, `executed` and `message`; without `text` nothing was put in."""
    workshop = await session.workshop()
    if not isinstance(uri, str) or not isinstance(line, int) or line < 0:
        return {"message": "Understudy: generate takes the URI of a document and a line."}
    context = asked_at(session, uri, line, workshop)
    found = session.find(uri)
    if context is None or found is None:
        return told(server, "there is no question at the cursor; write it as a comment and ask below it.")
    from understudy_server.completion.consistent import generate as sample
    from understudy_server.context.insertion import render_insertion

    document, _ = found
    version = document.version
    try:
        generated = await sample(context, workshop.toolbox)
    except BackendError as error:
        return told(server, str(error))
    if generated is None:
        return told(server, "no sample of the query runs; say more in the question, or teach from examples.")
    if document.version != version:
        return told(server, "the document was edited meanwhile, so the query was not put in; ask again.")
    place = types.Position(*document.position_at(context.offset, session.documents.encoding))
    edit = types.TextEdit(types.Range(place, place), render_insertion(generated.text, context))
    label = f"Understudy: generated query ({generated.confidence})"
    await server.workspace_apply_edit_async(
        types.ApplyWorkspaceEditParams(types.WorkspaceEdit(changes={uri: [edit]}), label)
    )
    return {
        "text": generated.text,
        "agreeing": generated.agreeing,
        "sampled": generated.sampled,
        "executed": generated.executed,
    } | told(server, f"generated a query: {generated.confidence}.")
