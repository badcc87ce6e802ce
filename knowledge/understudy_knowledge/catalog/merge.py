"""Several catalogs of the same data made one."""

from attrs import evolve

from understudy_knowledge.catalog.model import Catalog, Column, Table


def merge(*catalogs: Catalog) -> Catalog:
    """One catalog of all tables. Earlier catalogs take precedence: put the live database first, DDL files after it.

    A table's columns, types and primary key come from the first catalog that has it. Later ones fill what the earlier left
    empty: comments, samples, foreign keys when there were none, and the row count. A column that only a later catalog has is
    not added, because the live database would refuse it. Tables that only a later catalog has are added. The dialect is the
    first catalog's; notes are kept in order.
    """
    tables: dict[str, Table] = {}
    for catalog in catalogs:
        for table in catalog.tables:
            known = tables.get(table.name.lower())
            tables[table.name.lower()] = _fill(known, table) if known else table
    notes = tuple(dict.fromkeys(note for catalog in catalogs for note in catalog.notes))
    return Catalog(tuple(tables.values()), catalogs[0].dialect if catalogs else "sqlite", notes)


def _fill(first: Table, later: Table) -> Table:
    columns = tuple(_fill_column(column, later.column(column.name)) for column in first.columns)
    keys = first.foreign_keys or tuple(
        key for key in later.foreign_keys if all(first.column(name) is not None for name in key.columns)
    )
    return evolve(
        first,
        columns=columns,
        foreign_keys=keys,
        rows=first.rows if first.rows is not None else later.rows,
        comment=first.comment or later.comment,
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
