"""The columns of a view or CREATE TABLE AS, derived from its query and the tables that are known."""

import re
from contextlib import suppress
from typing import Literal

from attrs import evolve
from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import build_scope

from understudy_knowledge.catalog.comments import read_comments
from understudy_knowledge.catalog.family import family_of
from understudy_knowledge.catalog.model import Catalog, Column, Table

_ERRORS = (SqlglotError, RecursionError, ValueError, KeyError, AttributeError, TypeError)
"""qualify raises more than its own errors on statements that it does not foresee."""
_LONGEST = 100_000
_MORE_DIALECTS = ("postgres", "mysql", "tsql", "snowflake", "bigquery", "duckdb")
_CLOSING = re.compile(
    r"\s+WITH\s+(?:NO\s+DATA|DATA|(?:CASCADED\s+|LOCAL\s+)?CHECK\s+OPTION|NO\s+SCHEMA\s+BINDING)\s*$",
    re.IGNORECASE,
)


def derive_view(create: str, known: Catalog, *, source: str) -> Table | None:
    """The table that a CREATE VIEW or CREATE TABLE AS makes, or None when its columns cannot be derived.

    A column that is plainly a known table's column keeps that column's type, samples and comment.
    """
    try:
        statement = parse_one(create, read=known.dialect)
        target = statement.find(exp.Table)
        if not isinstance(statement, exp.Create) or target is None:
            return None
    except _ERRORS:
        return None
    columns = _outputs(statement.expression, known)
    if columns is None:
        return None
    if isinstance(statement.this, exp.Schema):
        renamed = [part.name for part in statement.this.expressions]
        if len(renamed) != len(columns):
            return None
        columns = tuple(evolve(column, name=name) for column, name in zip(columns, renamed, strict=True))
    comments = read_comments(create.partition("(")[0])
    kind: Literal["view", "table"] = "view" if statement.kind == "VIEW" else "table"
    return Table(
        target.name, columns, kind=kind, comment=comments.table, source=source, namespace=_namespace(target)
    )


def derive_outputs(query: str, known: Catalog) -> tuple[Column, ...] | None:
    """The columns that a query yields, None when they cannot be derived. It is read in the catalog's dialect, else in
    another one: a file need not be of the workspace's.
    """
    query = _CLOSING.sub("", query)
    if len(query) > _LONGEST:
        return None
    for dialect in (known.dialect, *_MORE_DIALECTS):
        try:
            parsed = parse_one(query, read=dialect)
        except _ERRORS:
            continue
        return _outputs(parsed, evolve(known, dialect=dialect))
    return None


def _outputs(query: exp.Expr | None, known: Catalog) -> tuple[Column, ...] | None:
    if isinstance(query, exp.Subquery):
        query = query.unnest()
    if isinstance(query, exp.Table):  # CREATE TABLE a AS TABLE b
        same = known.table(".".join(part.name for part in query.parts))
        return same.columns if same else None
    if not isinstance(query, exp.Query):
        return None
    try:
        columns = _qualified(query, known)
    except _ERRORS:
        columns = tuple(_named(projection) for projection in query.selects)
    return columns if columns and all(column.name not in ("", "*") for column in columns) else None


def _qualified(query: exp.Query, known: Catalog) -> tuple[Column, ...]:
    schema = known.schema_of(query, known.dialect)
    qualified = qualify(query.copy(), schema=schema, dialect=known.dialect, identify=False)
    with suppress(*_ERRORS):  # a type that this dialect does not have
        annotate_types(qualified, schema=schema, dialect=known.dialect)
    columns = tuple(_column(projection, qualified, known) for projection in qualified.selects)
    if query.is_star:
        return columns
    # qualify folds names as the engine does; people know them as written.
    written = (projection.alias_or_name for projection in query.selects)
    return tuple(
        evolve(column, name=name or column.name) for column, name in zip(columns, written, strict=True)
    )


def _named(projection: exp.Expr) -> Column:
    name = projection.alias_or_name
    return Column(name, family=family_of("", name))


def _column(projection: exp.Expr, query: exp.Expr, known: Catalog) -> Column:
    name = projection.alias_or_name
    inner = projection.unalias()
    if isinstance(inner, exp.Column):
        origin = _origin(inner, query, known)
        if origin is not None:
            same = origin.name.lower() == name.lower()
            return evolve(
                origin, name=origin.name if same else name, primary_key=False, nullable=True, source=""
            )
    kind = projection.type or inner.type
    declared = (
        "" if kind is None or kind.is_type(exp.DType.UNKNOWN, exp.DType.NULL) else kind.sql(known.dialect)
    )
    return Column(name, declared, family=family_of(declared, name))


def _origin(column: exp.Column, query: exp.Expr, known: Catalog) -> Column | None:
    """The known column that `column` of the outermost SELECT stands for, unless a subquery or CTE comes between."""
    scope = build_scope(query)
    found = scope.sources.get(column.table) if scope else None
    if not isinstance(found, exp.Table):
        return None
    return known.column(".".join(part.name for part in found.parts), column.name)


def _namespace(table: exp.Table) -> str:
    return ".".join(part.name for part in table.parts[:-1])
