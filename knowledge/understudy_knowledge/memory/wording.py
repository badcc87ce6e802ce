"""What a piece of a query says, in words that a person reads over: "orders.status is neither 'canceled' nor 'refunded'"."""

from collections.abc import Iterable

from sqlglot import exp

_COMPARED: dict[type[exp.Expr], str] = {
    exp.EQ: "is",
    exp.NEQ: "is not",
    exp.GT: "is more than",
    exp.GTE: "is at least",
    exp.LT: "is less than",
    exp.LTE: "is at most",
    exp.Like: "is like",
}
_DENIED: dict[type[exp.Expr], str] = {exp.EQ: "is not", exp.Like: "is not like"}


def in_words(code: exp.Expr) -> str:
    """A condition as a clause of a sentence; what has no plain words stands as SQL."""
    inner, denied = code, False
    while isinstance(inner, (exp.Not, exp.Paren)):
        denied ^= isinstance(inner, exp.Not)
        inner = inner.this
    return _predicate(inner, denied) or code.sql(dialect="sqlite")


def order_in_words(code: exp.Expr) -> str:
    """What rows are sorted by, and which way."""
    term, down = (code.this, bool(code.args.get("desc"))) if isinstance(code, exp.Ordered) else (code, False)
    named = _named(term) if isinstance(term, exp.Column) else "the figure" if term.find(exp.AggFunc) else ""
    return f"{named or term.sql(dialect='sqlite')}, {'highest' if down else 'lowest'} first"


def tables_in_words(code: exp.Expr) -> str:
    """The table that a FROM begins with, and those that it joins; empty where there is none."""
    source = code.args.get("from_")
    if source is None or not isinstance(source.this, exp.Table):
        return ""
    joined = [join.this.name for join in code.args.get("joins") or ()]
    return source.this.name + (f", joined with {listed(joined, 'and')}" if joined else "")


def listed(words: Iterable[str], joint: str) -> str:
    """One or more words as a sentence lists them: "a, b and c"."""
    *first, last = words
    return f"{', '.join(first)} {joint} {last}" if first else last


def _predicate(code: exp.Expr, denied: bool) -> str:
    if isinstance(code, exp.In) and code.expressions and _plain(code.this, *code.expressions):
        values = [_named(each) for each in code.expressions]
        if len(values) == 1:
            return f"{_named(code.this)} is {'not ' if denied else ''}{values[0]}"
        either, joint = ("neither ", "nor") if denied else ("", "or")
        if denied and len(values) > 2:
            either, joint = "none of ", "and"
        return f"{_named(code.this)} is {either}{listed(values, joint)}"
    if isinstance(code, exp.Is) and isinstance(code.expression, exp.Null) and _plain(code.this):
        return f"{_named(code.this)} is {'known' if denied else 'missing'}"
    if isinstance(code, exp.Between) and _plain(code.this, code.args["low"], code.args["high"]):
        low, high = _named(code.args["low"]), _named(code.args["high"])
        return f"{_named(code.this)} is {'not ' if denied else ''}between {low} and {high}"
    verb = (_DENIED if denied else _COMPARED).get(type(code))
    if verb and _plain(code.this, code.expression):
        return f"{_named(code.this)} {verb} {_named(code.expression)}"
    return ""


def _plain(*codes: exp.Expr) -> bool:
    return all(isinstance(code, (exp.Column, exp.Literal, exp.Boolean)) for code in codes)


def _named(code: exp.Expr) -> str:
    return code.sql(dialect="sqlite")
