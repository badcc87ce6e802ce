"""What a gold query looks for: the values it compares columns with, and the columns it joins."""

import re

from attrs import field, frozen
from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError

from understudy_knowledge.execution.outcome import Cell

_COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Is, exp.Like, exp.ILike, exp.Glob)


@frozen
class Hints:
    """What a gold query reads and looks for, all names in lower case.

    `values`: column -> values it is compared with. `linked`: columns that joins equate. `tables`: tables and views after FROM.
    """

    values: dict[str, tuple[Cell, ...]] = field(factory=dict)
    linked: frozenset[str] = frozenset()
    tables: frozenset[str] = frozenset()


def hints(gold: str, dialect: str = "sqlite") -> Hints:
    """The hints of a gold query; none for text that does not parse."""
    try:
        tree = parse_one(gold, read=dialect)
    except (SqlglotError, RecursionError, ValueError):
        return Hints()
    values: dict[str, list[Cell]] = {}
    linked: set[str] = set()
    for node in tree.walk():
        if (
            isinstance(node, exp.EQ)
            and isinstance(node.left, exp.Column)
            and isinstance(node.right, exp.Column)
        ):
            linked |= {node.left.name.lower(), node.right.name.lower()}
        elif isinstance(node, _COMPARISONS):
            for side, other in ((node.this, node.expression), (node.expression, node.this)):
                _note(values, side, [other], like=isinstance(node, (exp.Like, exp.ILike, exp.Glob)))
        elif isinstance(node, exp.In):
            _note(values, node.this, node.expressions)
        elif isinstance(node, exp.Between):
            _note(values, node.this, [node.args.get("low"), node.args.get("high")])
    return Hints(
        {name: tuple(dict.fromkeys(found)) for name, found in values.items()},
        frozenset(linked),
        frozenset(table.name.lower() for table in tree.find_all(exp.Table)),
    )


def _note(
    values: dict[str, list[Cell]],
    side: exp.Expr | None,
    others: "list[exp.Expr | None]",
    *,
    like: bool = False,
) -> None:
    """Keep literals under every column inside `side`: a function of a column is met by values of the column."""
    if side is None:
        return
    columns = [column.name.lower() for column in side.find_all(exp.Column)]
    for other in others:
        value = _value(other)
        if value is None:
            continue
        for name in columns:
            found = values.setdefault(name, [])
            found += _examples(str(value)) if like else [value]


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


def _examples(pattern: str) -> list[Cell]:
    """Texts that a LIKE or GLOB pattern matches."""
    return [re.sub(r"[%*]", filling, re.sub(r"[_?]", "a", pattern)) for filling in ("", "x")]
