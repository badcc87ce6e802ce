"""What a gold query looks for: the values it compares columns with, and the columns it joins."""

import re
from collections.abc import Iterator
from datetime import date, timedelta

from attrs import field, frozen
from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError

from understudy_knowledge.execution.outcome import Cell

_FLIPPED: dict[type[exp.Expr], type[exp.Expr]] = {
    exp.GT: exp.LT, exp.GTE: exp.LTE, exp.LT: exp.GT, exp.LTE: exp.GTE, exp.EQ: exp.EQ, exp.NEQ: exp.NEQ, exp.Is: exp.Is,
}  # fmt: skip
_PATTERNS = (exp.Like, exp.ILike, exp.Glob)
_STEPS = (1, 20)


@frozen
class Hints:
    """What a gold query reads and looks for, all names in lower case.

    `values`: column -> values it is compared with. `met`: column -> values that meet the comparison. `linked`: columns that joins equate. `tables`: tables and views after FROM.
    `nulls`: columns that are asked whether they are NULL.
    """

    values: dict[str, tuple[Cell, ...]] = field(factory=dict)
    linked: frozenset[str] = frozenset()
    tables: frozenset[str] = frozenset()
    nulls: frozenset[str] = frozenset()
    met: dict[str, tuple[Cell, ...]] = field(factory=dict)


def hints(gold: str, dialect: str = "sqlite") -> Hints:
    """The hints of a gold query; none for text that does not parse."""
    try:
        tree = parse_one(gold, read=dialect)
    except (SqlglotError, RecursionError, ValueError):
        return Hints()
    values: dict[str, list[Cell]] = {}
    met: dict[str, list[Cell]] = {}
    linked: set[str] = set()
    for node in tree.walk():
        if (
            isinstance(node, exp.EQ)
            and isinstance(node.left, exp.Column)
            and isinstance(node.right, exp.Column)
        ):
            linked |= {node.left.name.lower(), node.right.name.lower()}
            continue
        for side, value, kind in _comparisons(node):
            # A function of a column is met by values of the column.
            for name in {column.name.lower() for column in side.find_all(exp.Column)}:
                values.setdefault(name, []).append(value)
                met.setdefault(name, []).extend(_meeting(value, kind))
    return Hints(
        _each_once(values),
        frozenset(linked),
        frozenset(table.name.lower() for table in tree.find_all(exp.Table)),
        frozenset(_asked_for_null(tree)),
        _each_once(met),
    )


def _each_once(found: dict[str, list[Cell]]) -> dict[str, tuple[Cell, ...]]:
    return {name: tuple(dict.fromkeys(values)) for name, values in found.items()}


def _asked_for_null(tree: exp.Expr) -> Iterator[str]:
    for node in tree.find_all(exp.Is, exp.Coalesce):
        if isinstance(node, exp.Coalesce) or isinstance(node.expression, exp.Null):
            for column in node.this.find_all(exp.Column):
                yield column.name.lower()


def _comparisons(node: exp.Expr) -> Iterator[tuple[exp.Expr, Cell, type[exp.Expr]]]:
    """What is compared here with which literal, and how."""
    pairs: list[tuple[exp.Expr | None, exp.Expr | None, type[exp.Expr]]] = []
    if isinstance(node, exp.In):
        pairs = [(node.this, each, exp.EQ) for each in node.expressions]
    elif isinstance(node, exp.Between):
        pairs = [(node.this, node.args.get("low"), exp.GTE), (node.this, node.args.get("high"), exp.LTE)]
    elif isinstance(node, _PATTERNS):
        pattern = _value(node.expression)
        # Texts that the pattern matches.
        texts = [re.sub(r"[%*]", filling, re.sub(r"[_?]", "a", str(pattern))) for filling in ("", "x")]
        pairs = [(node.this, exp.Literal.string(text), exp.EQ) for text in texts if pattern is not None]
    elif type(node) in _FLIPPED:
        pairs = [
            (node.this, node.expression, type(node)),
            (node.expression, node.this, _FLIPPED[type(node)]),
        ]
    for side, other, kind in pairs:
        value = _value(other)
        if side is not None and value is not None:
            yield side, value, kind


def _meeting(value: Cell, kind: type[exp.Expr]) -> list[Cell]:
    """Values that stand in this relation to `value`; none are needed for what is unequal to it."""
    if kind is exp.NEQ:
        return []
    if kind in (exp.EQ, exp.Is):
        return [value]
    sign = 1 if kind in (exp.GT, exp.GTE) else -1
    bound: list[Cell] = [value] if kind in (exp.GTE, exp.LTE) else []
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return bound + [value + sign * step for step in _STEPS]
    try:
        day = date.fromisoformat(str(value)[:10])
        return bound + [(day + timedelta(days=sign * step)).isoformat() for step in _STEPS]
    except (ValueError, OverflowError):
        return [value, f"{value}a"] if sign > 0 else [*bound, str(value)[:-1]]


def _value(node: exp.Expr | None) -> Cell:
    if isinstance(node, exp.Neg):
        inner = _value(node.this)
        return -inner if isinstance(inner, (int, float)) else None
    if isinstance(node, exp.Cast):
        return _value(node.this)
    if not isinstance(node, exp.Literal):
        return None
    if node.is_string:
        return str(node.this)
    try:
        return int(node.this)
    except ValueError:
        return float(node.this)
