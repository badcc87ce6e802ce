"""Statements between dialects, as people would carry them over: they are put together in SQLite's, whatever they are of.

sqlglot keeps the meaning to the letter, with casts and guards around each quotient and with a place for NULL in each ORDER BY. What is
put together was learned where it is used, and what its authors want of either stands there already.
"""

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect

_NULLS_FIRST = {
    "nulls_are_small": (True, False),
    "nulls_are_large": (False, True),
    "nulls_are_last": (False, False),
}
"""Whether NULL comes first where nothing is said of it: ascending, descending."""


def carried_over(tree: exp.Expr, source: str, target: str) -> exp.Expr:
    """The tree, changed so that quotients, and orders that say nothing of NULL, are written in the target as in the source."""
    if source == target:
        return tree
    read, written = Dialect.get_or_raise(source), Dialect.get_or_raise(target)
    for quotient in tree.find_all(exp.Div):
        quotient.set("typed", written.TYPED_DIVISION)
        quotient.set("safe", written.SAFE_DIVISION)
    for order in tree.find_all(exp.Ordered):
        descends = bool(order.args.get("desc"))
        if bool(order.args.get("nulls_first")) == _NULLS_FIRST[read.NULL_ORDERING][descends]:
            order.set("nulls_first", _NULLS_FIRST[written.NULL_ORDERING][descends])
    return tree
