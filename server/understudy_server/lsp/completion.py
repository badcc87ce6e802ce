"""textDocument/completion: tables, columns and joins at once, without a model; in Python code the columns of frames."""

from typing import TYPE_CHECKING

from lsprotocol import types

from understudy_server.context.text.document import Document
from understudy_server.lsp.session import Session

if TYPE_CHECKING:
    from understudy_knowledge.catalog import Catalog

QUOTES = ('"', "'", "[")
"""What begins the name of a column in Python code; in SQL they begin a value, or a name that is typed by hand."""
_KINDS = {
    "table": types.CompletionItemKind.Class,
    "column": types.CompletionItemKind.Field,
    "join": types.CompletionItemKind.Snippet,
    "value": types.CompletionItemKind.Value,
    "function": types.CompletionItemKind.Function,
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
    if context.region == "python-code":
        return _in_python(session, found[0], context.offset, workshop.toolbox.catalog)
    from understudy_server.completion.items import items, word_length
    from understudy_server.context.insertion import render_insertion

    document, _ = found
    listed = items(context, workshop.toolbox.catalog)
    if (
        params.context is not None
        and params.context.trigger_character in QUOTES
        and any(item.kind != "value" for item in listed)
    ):
        return None
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
            for number, item in enumerate(listed)
        ],
    )


def _in_python(
    session: Session, document: Document, offset: int, catalog: "Catalog"
) -> types.CompletionList | None:
    """The columns of the frame at the cursor."""
    from understudy_server.completion.frame_items import frame_items
    from understudy_server.context.frames.cells_above import code_cells

    found = frame_items(document, offset, catalog, code_cells(session.notebooks.above(document.name)))
    if found is None:
        return None
    start, end = (
        types.Position(*document.position_at(at, session.documents.encoding))
        for at in (found.span.start, found.span.end)
    )
    return types.CompletionList(
        is_incomplete=False,
        items=[
            types.CompletionItem(
                label=item.label,
                kind=_KINDS[item.kind],
                detail=item.detail,
                sort_text=f"{item.rank:02}{number:05}",
                text_edit=types.TextEdit(types.Range(start, end), item.text),
            )
            for number, item in enumerate(found.items)
        ],
    )
