"""Instant completion items, without a model: tables, columns of what is visible, joins over keys, values, functions."""

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from attrs import frozen

from understudy_knowledge.catalog.model import Catalog, ForeignKey, Table
from understudy_server.completion.scan import open_quote
from understudy_server.completion.value_items import begun_values, compared_values, function_names
from understudy_server.context.defined.relations import FileTables
from understudy_server.context.query_context import QueryContext, RelationKind, VisibleRelation
from understudy_server.context.tables import Tables

_WORD = re.compile(r"[\w$]*\Z")
_QUALIFIER = re.compile(r"([\w$]+)\s*\.\s*[\w$]*\Z")
_ON = re.compile(r"\bon\s*\Z", re.IGNORECASE)
_KINDS: dict[RelationKind, str] = {
    "table": "table",
    "cte": "common table expression",
    "subquery": "subquery",
    "function": "table function",
    "frame": "DataFrame",
}
_TABLE_CLAUSES = {"from", "join", "update", "insert"}
_COLUMN_CLAUSES = {"select", "on", "where", "group by", "having", "order by", "set"}


@frozen
class Item:
    """One entry of the list. `text` replaces the word at the cursor; `rank` orders the list, smallest first."""

    label: str
    kind: Literal["table", "column", "join", "value", "function"]
    text: str
    detail: str = ""
    documentation: str = ""
    rank: int = 0


def items(context: QueryContext, catalog: Catalog) -> list[Item]:
    """What may stand at the cursor. Empty where the clause takes no name."""
    quote, opened = open_quote(context.prefix)
    if quote == "'":
        begun = begun_values(context, _looked_up(context, catalog), opened)
        return [Item(value, "value", text, column) for value, (text, column) in begun]
    if qualifier := _QUALIFIER.search(context.prefix):
        inside = _tables_in(qualifier[1], catalog) if context.clause in _TABLE_CLAUSES else ()
        columns = list(inside) or list(_columns_of(qualifier[1], context, _looked_up(context, catalog)))
        begins = context.clause == "on" and _ON.search(context.prefix[: qualifier.start()])
        return [*(_conditions_of(qualifier[1], context, catalog) if begins else ()), *columns]
    typed = _WORD.search(context.prefix)
    before = context.prefix[: typed.start()] if typed else context.prefix
    if context.clause in _TABLE_CLAUSES:
        after_join = context.clause == "join"
        joins = list(_joins(context, catalog)) if after_join else []
        return [*joins, *_tables(catalog, rank=1), *_defined(context, catalog)]
    if context.clause == "on" and _ON.search(before):
        return [*_conditions(context, catalog), *_columns(context, _looked_up(context, catalog))]
    if context.clause in _COLUMN_CLAUSES:
        tables = _looked_up(context, catalog)
        values = [Item(text, "value", text, column) for text, column in compared_values(context, tables)]
        columns = list(_columns(context, tables))
        listed = {item.label.lower() for item in columns}
        # Before FROM is written nothing is visible yet: every column of the catalog may be meant.
        names = [*_given(context, listed), *columns] or list(_all_columns(catalog))
        return [*values, *names, *(_functions(context.dialect) if names else ())]
    return []


def _functions(dialect: str) -> Iterator[Item]:
    for name in function_names(dialect):
        yield Item(f"{name}()", "function", f"{name}(", "function", rank=3)


def word_length(context: QueryContext) -> int:
    """Characters of the word that ends at the cursor: what an item replaces."""
    found = _WORD.search(context.prefix)
    return len(found[0]) if found else 0


def _tables(catalog: Catalog, rank: int) -> Iterator[Item]:
    for table in catalog.tables:
        yield _table(table, catalog.called(table), _called(table, catalog), rank)


def _tables_in(namespace: str, catalog: Catalog) -> Iterator[Item]:
    """The tables behind `namespace.`, by their bare names."""
    for table in catalog.tables:
        if table.namespace and table.namespace.rpartition(".")[2].lower() == namespace.lower():
            yield _table(table, table.name, _quoted(table.name), rank=0)


def _table(table: Table, label: str, text: str, rank: int) -> Item:
    size = f", {table.rows:,} rows" if table.rows is not None else ""
    columns = ", ".join(column.name for column in table.columns[:12])
    documentation = f"{table.comment}\n\n{columns}".strip()
    return Item(label, "table", text, f"{table.kind}{size}", documentation, rank)


def _called(table: Table, catalog: Catalog) -> str:
    """The table's name as a statement writes it, with its namespace where the bare name does not mean it."""
    bare = catalog.called(table) == table.name
    namespace = [] if bare else table.namespace.split(".")
    return ".".join(_quoted(part) for part in (*namespace, table.name))


def _looked_up(context: QueryContext, catalog: Catalog) -> Tables:
    """Where the names of the context's relations are looked up."""
    return catalog if context.tables is None else context.tables


def _defined(context: QueryContext, catalog: Catalog) -> Iterator[Item]:
    """The relations that no catalog has: what the statement defines, frames, and what the file makes above."""
    for relation in context.relations:
        if relation.kind == "frame" or relation.table is None:
            yield Item(relation.name, "table", _quoted(relation.name), _KINDS[relation.kind])
    for table in context.tables.own() if isinstance(context.tables, FileTables) else ():
        if catalog.table(table.name) is None:
            columns = ", ".join(column.name for column in table.columns[:12])
            yield Item(table.name, "table", _quoted(table.name), "table of this file", columns)


