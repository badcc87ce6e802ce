"""Root causes of failures: the first thing that is wrong, in the order in which a statement is made. Runs nothing."""

from collections.abc import Iterable
from functools import lru_cache

import sqlglot
from attrs import frozen
from sqlglot import exp
from sqlglot.errors import ErrorLevel

from understudy_knowledge.memory.records import Example
from understudy_knowledge.memory.tokens import too_deep
from understudy_knowledge.teaching.records import Attempt, Cause

OVER_LIMITS = frozenset({"timeout", "memory", "rows", "bytes"})
"""Outcomes that say how much a statement takes, not that it is wrong."""
_SHOWN = frozenset({"column-order", "order", "types", "near-numbers"})


@frozen
class _Parts:
    """What two statements are held against each other by; names lower-cased and without their tables."""

    tables: frozenset[str]
    columns: frozenset[str]
    joins: frozenset[str]
    conditions: frozenset[str]
    computed: frozenset[str]


def cause_of(attempt: Attempt, example: Example) -> Cause | None:
    """Why the attempt does not give the gold answer; None where it does."""
    if attempt.passed:
        return None
    if attempt.outcome in OVER_LIMITS:
        return "timeout"
    if attempt.outcome == "unknown-name":
        return "schema"
    if attempt.outcome != "ok" or attempt.difference in _SHOWN:
        return "format"
    written, wanted = _parts(attempt.code, example.dialect), _parts(example.gold, example.dialect)
    if written is None or wanted is None:
        return "format"
    return _first_difference(written, wanted)


def _first_difference(written: _Parts, wanted: _Parts) -> Cause:
    if wanted.tables - written.tables:
        return "schema"
    if written.tables - wanted.tables or written.joins != wanted.joins:
        return "join"
    if written.conditions != wanted.conditions:
        return "value"
    if written.computed != wanted.computed:
        return "aggregate"
    return "schema" if written.columns != wanted.columns else "format"


@lru_cache(maxsize=1024)
def _parts(sql: str, dialect: str) -> _Parts | None:
    if too_deep(sql):
        return None
    try:
        tree = sqlglot.parse_one(sql, read=dialect)
        own = {cte.alias.lower() for cte in tree.find_all(exp.CTE)}
        clauses = [*tree.find_all(exp.Where), *tree.find_all(exp.Having)]
        grouped = [term for group in tree.find_all(exp.Group) for term in group.expressions]
        joins = list(tree.find_all(exp.Join))
        return _Parts(
            frozenset(table.name.lower() for table in tree.find_all(exp.Table)) - own,
            frozenset(column.name.lower() for column in tree.find_all(exp.Column)),
            _texts(part for join in joins if (on := join.args.get("on")) for part in _conjuncts(on))
            | _texts(exp.var(join.side) for join in joins if join.side),
            _texts(part for clause in clauses for part in _conjuncts(clause.this)),
            _texts([*tree.find_all(exp.AggFunc), *grouped, *tree.find_all(exp.Distinct)]),
        )
    except Exception:  # sqlglot fails on odd input in many ways
        return None


def _conjuncts(condition: exp.Expr) -> Iterable[exp.Expr]:
    return condition.flatten() if isinstance(condition, exp.And) else (condition,)


def _texts(parts: Iterable[exp.Expr]) -> frozenset[str]:
    return frozenset(_bare(part).sql(unsupported_level=ErrorLevel.IGNORE) for part in parts)


def _bare(part: exp.Expr) -> exp.Expr:
    """The part without qualifiers and letter case, sides of an equality in one order."""
    part = part.copy()
    for column in part.find_all(exp.Column):
        column.set("table", None)
        column.this.set("this", column.name.lower())
    if isinstance(part, exp.EQ) and part.this.sql() > part.expression.sql():
        part = exp.EQ(this=part.expression, expression=part.this)
    return part
