"""Column expressions of polars: which names they yield."""

from collections.abc import Sequence

from attrs import evolve

from understudy_server.context.frames.call import Call
from understudy_server.context.frames.column_methods import label_columns
from understudy_server.context.frames.values import (
    Const,
    Expression,
    Frame,
    FrameColumn,
    Items,
    Label,
    Value,
    as_column,
    labels,
    names_of,
)

UNKNOWN = Expression(None)


def call_module(name: str, call: Call) -> Expression | None:
    """`pl.col(…)`, `pl.lit(…)`, `pl.len()` and its like."""
    if name in (
        "col",
        "sum",
        "mean",
        "min",
        "max",
        "first",
        "last",
        "median",
        "std",
        "n_unique",
        "all_horizontal",
    ):
        return _columns(call)
    if name == "all" and not call.positional:
        return Expression((), everything=True)
    if name == "exclude":
        gone = label_columns(call.positional)
        return UNKNOWN if gone is None or _has_pattern(gone) else Expression(names_of(gone), everything=True)
    fixed = {"lit": "literal", "len": "len", "count": "count"}
    if name in fixed and (name != "count" or not call.positional):
        return Expression((fixed[name],))
    if name in (
        "when",
        "coalesce",
        "concat_str",
        "struct",
        "concat_list",
        "sum_horizontal",
        "max_horizontal",
        "min_horizontal",
    ):
        return UNKNOWN if name == "when" else _first(call)
    return None


def call(expression: Expression, name: str, call: Call) -> Expression:
    """A method keeps the names, but for those that give one."""
    if name == "alias":
        column = as_column(call.get("name", 0))
        return Expression((column.name,), origin=column.origin) if column is not None else UNKNOWN
    if name == "then":
        return _first(call)
    if name == "when":
        return expression  # a chain has the name of its first `then`
    if name == "otherwise":
        return expression
    if name == "exclude" and expression.everything:
        gone = label_columns(call.positional)
        if gone is None or _has_pattern(gone):
            return UNKNOWN
        return evolve(expression, names=(*(expression.names or ()), *names_of(gone)))
    return expression


def call_accessor(expression: Expression, accessor: str, name: str, call: Call) -> Expression:
    """`.name.suffix("_x")`; `.str.…` and `.dt.…` keep the name."""
    if accessor == "name":
        text = call.text("suffix" if name == "suffix" else "prefix", 0)
        if name in ("suffix", "prefix") and text is not None:
            return evolve(expression, suffix=text) if name == "suffix" else evolve(expression, prefix=text)
        return UNKNOWN
    if accessor == "struct" and name == "field":
        column = as_column(call.get("name", 0))
        return Expression((column.name,)) if column is not None else UNKNOWN
    return expression


def operate(one: Value | None, other: Value | None) -> Expression:
    """Arithmetic has the names of its left side."""
    if isinstance(one, Expression):
        return one
    return Expression(("literal",)) if isinstance(one, Const) else UNKNOWN


def columns_of(values: Sequence[Value | None], frame: Frame) -> tuple[FrameColumn, ...] | None:
    """The columns that expressions, names and lists of them yield over a frame; None when one is unknown."""
    columns: list[FrameColumn] = []
    for value in values:
        found = _of_one(value, frame)
        if found is None:
            return None
        columns += found
    return tuple(columns)


def _of_one(value: Value | None, frame: Frame) -> tuple[FrameColumn, ...] | None:
    if isinstance(value, Items):
        return None if value.open or value.uniform else columns_of(value.values, frame)
    if isinstance(value, Const):
        return labels(value)
    if not isinstance(value, Expression) or value.names is None:
        return None
    names: tuple[Label, ...] = value.names
    if value.everything:
        if frame.open:
            return None
        names = tuple(name for name in frame.known if name not in names)
    return tuple(
        FrameColumn(f"{value.prefix}{name}{value.suffix}", origin=value.origin)
        if value.prefix or value.suffix or frame.column(name) is None
        else evolve(frame.column(name) or FrameColumn(name))
        for name in names
    )


def _columns(call: Call) -> Expression:
    named = label_columns(call.positional)
    if named is None or not named:
        return UNKNOWN
    names = names_of(named)
    if names == ("*",):
        return Expression((), everything=True)
    return UNKNOWN if _has_pattern(named) else Expression(names, origin=named[0].origin)


def _has_pattern(columns: Sequence[FrameColumn]) -> bool:
    """Whether one of the names is a pattern, which polars has begin with `^`."""
    return any(isinstance(column.name, str) and column.name.startswith("^") for column in columns)


def _first(call: Call) -> Expression:
    first = call.positional[0] if call.positional else None
    if isinstance(first, Items):
        first = first.values[0] if first.values else None
    if isinstance(first, Expression):
        return first
    column = as_column(first)
    if column is not None and isinstance(column.name, str):
        return Expression((column.name,))
    return Expression(("literal",)) if isinstance(first, Const) else UNKNOWN
