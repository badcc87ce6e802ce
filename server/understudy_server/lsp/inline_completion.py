"""textDocument/inlineCompletion: the one suggestion as ghost text. The newest request of a document ends the older ones."""

from lsprotocol import types

from understudy_knowledge.errors import BackendError
from understudy_server.context.text.document import Document
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
    under_way = session.under_way(uri)
    offset = document.offset_at(params.position.line, params.position.character, session.documents.encoding)
    # What is asked in a cell of a notebook may change with the cells around it.
    alone = session.notebooks.above(uri) is None
    if alone and (left := under_way.still_shown(offset, workshop.toolbox)):
        return _shown(session, Shown(left, uri, offset, left.text), document)
    context = session.context(*found, params.position.line, params.position.character, workshop)
    if context is None:
        return None
    from understudy_server.completion.suggest import why_silent
    from understudy_server.context.insertion import render_insertion

    tools = workshop.toolbox
    explicit = params.context.trigger_kind == types.InlineCompletionTriggerKind.Invoked
    try:
        suggestion = await under_way.suggestion(context, tools, explicit=explicit)
    except BackendError as error:
        session.log_once(str(error))
        return None
    if document.version != version:
        return None  # an editor that types on asks anew for the place where it is then
    if suggestion is None:
        if explicit and (reason := why_silent(context, tools)):
            session.unsaid(reason)
        return None
    text = render_insertion(suggestion.text, context)
    under_way.shows(suggestion, text, context.offset, tools)
    return _shown(session, Shown(suggestion, uri, context.offset, text), document)


def _shown(session: Session, shown: Shown, document: Document) -> types.InlineCompletionList:
    session.show(shown)
    place = types.Position(*document.position_at(shown.offset, session.documents.encoding))
    accepted = types.Command("Understudy: accepted", ACCEPTED, arguments=[{"id": shown.suggestion.id}])
    return types.InlineCompletionList(
        [types.InlineCompletionItem(shown.text, range=types.Range(place, place), command=accepted)]
    )
