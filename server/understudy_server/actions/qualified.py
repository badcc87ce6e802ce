"""A query with every column said to be of its relation, and nothing else in it written differently."""

from sqlglot import exp
from sqlglot.optimizer.qualify import qualify

from understudy_knowledge.catalog.model import Catalog


def qualified(query: exp.Expr, catalog: Catalog, dialect: str, *, certain: bool) -> exp.Expr:
    """A qualified copy; `certain` has it fail where some column stays in doubt. Raises SqlglotError, RecursionError."""
    alone = query.copy()
    return qualify(
        alone,
        dialect=dialect or None,
        schema=catalog.schema_of(alone, dialect),
        expand_stars=False,
        expand_alias_refs=False,
        validate_qualify_columns=certain,
        quote_identifiers=False,
        identify=False,
    )
