"""Answers that differ from the gold answer only where rows tie: the order among them, and which of them a LIMIT keeps, is free.

What ties is seen from the gold query without its LIMIT, with the terms of its ORDER BY as further columns. That query is ours,
made from gold code; it is only trusted where it gives the gold answer again.
"""

from collections import Counter
from functools import lru_cache

from attrs import frozen
from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError

from understudy_knowledge.execution.cells import Signatures, cells_equal
from understudy_knowledge.execution.ordering import place_of
from understudy_knowledge.execution.outcome import Result, Row


@frozen
class Uncut:
    """The gold query without its LIMIT. `keys` are places in its rows, the added ones negative; `limit` None keeps all."""

    sql: str
    keys: tuple[int, ...]
    added: int
    limit: int | None
    offset: int


@lru_cache(maxsize=1024)
def uncut(sql: str, dialect: str, most: int) -> Uncut | None:
    """The query behind an ordered gold query, giving at most `most` rows; None where its order cannot be told."""
    try:
        query = parse_one(sql, read=dialect)
    except (SqlglotError, RecursionError, ValueError):
        return None
    order = query.args.get("order") if isinstance(query, exp.Query) else None
    if not isinstance(query, exp.Query) or not isinstance(order, exp.Order):
        return None
    limit, offset = _number(query.args.get("limit"), None), _number(query.args.get("offset"), 0)
    if limit == -1 or offset == -1:
        return None
    starred = any(output.is_star for output in query.selects)
    keys: list[int] = []
    added: list[exp.Expr] = []
    for term in order.expressions:
        expression = term.this if isinstance(term, exp.Ordered) else term
        place = None if starred else place_of(expression, query.selects)
        if place is None:
            # A further column would change what DISTINCT or a set operation compares.
            if not isinstance(query, exp.Select) or query.args.get("distinct") or expression.is_int:
                return None
            added.append(exp.alias_(expression.copy(), f"_key{len(added)}"))
            keys.append(-len(added))
        else:
            keys.append(place)
    whole = query.copy()
    for part in ("limit", "offset"):
        whole.set(part, None)
    if added and isinstance(whole, exp.Select):
        whole = whole.select(*reversed(added), append=True, copy=False)
    return Uncut(whole.limit(most).sql(dialect=dialect), tuple(keys), len(added), limit, offset or 0)


def differs_only_in_ties(answer: Result, gold: Result, full: Result, query: Uncut) -> bool:
    """Whether `answer` is as right as `gold`: it takes, group of ties by group of ties, as many rows as the LIMIT lets through."""
    rows = [row[: len(row) - query.added] for row in full.rows]
    end = len(rows) if query.limit is None else min(len(rows), query.offset + query.limit)
    if len(answer.rows) != len(gold.rows) or end - query.offset != len(gold.rows) or not gold.rows:
        return False
    if len(answer.columns) != len(gold.columns) or len(rows[0]) != len(gold.columns):
        return False
    signatures = Signatures.of([*answer.rows, *gold.rows], rows)
    given, wanted = signatures.answer[: len(gold.rows)], signatures.answer[len(gold.rows) :]
    return _takes(wanted, signatures.gold, full.rows, query, end) and _takes(
        given, signatures.gold, full.rows, query, end
    )


def _takes(
    chosen: list[tuple[object, ...]],
    rows: list[tuple[object, ...]],
    full: tuple[Row, ...],
    query: Uncut,
    end: int,
) -> bool:
    start = 0
    while start < len(full):
        stop = start + 1
        while stop < len(full) and all(cells_equal(full[stop][key], full[start][key]) for key in query.keys):
            stop += 1
        first, last = max(start, query.offset), min(stop, end)
        if first < last:
            taken = Counter(chosen[first - query.offset : last - query.offset])
            if taken - Counter(rows[start:stop]):
                return False
        start = stop
    return True


def _number(clause: object, absent: int | None) -> int | None:
    """The number of a LIMIT or OFFSET; -1 where it is no plain number."""
    if clause is None:
        return absent
    value = clause.args.get("expression") if isinstance(clause, (exp.Limit, exp.Offset)) else None
    if isinstance(clause, exp.Limit) and clause.args.get("offset") is not None:
        return -1
    return int(value.this) if isinstance(value, exp.Literal) and value.is_int else -1
