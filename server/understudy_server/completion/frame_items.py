"""Instant items in Python code: the columns of the frame at the cursor, written as the code around needs them."""

from collections.abc import Sequence

from attrs import frozen

from understudy_knowledge.catalog import Catalog
from understudy_server.completion.items import Item
from understudy_server.context.frames.at_cursor import ColumnPlace, column_place
from understudy_server.context.frames.values import FrameColumn
from understudy_server.context.frames.visible import scope_at
from understudy_server.context.query_context import Span
from understudy_server.context.text.document import Document


@frozen
class FrameItems:
    """Items, and the bytes of the document that the text of any of them replaces."""

    items: tuple[Item, ...]
    span: Span


def frame_items(
    document: Document, offset: int, catalog: Catalog, above: Sequence[Document] = ()
) -> FrameItems | None:
    """The columns that may stand at the cursor; None where the code takes none, or none is known."""
    place = column_place(scope_at(document, offset, catalog, above))
    if place is None or not place.columns:
        return None
    start = offset - len(place.typed.encode())
    line_end = document.line_end(document.line_at(offset))
    rest = document.text(offset, line_end)
    end = offset + _rest_of_label(rest, place)
    closes = place.form == "key" and not rest[len(document.text(offset, end)) :].startswith(place.quote)
    written = [(column, _written(column, place, closing=closes)) for column in place.columns]
    return FrameItems(
        tuple(
            Item(str(column.name), "column", text, _detail(column, place), rank=0 if column.certain else 1)
            for column, text in written
            if text is not None
        ),
        Span(start, end),
    )


def _rest_of_label(rest: str, place: ColumnPlace) -> int:
    """Bytes right of the cursor that belong to the label that is there already: up to its closing quote."""
    if place.form != "key" or len(place.quote) != 1:
        return 0
    label, quote, _ = rest.partition(place.quote)
    # Without a closing quote, or with one that opens another string, the rest is code.
    return len(label.encode()) if quote and not any(mark in label for mark in "()[]{},:=") else 0


def _written(column: FrameColumn, place: ColumnPlace, *, closing: bool) -> str | None:
    """The column as code; None where it cannot be written so."""
    name = column.name
    if place.form == "bare":
        return str(name) if isinstance(name, int) else f'"{_escaped(name, place)}"'
    if not isinstance(name, str):
        return None
    if place.form == "attribute":
        return name
    if place.form == "word":
        return name if name.isidentifier() else f"`{name}`"
    if place.raw and ("\\" in name or place.quote[0] in name):
        return None
    return (name if place.raw else _escaped(name, place)) + (place.quote if closing else "")


def _escaped(name: str, place: ColumnPlace) -> str:
    text = name.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")
    return text.replace(place.quote[0], "\\" + place.quote[0])


def _detail(column: FrameColumn, place: ColumnPlace) -> str:
    family = "" if column.family == "unknown" else f": {column.family}"
    frame = place.frame if len(place.frame) <= 40 and "\n" not in place.frame else "frame"
    return f"{frame}{family}" if column.certain else f"{frame}{family}, perhaps"
