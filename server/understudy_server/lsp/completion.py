"""textDocument/completion: tables, columns and joins at once, without a model."""

from lsprotocol import types

from understudy_server.lsp.session import Session

_KINDS = {
    "table": types.CompletionItemKind.Class,
    "column": types.CompletionItemKind.Field,
    "join": types.CompletionItemKind.Snippet,
}


async def completion(session: Session, params: types.CompletionParams) -> types.CompletionList | None:
    """What may stand at the cursor; None where SQL has no place."""
    workshop = await session.workshop()
    found = session.find(params.text_document.uri)
    if found is None:
        return None
    context = session.context(*found, params.position.line, params.position.character, workshop)
    if context is None:
        return None
    from understudy_server.completion.items import items, word_length
    from understudy_server.context.insertion import render_insertion

    document, _ = found
    end = types.Position(*document.position_at(context.offset, session.documents.encoding))
    # The word is of one line and, in every encoding, of names that count one unit a character or are escaped anyway.
    start = types.Position(end.line, max(0, end.character - word_length(context)))
    return types.CompletionList(
        is_incomplete=False,
        items=[
            types.CompletionItem(
                label=item.label,
                kind=_KINDS[item.kind],
                detail=item.detail,
                documentation=item.documentation or None,
                sort_text=f"{item.rank:02}{number:05}",
                text_edit=types.TextEdit(types.Range(start, end), render_insertion(item.text, context)),
            )
            for number, item in enumerate(items(context, workshop.toolbox.catalog))
        ],
    )
