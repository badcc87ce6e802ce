"""Tables, columns and common table expressions in words."""

from collections.abc import Iterator, Sequence

from understudy_knowledge.catalog.model import Column, Table
from understudy_server.actions.markup import Markup
from understudy_server.context.query_context import RelationKind

_COLUMNS = 60
_SAMPLES = 5


def relation_lines(table: Table, name: str, markup: Markup) -> Iterator[str]:
    """A table or view; `name` is how the statement calls it."""
    alias = f"{markup.code(name)} is " if name.lower() != table.name.lower() else ""
    size = f", {table.rows:,} rows" if table.rows is not None else ""
    # A table that the document makes has the document's URI for its source.
    place = table.source.rpartition("/")[2] if "://" in table.source else table.source
    source = f", from {markup.code(place)}" if place else ""
    if table.also:
        listed = ", ".join(markup.code(other) for other in table.also[:3])
        source += f", completed from {listed}" + (
            f" and {len(table.also) - 3} more" if table.also[3:] else ""
        )
    yield f"{alias}{table.kind} {markup.code(table.path)}{size}{source}"
    if table.comment:
        yield markup.text(table.comment)
    lines = [_line(table, column) for column in table.columns[:_COLUMNS]]
    if len(table.columns) > _COLUMNS:
        lines.append(f"-- and {len(table.columns) - _COLUMNS} more")
    if lines:
        yield markup.block(lines)
    samples = [
        f"{markup.code(column.name)} {_samples(column, markup)}"
        for column in table.columns
        if column.samples and column.family == "text"
    ]
    if samples:
        yield "For example " + "; ".join(samples[:3])


def column_lines(table: Table, column: Column, markup: Markup) -> Iterator[str]:
    """One column: type, keys, comment, samples."""
    kind = f": {markup.code(column.type)}" if column.type else ""
    yield f"{markup.code(f'{table.name}.{column.name}')}{kind}{_traits(table, column, markup)}"
    if column.source:
        yield f"Only in {markup.code(column.source)}"
    if column.comment:
        yield markup.text(column.comment)
    if column.samples:
        opening = (
            "All values" if column.samples_complete and len(column.samples) <= _SAMPLES else "For example"
        )
        yield f"{opening}: {_samples(column, markup)}"


def derived_lines(name: str, kind: RelationKind, columns: Sequence[str], markup: Markup) -> Iterator[str]:
    """A CTE, a subquery with an alias or a DataFrame."""
    listed = ", ".join(markup.code(column) for column in columns[:_COLUMNS])
    yield f"{defined_as(name, kind, markup)}: {listed or 'no named columns'}"


def defined_as(name: str, kind: RelationKind, markup: Markup) -> str:
    """The name of what no catalog has, and where it comes from."""
    origin = "a DataFrame of the code around" if kind == "frame" else "which this statement defines"
    return f"{markup.code(name)}, {origin}"


def _line(table: Table, column: Column) -> str:
    parts = [column.name, column.type, *_keys(table, column)]
    return " ".join(part for part in parts if part)


def _traits(table: Table, column: Column, markup: Markup) -> str:
    traits = [] if column.nullable or column.primary_key else ["never null"]
    if column.primary_key:
        traits.append("primary key" if len(table.primary_key) == 1 else "part of the primary key")
    traits += [f"refers to {markup.code(target)}" for target in _targets(table, column)]
    return "".join(f", {trait}" for trait in traits)


def _keys(table: Table, column: Column) -> list[str]:
    key = ["PRIMARY KEY"] if column.primary_key else []
    return [*key, *(f"-> {target}" for target in _targets(table, column))]


def _targets(table: Table, column: Column) -> list[str]:
    """`table.column` of each key that the column is part of."""
    return [
        f"{key.ref_table}.{referred}"
        for key in table.foreign_keys
        for own, referred in zip(key.columns, key.ref_columns, strict=False)
        if own.lower() == column.name.lower()
    ]


def _samples(column: Column, markup: Markup) -> str:
    return ", ".join(markup.code(repr(value)[:60]) for value in column.samples[:_SAMPLES])
