"""Whether an insertion stands where it was put, as sqlglot alone sees it: it parses, and its names resolve.

Nothing of the product's own schema check is asked, for that is what is measured.
"""

import re

import sqlglot
from sqlglot import exp
from sqlglot.errors import OptimizeError, SqlglotError
from sqlglot.optimizer.qualify import qualify

from understudy_server.bench.latency.cut_queries import Cut

_NAMED = re.compile(r"Unknown column: (\w+)")
_PLACED = re.compile(r"Line: (\d+), Col: (\d+)")


def fault(text: str, cut: Cut) -> str | None:
    """What is wrong with the text at the cursor, None where nothing is.

    While the suffix is unfinished a text that goes without it stands as well. A name counts only where the text has it.
    """
    context = cut.context
    for rest in (context.suffix, ""):
        sql = context.prefix + text + rest
        tree = _tree(sql, context.dialect)
        if tree is not None:
            return _unknown(tree, sql, len(context.prefix), len(context.prefix + text), cut)
    return "does not parse"


def _unknown(tree: exp.Expr, sql: str, start: int, end: int, cut: Cut) -> str | None:
    """A table or column that nobody knows, named in the characters `start` to `end`."""
    words = {word.lower() for word in re.findall(r"\w+", sql[start:end])}
    defined = {cte.alias_or_name.lower() for cte in tree.find_all(exp.CTE)}
    for table in tree.find_all(exp.Table):
        name = table.name.lower()
        if name in words and name not in defined and cut.catalog.table(table.name) is None:
            return f"unknown table {table.name}"
    dialect = cut.context.dialect
    try:
        qualify(
            tree.copy(),
            schema=cut.catalog.schema_of(tree, dialect),
            dialect=dialect or None,
            validate_qualify_columns=True,
            quote_identifiers=False,
            identify=False,
            sql=sql,
        )
    except OptimizeError as error:
        said = str(error)
        if placed := _PLACED.search(said):
            lines = sql.split("\n")
            offset = sum(len(line) + 1 for line in lines[: int(placed[1]) - 1]) + int(placed[2])
            return said if start < offset <= end else None
        named = _NAMED.search(said)
        return said if named and named[1].lower() in words else None
    except SqlglotError:
        return None
    return None


def _tree(sql: str, dialect: str) -> exp.Expr | None:
    try:
        trees = [tree for tree in sqlglot.parse(sql, read=dialect or None) if tree is not None]
    except (SqlglotError, RecursionError):
        return None
    return trees[0] if len(trees) == 1 and isinstance(trees[0], exp.Query) else None
