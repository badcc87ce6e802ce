"""Whether an insertion stands where it was put, as sqlglot alone sees it: it parses, and its names resolve.

Nothing of the product's own schema check is asked, for that is what is measured.
"""

import re

import sqlglot
from sqlglot import exp
from sqlglot.errors import OptimizeError, SqlglotError
from sqlglot.optimizer.qualify import qualify

from understudy_server.bench.latency.cut_queries import Cut

_NAMED = re.compile(r"[Cc]olumn '?\"?([^'\"]+)\"?'?|Unknown (?:column|table): \"?([^\" ]+)")


def fault(text: str, cut: Cut) -> str | None:
    """What is wrong with the text at the cursor, None where nothing is.

    While the suffix is unfinished a text that goes without it stands as well. A name counts only where the text has it.
    """
    context = cut.context
    trees = [_tree(context.prefix + text + rest, context.dialect) for rest in (context.suffix, "")]
    tree = next((tree for tree in trees if tree is not None), None)
    if tree is None:
        return "does not parse"
    defined = {cte.alias_or_name.lower() for cte in tree.find_all(exp.CTE)}
    words = {word.lower() for word in re.findall(r"\w+", text)}
    for table in tree.find_all(exp.Table):
        name = table.name.lower()
        if name in words and name not in defined and cut.catalog.table(table.name) is None:
            return f"unknown table {table.name}"
    try:
        qualify(
            tree.copy(),
            schema=cut.catalog.schema_of(tree, context.dialect),
            dialect=context.dialect or None,
            validate_qualify_columns=True,
            quote_identifiers=False,
            identify=False,
        )
    except OptimizeError as error:
        found = _NAMED.search(str(error))
        name = (found[1] or found[2] or "").lower() if found else ""
        # `T1.name` that the query had before may be unknown, while the text names another `name`.
        named = name in text.lower() if "." in name else name in words
        return f"unknown column {name}" if named else None
    except SqlglotError:
        return None
    return None


def _tree(sql: str, dialect: str) -> exp.Expr | None:
    try:
        trees = [tree for tree in sqlglot.parse(sql, read=dialect or None) if tree is not None]
    except (SqlglotError, RecursionError):
        return None
    return trees[0] if len(trees) == 1 and isinstance(trees[0], exp.Query) else None
