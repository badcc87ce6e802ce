"""textDocument/inlineCompletion: the one suggestion as ghost text. The newest request of a document ends the older ones."""

from lsprotocol import types

from understudy_knowledge.errors import BackendError
from understudy_server.lsp.session import Session, Shown

ACCEPTED = "understudy.accepted"


async def inline_completion(
    session: Session, params: types.InlineCompletionParams
) -> types.InlineCompletionList | None:
    """At most one item. None when there is nothing to show, or another request has taken this one's place."""
    uri = params.text_document.uri
    asked_of = session.find(uri)
    version = asked_of[0].version if asked_of else None
    workshop = await session.workshop()
    found = session.find(uri)
    if found is None or not workshop.project.settings.completion.enabled:
        return None
    document, _ = found
    if document.version != version:
        return None  # edited while the project was opened: the position is of another text
    context = session.context(*found, params.position.line, params.position.character, workshop)
    if context is None:
        return None
    from understudy_server.context.insertion import render_insertion

    explicit = params.context.trigger_kind == types.InlineCompletionTriggerKind.Invoked
    try:
        suggestion = await session.under_way(uri).suggestion(context, workshop.toolbox, explicit=explicit)
    except BackendError as error:
        session.log_once(str(error))
        return None
    if suggestion is None or document.version != version:
        return None  # an editor that types on asks anew for the place where it is then
    text = render_insertion(suggestion.text, context)
    session.show(Shown(suggestion, uri, context.offset, text))
    place = types.Position(*document.position_at(context.offset, session.documents.encoding))
    accepted = types.Command("Understudy: accepted", ACCEPTED, arguments=[{"id": suggestion.id}])
    return types.InlineCompletionList(
        [types.InlineCompletionItem(text, range=types.Range(place, place), command=accepted)]
    )