def _given(context: QueryContext, listed: set[str]) -> Iterator[Item]:
    """Names that the query gives its columns, where no relation has a column that goes by the bare name."""
    for name in dict.fromkeys(context.given):
        if name.lower() not in listed:
            yield Item(name, "column", _quoted(name), "named in this query")


def _columns_of(qualifier: str, context: QueryContext, tables: Tables) -> Iterator[Item]:
    for relation in context.relations:
        if relation.name.lower() == qualifier.lower():
            yield from _of_relation(relation, tables)
            return
    if table := tables.table(qualifier):
        yield from _of_table(table, rank=0)


def _columns(context: QueryContext, tables: Tables) -> Iterator[Item]:
    """Columns of everything visible; one that several relations have is written with its relation's name."""
    found = [(relation, item) for relation in context.relations for item in _of_relation(relation, tables)]
    names = [item.label.lower() for _, item in found]
    for relation, item in found:
        if names.count(item.label.lower()) == 1:
            yield item
        else:
            qualified = f"{_quoted(relation.name)}.{item.text}"
            yield Item(qualified, "column", qualified, item.detail, item.documentation, item.rank)


def _of_relation(relation: VisibleRelation, tables: Tables) -> Iterator[Item]:
    table = tables.table(relation.table) if relation.table else None
    if table is not None and (table.columns or not relation.columns):
        yield from _of_table(table, rank=0)
    else:
        for name in relation.columns or ():
            kind = "" if relation.kind == "table" else f", {_KINDS[relation.kind]}"
            yield Item(name, "column", _quoted(name), f"{relation.name}{kind}")


def _of_table(table: Table, rank: int) -> Iterator[Item]:
    keys = {
        column: f"{key.ref_table}.{ref}"
        for key in table.foreign_keys
        for column, ref in zip(key.columns, key.ref_columns, strict=False)
    }
    for column in table.columns:
        detail = f"{table.name}: {column.type or 'any'}"
        if column.name in keys:
            detail += f" → {keys[column.name]}"
        samples = ", ".join(repr(sample) for sample in column.samples[:5])
        documentation = "\n\n".join(part for part in (column.comment, samples and f"e.g. {samples}") if part)
        yield Item(column.name, "column", _quoted(column.name), detail, documentation, rank)


def _all_columns(catalog: Catalog) -> Iterator[Item]:
    seen: set[str] = set()
    for table in catalog.tables:
        for item in _of_table(table, rank=2):
            if item.label.lower() not in seen:
                seen.add(item.label.lower())
                yield item


def _joins(context: QueryContext, catalog: Catalog) -> Iterator[Item]:
    """`orders ON orders.customer_id = c.customer_id`: the tables one key away from what is visible."""
    for relation in context.relations:
        table = catalog.table(relation.table) if relation.table else None
        if table is None:
            continue
        for key in table.foreign_keys:
            if other := catalog.table(key.ref_table):
                yield _join(
                    _called(other, catalog),
                    _condition(relation.name, key.columns, other.name, key.ref_columns),
                )
        for other in catalog.tables:
            for key in other.foreign_keys:
                if other is not table and catalog.table(key.ref_table) is table:
                    yield _join(
                        _called(other, catalog),
                        _condition(other.name, key.columns, relation.name, key.ref_columns),
                    )


def _join(table: str, condition: str) -> Item:
    text = f"{table} ON {condition}"
    return Item(text, "join", text, "join over a key")


def _conditions(context: QueryContext, catalog: Catalog) -> Iterator[Item]:
    """`o.customer_id = c.customer_id` for each key between two visible relations."""
    for owner, referred, key in _keys(context, catalog):
        text = _condition(owner, key.columns, referred, key.ref_columns)
        yield Item(text, "join", text, "join over a key")


def _conditions_of(qualifier: str, context: QueryContext, catalog: Catalog) -> Iterator[Item]:
    """The same from the column on, where `qualifier.` is written already: whichever side it is on comes first."""
    for owner, referred, key in _keys(context, catalog):
        sides = (owner, key.columns), (referred, key.ref_columns)
        for (name, columns), (other, refs) in (sides, sides[::-1]):
            if name.lower() == qualifier.lower():
                text = _condition(name, columns, other, refs).removeprefix(f"{_quoted(name)}.")
                yield Item(text, "join", text, "join over a key")


def _keys(context: QueryContext, catalog: Catalog) -> Iterator[tuple[str, str, ForeignKey]]:
    """Each key between two visible relations, after the names of the relation that has it and of the one that it refers to."""
    for owner in context.relations:
        table = catalog.table(owner.table) if owner.table else None
        for key in table.foreign_keys if table else ():
            for other in context.relations:
                if other is owner or not other.table:
                    continue
                if catalog.table(other.table) is catalog.table(key.ref_table) is not None:
                    yield owner.name, other.name, key


def _condition(left: str, columns: Sequence[str], right: str, refs: Sequence[str]) -> str:
    return " AND ".join(
        f"{_quoted(left)}.{_quoted(column)} = {_quoted(right)}.{_quoted(ref)}"
        for column, ref in zip(columns, refs, strict=False)
    )


def _quoted(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z_]\w*", name) else '"' + name.replace('"', '""') + '"'
