"""Hover: what stands under the cursor, where it comes from, and which lesson the statement owes to."""

from collections.abc import Iterator

from attrs import frozen

from understudy_knowledge.catalog.model import Catalog
from understudy_server.actions.describe_data import column_lines, defined_as, derived_lines, relation_lines
from understudy_server.actions.describe_learned import learned_lines
from understudy_server.actions.learned import Learned
from understudy_server.actions.markup import Markup
from understudy_server.actions.name_at import NameAt, name_at, relation_named
from understudy_server.context.query_context import QueryContext, Span, VisibleRelation
from understudy_server.context.tables import Tables

_COLUMNS_SHOWN = 3


@frozen
class Description:
    """`text` is Markdown or plain as the markup says; `span` is what it is about, in bytes of the document."""

    text: str
    span: Span


def describe(
    context: QueryContext, catalog: Catalog, learned: Learned | None = None, markup: Markup | None = None
) -> Description | None:
    """What is known of the name at the cursor, and what was learned that wrote or came from its statement; None if nothing."""
    markup = markup or Markup()
    name = name_at(context)
    tables = catalog if context.tables is None else context.tables
    about = list(_about(name, context, tables, markup)) if name else []
    if name and not about and not catalog.complete:
        about = list(_not_known(name, context, tables, markup))
    lessons = learned_lines(learned or Learned(), markup)
    if not about and not lessons:
        return None
    span = name.span if name and about else context.statement_span
    return Description("\n\n".join((*about, *lessons)), span)


def _about(name: NameAt, context: QueryContext, tables: Tables, markup: Markup) -> Iterator[str]:
    if name.qualifier:
        yield from _qualified(name, context, tables, markup)
        return
    relation = _relation_of(name, context, tables)
    if name.qualifies or name.in_from:
        found = list(_relation(relation, tables, markup)) if relation else []
        yield from found or _columns(name, context, tables, markup)
    elif not name.given:
        found = list(_columns(name, context, tables, markup))
        yield from found or (_relation(relation, tables, markup) if relation else ())


def _not_known(name: NameAt, context: QueryContext, tables: Tables, markup: Markup) -> Iterator[str]:
    """Of a table that no schema describes, where more tables may be there than were read; of such an alias, too."""
    relation = relation_named(context, name.name, tables)
    is_table = relation is not None and relation.kind == "table" and relation.columns is None
    if relation is not None and is_table and relation.table and (name.in_from or name.qualifies):
        yield (
            f"{markup.code(relation.table)} is in nothing that was read of the schema: neither a database nor a file of the "
            "project describes it, so its columns are not known here, and names are not held against them."
        )


def _relation_of(name: NameAt, context: QueryContext, tables: Tables) -> VisibleRelation | None:
    """The relation that goes by the name, else the base table of that name, which may go by an alias."""
    found = relation_named(context, name.name, tables)
    if found is not None:
        return found
    table = tables.table(name.name) if name.in_from else None
    return VisibleRelation(table.name, table.name) if table else None


def _qualified(name: NameAt, context: QueryContext, tables: Tables, markup: Markup) -> Iterator[str]:
    relation = relation_named(context, name.qualifier, tables)
    if relation is not None:
        yield from _column(relation, name.name, tables, markup)
    elif name.in_from and (table := tables.table(name.name)):
        # `main.orders`: what stands before the dot is a schema.
        yield from relation_lines(table, table.name, markup)


def _columns(name: NameAt, context: QueryContext, tables: Tables, markup: Markup) -> Iterator[str]:
    described = [
        text for relation in context.relations for text in _column(relation, name.name, tables, markup)
    ]
    yield from described[:_COLUMNS_SHOWN]


def _column(relation: VisibleRelation, name: str, tables: Tables, markup: Markup) -> Iterator[str]:
    table = tables.table(relation.table) if relation.table else None
    column = table.column(name) if table else None
    if table is not None and column is not None:
        yield from column_lines(table, column, markup)
    elif name.lower() in {known.lower() for known in relation.columns or ()}:
        owner = defined_as(relation.name, relation.kind, markup)
        yield f"{markup.code(name)}: a column of {owner}."


def _relation(relation: VisibleRelation, tables: Tables, markup: Markup) -> Iterator[str]:
    table = tables.table(relation.table) if relation.table else None
    if table is not None:
        yield from relation_lines(table, relation.name, markup)
    elif relation.table is None and relation.columns is not None:
        yield from derived_lines(relation.name, relation.kind, relation.columns, markup)
