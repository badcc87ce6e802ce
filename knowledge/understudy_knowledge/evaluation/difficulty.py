"""How hard a question is, from its gold code: by Spider's rule for SQL, by the number of steps for Python."""

import ast
from functools import lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

UNKNOWN = "unknown"


@lru_cache(maxsize=4096)
def difficulty(gold: str, dialect: str) -> str:
    """easy, medium, hard or extra; unknown for what does not parse."""
    if dialect == "python":
        return _of_program(gold)
    try:
        tree = sqlglot.parse_one(gold, read=dialect)
    except (SqlglotError, RecursionError):
        return UNKNOWN
    return _of_query(tree)


def _of_query(tree: exp.Expr) -> str:
    """Spider's levels of hardness (Yu et al., EMNLP 2018): what the outer query has, what is nested in it, what it has several of."""
    nested = sum(1 for _ in tree.find_all(exp.SetOperation)) + sum(
        1 for select in tree.find_all(exp.Select) if select.find_ancestor(exp.Select) is not None
    )
    outer = next(tree.find_all(exp.Select), None)
    if outer is None:
        return UNKNOWN
    where = outer.args.get("where")
    parts = sum(outer.args.get(name) is not None for name in ("where", "group", "order", "limit"))
    parts += len(outer.args.get("joins") or ())
    parts += sum(1 for _ in where.find_all(exp.Or, exp.Like)) if where else 0
    group = outer.args.get("group")
    several = (
        (sum(1 for _ in outer.find_all(exp.AggFunc)) > 1)
        + (len(outer.expressions) > 1)
        + (where is not None and sum(1 for _ in where.find_all(exp.Connector)) > 0)
        + (group is not None and len(group.expressions) > 1)
    )
    if parts <= 1 and several == 0 and nested == 0:
        return "easy"
    if nested == 0 and ((several <= 2 and parts <= 1) or (parts <= 2 and several < 2)):
        return "medium"
    if nested == 0 and ((several > 2 and parts <= 2) or (2 < parts <= 3 and several <= 2)):
        return "hard"
    return "hard" if nested == 1 and parts <= 1 and several == 0 else "extra"


def _of_program(gold: str) -> str:
    try:
        steps = sum(isinstance(node, ast.stmt | ast.Call | ast.BinOp) for node in ast.walk(ast.parse(gold)))
    except (SyntaxError, ValueError, RecursionError):
        return UNKNOWN
    return next((name for most, name in ((3, "easy"), (6, "medium"), (10, "hard")) if steps <= most), "extra")
