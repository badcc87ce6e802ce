"""Changes of a document that are exact also inside a Python string, or none at all."""

from typing import Literal

from attrs import frozen

from understudy_knowledge.catalog.model import Catalog
from understudy_knowledge.errors import UnderstudyError
from understudy_server.actions.diagnose import Known
from understudy_server.actions.own_tables import Own, WithOwn
from understudy_server.actions.statements import SourceStatement
from understudy_server.actions.surroundings import Source, surroundings_of
from understudy_server.context.extract import extract
from understudy_server.context.insertion import render_insertion
from understudy_server.context.query_context import Span
from understudy_server.context.text.document import Document


@frozen
class Snapshot:
    """A document that nobody edits while it is read, and what names are held against."""

    document: Document
    language: Literal["sql", "python"]
    known: Known
    beside: tuple[Source, ...] = ()
    """The other cells of its notebook."""


@frozen
class Edit:
    """`text`, written as the document needs it, in place of the bytes of `span`."""

    span: Span
    text: str


def edit(sql: str, span: Span, snapshot: Snapshot, *, former: str) -> Edit | None:
    """SQL in place of what reads `former` there; None where the source does not read so, as between escapes."""
    document, known = snapshot.document, snapshot.known
    if document.text(span.start, span.end) != former or not sql.replace("\n", "").isprintable():
        return None
    try:
        context = extract(
            document, span.start, language=snapshot.language, catalog=known.catalog, dialect=known.dialect
        )
    except UnderstudyError:  # too long for its surroundings to be known
        return None
    return (
        None
        if context is None or context.region == "python-code"
        else Edit(span, render_insertion(sql, context))
    )


def catalog_for(statement: SourceStatement, snapshot: Snapshot) -> Catalog:
    """What the statement may read from: the document's own tables too, where their columns are certain."""
    text, known = snapshot.document.slice(), snapshot.known
    around = surroundings_of(text, snapshot.language, snapshot.beside)
    own = Own(text, snapshot.language, around, known.catalog, known.dialect)
    return WithOwn(own.of(statement), known.catalog).as_catalog()
