"""textDocument/inlineCompletion: the one suggestion as ghost text. The newest request of a document ends the older ones."""

import asyncio

from lsprotocol import types

from understudy_knowledge.errors import BackendError
from understudy_server.lsp.session import Session

ACCEPTED = "understudy.accepted"


async def inline_completion(
    session: Session, params: types.InlineCompletionParams
) -> types.InlineCompletionList | None:
    """At most one item. None when another request has taken this one's place."""
    uri = params.text_document.uri
    if older := session.suggesting.get(uri):
        older.cancel()
    task = asyncio.ensure_future(_item(session, params))
    session.suggesting[uri] = task
    try:
        item = await task
    except asyncio.CancelledError:
        if session.suggesting.get(uri) is task:
            raise  # by the editor, which is told so; otherwise a newer request did it
        return None
    finally:
        if session.suggesting.get(uri) is task:
            del session.suggesting[uri]
    return types.InlineCompletionList(items=[item] if item else [])


async def _item(session: Session, params: types.InlineCompletionParams) -> types.InlineCompletionItem | None:
    workshop = await session.workshop()
    found = session.find(params.text_document.uri)
    if found is None or not workshop.project.settings.completion.enabled:
        return None
    context = session.context(*found, params.position.line, params.position.character, workshop)
    if context is None:
        return None
    from understudy_server.completion.suggest import suggest
    from understudy_server.context.insertion import render_insertion

    try:
        suggestion = await suggest(context, workshop.toolbox)
    except BackendError as error:
        session.log_once(str(error))
        return None
    if suggestion is None:
        return None
    session.show(suggestion)
    place = types.Position(*found[0].position_at(context.offset, session.documents.encoding))
    return types.InlineCompletionItem(
        insert_text=render_insertion(suggestion.text, context),
        range=types.Range(place, place),
        command=types.Command(
            title="Understudy: accepted", command=ACCEPTED, arguments=[{"id": suggestion.id}]
        ),
    )
