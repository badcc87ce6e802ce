"""Several catalogs of the same data made one."""

from collections import defaultdict
from collections.abc import Iterator

from attrs import define, evolve

from understudy_knowledge.catalog.model import Catalog, Column, ForeignKey, Table
from understudy_knowledge.catalog.names import DEFAULT_NAMESPACES, last_part, within


def merge(*catalogs: Catalog) -> Catalog:
    """One catalog of all tables. Earlier catalogs take precedence, in the order that `Precedence` states.

    Two tables are the same when their names differ only in case and their namespaces do not contradict each other: `orders`,
    `public.orders` and `shop.public.orders` are one. With a database's catalog, `orders` is also its only `sales.orders`:
    which namespace a bare name means, its connection decides. A table's columns, types and primary key come from the first
    catalog that has it. Later ones fill what the earlier left empty: comments, samples, foreign keys when there were none,
    and the row
    count. A column that only a later catalog has is not added, because the live database would refuse it, unless the earlier
    source need not have listed all (`Table.partial`). Tables that only a later catalog has are added. Dialect and search path
    are the first catalog's that has one; notes are kept in order.
    """
    merged: list[_Entry] = []
    places: dict[str, list[_Entry]] = defaultdict(list)
    for catalog in catalogs:
        for table in catalog.tables:
            entry = _same(table, catalog, places[table.name.lower()])
            if entry is None:
                merged.append(_Entry(table, catalog, _is_connection(catalog)))
                places[table.name.lower()].append(merged[-1])
            else:
                entry.table = _fill(entry.table, table)
                entry.newest = catalog
    written = {catalog.written_in for catalog in catalogs} - {""}
    return Catalog(
        tuple(entry.table for entry in merged),
        catalogs[0].dialect if catalogs else "sqlite",
        tuple(dict.fromkeys(note for catalog in catalogs for note in catalog.notes)),
        complete=any(catalog.complete for catalog in catalogs),
        search_path=next((catalog.search_path for catalog in catalogs if catalog.search_path), ()),
        files=tuple(table for catalog in catalogs for table in catalog.files),
        written_in=written.pop() if len(written) == 1 else "",
    )


def resolve_keys(catalog: Catalog) -> Catalog:
    """The catalog with foreign keys that hold: parents as they are named here, columns filled in from their primary keys.

    A key whose parent is not in the catalog is left out: nothing could be joined along it.
    """
    tables = tuple(
        table if keys == table.foreign_keys else evolve(table, foreign_keys=keys)
        for table in catalog.tables
        for keys in (tuple(_resolved(table, catalog)),)
    )
    return evolve(catalog, tables=tables)


@define(eq=False)
class _Entry:
    """A table as it is so far, the last catalog that told of it, and whether a connection did first."""

    table: Table
    newest: Catalog
    connected: bool


def _is_connection(catalog: Catalog) -> bool:
    """Whether it is of a database, now or as remembered, which knows what a bare name means."""
    return catalog.complete or bool(catalog.search_path)


def _same(table: Table, catalog: Catalog, known: list[_Entry]) -> _Entry | None:
    """The known table that this one is; of several the one that is least in doubt."""
    namespace = table.namespace.lower()

    def is_same(entry: _Entry) -> bool:
        other = entry.table.namespace.lower()
        if not namespace or not other:
            named = last_part(namespace or other)
            # Within one catalog two spellings are two tables, unless the default says that they are not.
            loose = (entry.connected or _is_connection(catalog)) and entry.newest is not catalog
            return not named or named in DEFAULT_NAMESPACES or loose
        return namespace == other or (entry.newest is not catalog and within(namespace, other))

    def doubt(entry: _Entry) -> tuple[bool, bool]:
        other = entry.table.namespace.lower()
        return other != namespace, last_part(other) not in DEFAULT_NAMESPACES

    return min(filter(is_same, known), key=doubt, default=None)


def _fill(first: Table, later: Table) -> Table:
    columns = tuple(_columns(first, later))
    named = {column.name.lower() for column in columns}
    keys = first.foreign_keys or tuple(
        key for key in later.foreign_keys if all(name.lower() in named for name in key.columns)
    )
    filled = evolve(
        first,
        columns=columns,
        foreign_keys=keys,
        rows=first.rows if first.rows is not None else later.rows,
        comment=first.comment or later.comment,
        partial=first.partial and later.partial,
    )
    gave = filled != first and later.source not in ("", first.source, *first.also)
    longest = max(
        first.namespace, later.namespace, key=lambda namespace: namespace.count(".") + bool(namespace)
    )
    return evolve(filled, namespace=longest, also=(*first.also, later.source) if gave else first.also)


def _columns(first: Table, later: Table) -> Iterator[Column]:
    """The columns of both as the first has them; where it need not have them all, the later one's besides."""
    if not first.partial:
        yield from (_fill_column(column, later.column(column.name)) for column in first.columns)
        return
    one, other = (first, later) if later.partial else (later, first)
    for column in (*one.columns, *(column for column in other.columns if one.column(column.name) is None)):
        own = first.column(column.name)
        # A column that only the later one has says so itself.
        yield (
            _fill_column(own, later.column(column.name))
            if own
            else evolve(column, source=column.source or later.source)
        )


def _fill_column(first: Column, later: Column | None) -> Column:
    if later is None:
        return first
    sampled = first if first.samples or first.samples_complete else later
    return evolve(
        first,
        type=first.type or later.type,
        family=later.family if first.family == "unknown" else first.family,
        comment=first.comment or later.comment,
        samples=sampled.samples,
        samples_complete=sampled.samples_complete,
    )


def _resolved(table: Table, catalog: Catalog) -> Iterator[ForeignKey]:
    for key in table.foreign_keys:
        parent = _parent(table, key, catalog)
        targets = key.ref_columns or (parent.primary_key if parent else ())
        if parent is not None and len(targets) == len(key.columns):
            yield ForeignKey(key.columns, catalog.short_path(parent), targets)


def _parent(table: Table, key: ForeignKey, catalog: Catalog) -> Table | None:
    """The table that the key refers to: a bare name means the neighbor in the same namespace first."""
    beside = catalog.table(f"{table.namespace}.{key.ref_table}") if table.namespace else None
    return beside or catalog.table(key.ref_table)
