"""Whether two texts of a statement mean the same to a database that has the catalog's tables."""

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.qualify import qualify

from understudy_knowledge.catalog.model import Catalog


def same_meaning(before: str, after: str, catalog: Catalog, dialect: str) -> bool:
    """Whether both resolve to the same query: the same outputs in the same order, each column to the same table."""
    resolved = resolve(before, catalog, dialect)
    return resolved is not None and resolved == resolve(after, catalog, dialect)


def resolve(sql: str, catalog: Catalog, dialect: str) -> exp.Expr | None:
    """The query with every star expanded and every column qualified; None where that cannot be done for all of them."""
    try:
        tree = sqlglot.parse_one(sql, read=dialect or None)
        return qualify(tree, dialect=dialect or None, schema=catalog.schema_of(tree, dialect))
    except (SqlglotError, RecursionError):
        return None
