"""The columns of a view or CREATE TABLE AS, derived from its query and the tables that are known."""

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


def derive_view(create: str, known: Catalog, *, source: str) -> Table | None:
    """The table that a CREATE VIEW or CREATE TABLE AS makes, or None when its columns cannot be derived.

    A column that is plainly a known table's column keeps that column's type, samples and comment.
    """
    try:
        statement = parse_one(create, read=known.dialect)
        query = statement.expression
        target = statement.find(exp.Table)
        if not isinstance(statement, exp.Create) or not isinstance(query, exp.Query) or target is None:
            return None
        renamed = (
            [part.name for part in statement.this.expressions]
            if isinstance(statement.this, exp.Schema)
            else []
        )
        schema: dict[str, object] = dict(known.sqlglot_schema)
        qualified = qualify(query.copy(), schema=schema, dialect=known.dialect, identify=False)
        annotate_types(qualified, schema=schema, dialect=known.dialect)
        columns = [_column(projection, qualified, known) for projection in qualified.selects]
    except (SqlglotError, RecursionError, ValueError, KeyError, AttributeError):
        # qualify raises more than its own errors on statements it does not foresee; the view is then skipped.
        return None
    if not columns or any(not column.name or column.name == "*" for column in columns):
        return None
    if renamed:
        if len(renamed) != len(columns):
            return None
        columns = [evolve(column, name=name) for column, name in zip(columns, renamed, strict=True)]
    comments = read_comments(create.partition("(")[0])
    kind: Literal["view", "table"] = "view" if statement.kind == "VIEW" else "table"
    return Table(target.name, tuple(columns), kind=kind, comment=comments.table, source=source)


def _column(projection: exp.Expr, query: exp.Expr, known: Catalog) -> Column:
    name = projection.alias_or_name
    inner = projection.unalias()
    if isinstance(inner, exp.Column):
        origin = _origin(inner, query, known)
        if origin is not None:
            return evolve(origin, name=name, primary_key=False, nullable=True)
    kind = projection.type or inner.type
    declared = (
        "" if kind is None or kind.is_type(exp.DType.UNKNOWN, exp.DType.NULL) else kind.sql(known.dialect)
    )
    return Column(name, declared, family=family_of(declared, name))


def _origin(column: exp.Column, query: exp.Expr, known: Catalog) -> Column | None:
    """The known column that `column` of the outermost SELECT stands for, unless a subquery or CTE comes between."""
    scope = build_scope(query)
    found = scope.sources.get(column.table) if scope else None
    return known.column(found.name, column.name) if isinstance(found, exp.Table) else None
