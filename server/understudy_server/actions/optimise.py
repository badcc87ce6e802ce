"""A statement that answers the same with less work: by rules that never change an answer, or as sqlglot's optimizer has it."""

import re
from collections.abc import Iterator

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer import optimize
from sqlglot.optimizer.eliminate_ctes import eliminate_ctes
from sqlglot.optimizer.eliminate_joins import eliminate_joins
from sqlglot.optimizer.merge_subqueries import merge_subqueries
from sqlglot.optimizer.pushdown_projections import pushdown_projections
from sqlglot.optimizer.qualify import qualify

from understudy_knowledge.catalog.model import Catalog
from understudy_server.actions.query_tokens import volatile

# Those that take work away. What moves conditions, or adds joins and casts, is a planner's own business.
RULES = (qualify, pushdown_projections, merge_subqueries, eliminate_joins, eliminate_ctes)
_NUMBERED = re.compile(r"_(?:q_)?\d+\Z")
PROVEN = "common table expressions that nothing reads; conditions that are always true or stand twice; DISTINCT, and ORDER BY without LIMIT, in a query behind IN or EXISTS"
"""What `shortened` takes away: no answer depends on it, whatever the data."""


def shortened(sql: str, dialect: str) -> str | None:
    """The statement without what no answer depends on; None where there is nothing of the kind, or it is not understood."""
    tree = _parsed(sql, dialect)
    if tree is None:
        return None
    before = _written(tree, dialect)
    _drop_conditions(tree)
    _drop_order_and_distinct(tree)
    _drop_unread_ctes(tree)
    after = _written(tree, dialect)
    return after if after != before else None


def optimised(sql: str, catalog: Catalog, dialect: str) -> str | None:
    """The statement as sqlglot's optimizer has it, its names written as before; None where that is no less work.

    The optimizer knows the standard, not the engine: hold the answer against the original's.
    """
    tree = _parsed(sql, dialect)
    if tree is None:
        return None
    try:
        plain = optimize(tree.copy(), schema=catalog.schema_of(tree, dialect), dialect=dialect or None, rules=RULES[:1], isolate_tables=False, quote_identifiers=False, identify=False)  # fmt: skip
        better = optimize(tree.copy(), schema=catalog.schema_of(tree, dialect), dialect=dialect or None, rules=RULES, isolate_tables=False, quote_identifiers=False, identify=False)  # fmt: skip
    except (SqlglotError, RecursionError, KeyError, AttributeError, TypeError, ValueError):
        return None  # the optimizer has no error of its own for what it does not expect
    if _work(better) >= _work(plain):
        return None
    _as_written(better, tree)
    sql = _written(better, dialect)
    return shortened(sql, dialect) or sql


def _work(tree: exp.Expr) -> int:
    """How much there is to do: queries, tables, and columns that inner queries hand on."""
    queries = list(tree.find_all(exp.Select))
    handed_on = sum(len(query.expressions) for query in queries[1:])
    return len(queries) + len(list(tree.find_all(exp.Table))) + handed_on


def _parsed(sql: str, dialect: str) -> exp.Query | None:
    try:
        tree = sqlglot.parse_one(sql, read=dialect or None)
    except (SqlglotError, RecursionError):
        return None
    return None if not isinstance(tree, exp.Query) or volatile(tree) else tree


def _written(tree: exp.Expr, dialect: str) -> str:
    return tree.sql(dialect=dialect or None, comments=False)


def _drop_conditions(tree: exp.Expr) -> None:
    for clause in [*tree.find_all(exp.Where), *tree.find_all(exp.Having)]:
        kept: list[exp.Expr] = []
        conditions = list(_conjuncts(clause.this))
        for condition in conditions:
            if not _is_true(condition) and condition not in kept:
                kept.append(condition)
        if not kept:
            if isinstance(clause, exp.Where):
                clause.pop()
        elif len(kept) < len(conditions):
            clause.set("this", exp.and_(*kept, copy=False, wrap=False))


def _conjuncts(condition: exp.Expr) -> Iterator[exp.Expr]:
    if isinstance(condition, exp.And):
        yield from _conjuncts(condition.left)
        yield from _conjuncts(condition.right)
    else:
        yield condition


def _is_true(condition: exp.Expr) -> bool:
    if isinstance(condition, exp.Boolean):
        return bool(condition.this)
    if not isinstance(condition, exp.EQ) or not isinstance(condition.left, exp.Literal):
        return False
    return bool(condition.left == condition.right)


def _drop_order_and_distinct(tree: exp.Expr) -> None:
    for holder in [*tree.find_all(exp.In), *tree.find_all(exp.Exists)]:
        query = holder.args.get("query") if isinstance(holder, exp.In) else holder.this
        query = query.this if isinstance(query, exp.Subquery) else query
        if not isinstance(query, exp.Select) or query.args.get("limit") or query.args.get("offset"):
            continue
        distinct = query.args.get("distinct")
        if distinct is not None and not distinct.args.get("on"):
            query.set("distinct", None)
        query.set("order", None)


def _drop_unread_ctes(tree: exp.Query) -> None:
    clause = tree.args.get("with_")
    while clause is not None and not clause.args.get("recursive"):
        unread = [cte for cte in clause.expressions if not _is_read(cte.alias, cte, tree)]
        if not unread:
            return
        for cte in unread:
            cte.pop()
        if not clause.expressions:
            tree.set("with_", None)
            return


def _is_read(name: str, cte: exp.Expr, tree: exp.Expr) -> bool:
    return any(
        table.name.lower() == name.lower() and table.find_ancestor(exp.CTE) is not cte
        for table in tree.find_all(exp.Table)
    )


def _keep_output_names(tree: exp.Expr, original: exp.Expr) -> None:
    """An output that the original leaves without a name is left without one."""
    while isinstance(tree, exp.SetOperation) and isinstance(original, exp.SetOperation):
        _keep_output_names(tree.expression, original.expression)
        tree, original = tree.this, original.this
    if not isinstance(tree, exp.Select) or not isinstance(original, exp.Select):
        return
    if len(tree.expressions) == len(original.expressions):
        for output, before in zip(list(tree.expressions), original.expressions, strict=True):
            if isinstance(output, exp.Alias) and not isinstance(before, exp.Alias):
                output.replace(output.this)


def _as_written(tree: exp.Expr, original: exp.Expr) -> None:
    """Take away what resolving names added: qualifiers that the original does without, aliases that repeat a name."""
    bare = {column.name.lower() for column in original.find_all(exp.Column) if not column.table}
    for select in tree.find_all(exp.Select):
        source = select.args.get("from_")
        if source is None or select.args.get("joins"):
            continue
        # A bare name means the innermost relation that has it, and this is the only one here.
        for column in select.find_all(exp.Column):
            own = column.find_ancestor(exp.Select) is select and column.table == source.this.alias_or_name
            if own and column.name.lower() in bare:
                column.set("table", None)
    named = {column.table for column in tree.find_all(exp.Column)}
    for inner in tree.find_all(exp.Subquery):
        if _NUMBERED.match(inner.alias) and inner.alias not in named:
            inner.set("alias", None)
    _keep_output_names(tree, original)
    for alias in list(tree.find_all(exp.Alias)):
        if isinstance(alias.this, exp.Column) and alias.this.name.lower() == alias.alias.lower():
            alias.replace(alias.this)
    given = {each.alias.lower() for each in original.find_all(exp.Table) if each.args.get("alias")}
    for table in tree.find_all(exp.Table):
        if table.alias.lower() == table.name.lower() and table.alias.lower() not in given:
            table.set("alias", None)
