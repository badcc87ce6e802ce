"""Whether the order of a query's rows means something, and by which of its columns."""

from collections.abc import Sequence
from functools import lru_cache

from attrs import frozen
from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError


@frozen
class Ordering:
    """`ordered`: the outermost query has an ORDER BY. `keys`: 0-based positions of its terms among the output columns,
    or None when a term is not among them (or there is no ORDER BY)."""

    ordered: bool
    keys: tuple[int, ...] | None = None


def is_ordered(sql: str, dialect: str = "sqlite") -> bool:
    """Whether the outermost query has an ORDER BY; one inside a subquery or CTE says nothing about the result."""
    return ordering(sql, dialect).ordered


@lru_cache(maxsize=1024)
def ordering(sql: str, dialect: str = "sqlite") -> Ordering:
    """The outermost order of trusted code (gold code: hostile text can take seconds to parse). Unparsable text has none."""
    try:
        query = parse_one(sql, read=dialect)
    except (SqlglotError, RecursionError, ValueError):
        return Ordering(False)
    while isinstance(query, exp.Subquery) and not query.args.get("order"):
        query = query.this
    order = query.args.get("order") if isinstance(query, exp.Query) else None
    if not isinstance(order, exp.Order) or not isinstance(query, exp.Query):
        return Ordering(False)
    outputs = query.selects
    if any(output.is_star for output in outputs):
        return Ordering(True)
    places = [
        place_of(term.this if isinstance(term, exp.Ordered) else term, outputs) for term in order.expressions
    ]
    return Ordering(True, None if None in places else tuple(place for place in places if place is not None))


def place_of(term: exp.Expr, outputs: Sequence[exp.Expr]) -> int | None:
    """Where an ORDER BY term stands among the outputs: by number, by name, or by being the same expression."""
    if isinstance(term, exp.Literal) and term.is_int:
        place = int(term.this) - 1
        return place if 0 <= place < len(outputs) else None
    if isinstance(term, exp.Column) and not term.table:
        for place, output in enumerate(outputs):
            if output.alias_or_name.lower() == term.name.lower():
                return place
    for place, output in enumerate(outputs):
        if output.unalias() == term:
            return place
    return None
