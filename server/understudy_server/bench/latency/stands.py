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
    if dialect == "sqlite":
        _read_text_in_double_quotes(tree, cut)
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


def _read_text_in_double_quotes(tree: exp.Expr, cut: Cut) -> None:
    """As SQLite reads it: what stands in double quotes is text where no column has that name."""
    columns = {column.name.lower() for table in cut.catalog.tables for column in table.columns}
    for column in list(tree.find_all(exp.Column)):
        name = column.this
        quoted = isinstance(name, exp.Identifier) and name.args.get("quoted") and not column.table
        if quoted and name.name.lower() not in columns:
            column.replace(exp.Literal.string(name.name))


def _tree(sql: str, dialect: str) -> exp.Expr | None:
    try:
        trees = [tree for tree in sqlglot.parse(sql, read=dialect or None) if tree is not None]
    except (SqlglotError, RecursionError):
        return None
    return trees[0] if len(trees) == 1 and isinstance(trees[0], exp.Query) else None
