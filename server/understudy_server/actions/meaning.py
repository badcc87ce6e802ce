"""Whether two texts of a statement mean the same to a database that has the catalog's tables."""

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.qualify import qualify

from understudy_server.actions.diagnose import Known


def same_meaning(before: str, after: str, known: Known) -> bool:
    """Whether both resolve to the same query: the same outputs in the same order, each column to the same table."""
    resolved = resolve(before, known)
    return resolved is not None and resolved == resolve(after, known)


def resolve(sql: str, known: Known) -> exp.Expr | None:
    """The query with every star expanded and every column qualified; None where that cannot be done for all of them."""
    dialect = known.dialect or None
    try:
        tree = sqlglot.parse_one(sql, read=dialect)
        return qualify(tree, dialect=dialect, schema=known.catalog.schema_of(tree, known.dialect))
    except (SqlglotError, RecursionError):
        return None
