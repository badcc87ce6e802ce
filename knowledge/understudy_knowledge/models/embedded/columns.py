"""Columns of a catalog as pieces use them: which one labels a row, which say when, which are only keys."""

from sqlglot import exp

from understudy_knowledge.catalog import Catalog, Column, Table
from understudy_knowledge.models.embedded.sketch import identifier
from understudy_knowledge.models.embedded.tokens import name_stems

_FORMATS = {"month": "%Y-%m", "year": "%Y", "day": "%Y-%m-%d", "weekday": "%w"}
_LABELS = ("name", "title", "label", "description")


def label(table: Table) -> Column:
    """The column that tells a person which row it is."""
    for wanted in _LABELS:
        for column in table.columns:
            if wanted in name_stems(column.name) or column.name.lower().endswith(wanted):
                return column
    texts = [column for column in table.columns if column.family == "text" and not column.primary_key]
    return texts[0] if texts else table.columns[0]


def column_of(table: str, name: str) -> exp.Column:
    """`table.column` as pieces write it."""
    return exp.column(identifier(name), table=identifier(table))


def dates_of(table: Table) -> list[Column]:
    """The table's date columns, those that say when the row came about first."""
    found = [column for column in table.columns if column.family == "date"]
    return sorted(found, key=lambda column: column.nullable)


def is_key(catalog: Catalog, table: str, column: Column) -> bool:
    """Whether a column only identifies rows, so that sums of it mean nothing."""
    known = catalog.table(table)
    keys = {name.lower() for key in known.foreign_keys for name in key.columns} if known else set()
    return column.primary_key or column.name.lower() in keys or name_stems(column.name)[-1:] == ("id",)


def is_date(code: exp.Expr, catalog: Catalog) -> bool:
    """Whether an output is a date column as it stands."""
    known = catalog.column(code.table, code.name) if isinstance(code, exp.Column) else None
    return known is not None and known.family == "date"


def bucket_of(column: exp.Expr, bucket: str) -> exp.Expr:
    """The part of a date that a "per month" groups by."""
    parsed: exp.Expr = exp.maybe_parse("STRFTIME('%Y', x)", dialect="sqlite")
    for literal in list(parsed.find_all(exp.Literal)):
        literal.replace(exp.Literal.string(_FORMATS[bucket]))
    for place in list(parsed.find_all(exp.Column)):
        place.replace(column.copy())
    return parsed
