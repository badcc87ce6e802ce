"""Methods of a frame that name, add, drop or choose columns."""

import re
from collections.abc import Callable, Sequence

from attrs import evolve

from understudy_knowledge.catalog import Family
from understudy_server.context.frames.call import Call
from understudy_server.context.frames.constants import call_text
from understudy_server.context.frames.values import (
    Const,
    Frame,
    FrameColumn,
    Function,
    Items,
    Lambda,
    Module,
    Table,
    Value,
    as_column,
    family_of_value,
    labels,
    names_of,
)

_NUMBERS = frozenset(("integer", "number"))
_TYPES: tuple[tuple[str, Family], ...] = (
    ("datetime", "date"), ("bool", "boolean"), ("int", "integer"), ("float", "number"), ("str", "text"), ("object", "text"),
    ("category", "text"),
)  # fmt: skip
_TAME = re.compile(r"(?:[\w\s\-|^$.()]|\\[dws.]|\[[\w\-^]+\]|(?<=[\w.\]])[*+?](?![*+?{]))*")
"""Patterns that cannot run for long: no group is repeated, no more than two signs of repetition."""


def assign(frame: Frame, call: Call) -> Frame:
    """`assign(name=value, …)`; a function sees the columns before it."""
    for name, value in call.named.items():
        if isinstance(value, Lambda | Function):
            value = call.apply(value, (frame,))
        frame = frame.having([FrameColumn(name, family_of_value(value), call.origins.get(name))])
    return evolve(frame, open=True) if call.spread else frame


def rename(frame: Frame, call: Call) -> Frame:
    """`rename(columns={old: new})` or with a function of a name."""
    mapper = call.get("columns")
    if not call.has("columns"):
        if call.axis() != 1:
            return frame
        mapper = call.get("mapper", 0)
    if isinstance(mapper, Table):
        if mapper.open or any(as_column(key) is None for key, _ in mapper.entries):
            return _names_unknown(frame)
        new = {key.value: value for key, value in mapper.entries if isinstance(key, Const)}
        return _renamed(frame, lambda column: _as_renamed(column, new))
    return _renamed(frame, lambda column: as_column(apply_name(call, mapper, column)))


def apply_name(call: Call, mapper: Value | None, column: FrameColumn) -> Value | None:
    """What a function makes of a column's name."""
    name = Const(column.name, column.origin)
    if isinstance(mapper, Lambda | Function):
        return call.apply(mapper, (name,))
    if isinstance(mapper, Module) and mapper.path.startswith("str."):
        return call_text(name, mapper.path.removeprefix("str."), ())
    return None


def drop(frame: Frame, call: Call) -> Frame:
    """`drop(labels, axis=1)`, `drop(columns=labels)`; dropping rows changes nothing."""
    if call.has("columns"):
        gone = call.get("columns")
    elif call.axis(1) == 1:
        gone = call.get("labels", 0)
    else:
        return frame if call.axis(1) == 0 else _maybe(frame)
    named = labels(gone)
    return frame.without(names_of(named)) if named is not None else _maybe(frame)


def astype(frame: Frame, call: Call) -> Frame:
    """The same columns; the families that the types say."""
    types = call.get("dtype", 0)
    if isinstance(types, Table):
        new = {key.value: family_of_type(value) for key, value in types.entries if isinstance(key, Const)}
        return evolve(
            frame,
            columns=tuple(evolve(each, family=new.get(each.name, each.family)) for each in frame.columns),
        )
    family = family_of_type(types)
    return evolve(frame, columns=tuple(evolve(each, family=family) for each in frame.columns))


def family_of_type(value: Value | None) -> Family:
    """What a column of the type holds: `"int64"`, `int`, `np.float64`."""
    written = value.path if isinstance(value, Module) else value.value if isinstance(value, Const) else None
    if not isinstance(written, str):
        return "unknown"
    return next((family for part, family in _TYPES if part in written.lower()), "unknown")


def choose(frame: Frame, call: Call) -> Frame:
    """`filter(items=, like=, regex=, axis=)`."""
    if call.axis(3) == 0 and call.has("axis", 3):
        return frame
    if call.has("items", 0):
        chosen = call.labels("items", 0)
        if chosen is None:
            return _names_unknown(frame)
        if frame.open:
            return _maybe(frame.selecting(chosen))
        return frame.selecting(column for column in chosen if frame.column(column.name) is not None)
    like, regex = call.text("like", 1), call.text("regex", 2)
    if like is not None:
        return _keeping(frame, lambda name: like in name)
    if regex is not None and (pattern := _compiled(regex)) is not None:
        return _keeping(frame, lambda name: pattern.search(name) is not None)
    return _names_unknown(frame)


def select_types(frame: Frame, call: Call) -> Frame:
    """`select_dtypes("number")`: which columns stay is certain only where every type is known."""
    if (
        call.has("include", 0)
        and not call.has("exclude", 1)
        and _selector(call.get("include", 0)) == "number"
    ):
        return numeric(frame)
    return evolve(_maybe(frame), open=True)


def numeric(frame: Frame) -> Frame:
    """The columns of numbers; those of unknown type may be among them."""
    kept = [
        column if column.family in _NUMBERS else evolve(column, certain=False)
        for column in frame.columns
        if column.family in _NUMBERS or column.family == "unknown"
    ]
    # What came as text may be a number to pandas and the other way round, so only known families are certain.
    return evolve(frame, columns=tuple(kept))


def add_prefix(frame: Frame, call: Call) -> Frame:
    """Every name with the prefix."""
    text = call.text("prefix", 0)
    return _renamed(
        frame, lambda column: None if text is None else evolve(column, name=f"{text}{column.name}")
    )


def add_suffix(frame: Frame, call: Call) -> Frame:
    """Every name with the suffix."""
    text = call.text("suffix", 0)
    return _renamed(
        frame, lambda column: None if text is None else evolve(column, name=f"{column.name}{text}")
    )


def set_axis(frame: Frame, call: Call) -> Frame:
    """`set_axis(labels, axis=1)`."""
    if call.axis(1) == 0:
        return evolve(frame, index=None)
    return with_names(frame, call.get("labels", 0))


def with_names(frame: Frame, value: Value | None) -> Frame:
    """The frame after `df.columns = value`."""
    named = labels(value)
    if named is None:
        return _names_unknown(frame)
    if not frame.open and len(named) == len(frame.columns):
        families = [column.family for column in frame.columns]
        named = tuple(evolve(column, family=family) for column, family in zip(named, families, strict=True))
    return evolve(frame, columns=named, open=False)


def reindex(frame: Frame, call: Call) -> Frame:
    """`reindex(columns=[…])`."""
    if call.has("columns") or call.axis(1) == 1:
        chosen = call.labels("columns") if call.has("columns") else call.labels("labels", 0)
        return frame.selecting(chosen) if chosen is not None else _names_unknown(frame)
    return frame


def _renamed(frame: Frame, rename_one: Callable[[FrameColumn], FrameColumn | None]) -> Frame:
    columns = []
    for column in frame.columns:
        new = rename_one(column)
        if new is None:
            return _names_unknown(frame)
        columns.append(evolve(column, name=new.name, origin=new.origin or column.origin))
    return evolve(frame, columns=tuple(columns))


def _as_renamed(
    column: FrameColumn, new: dict[str | int | float | bool | None, Value | None]
) -> FrameColumn | None:
    return as_column(new[column.name]) if column.name in new else column


def _keeping(frame: Frame, keeps: Callable[[str], bool]) -> Frame:
    return evolve(frame, columns=tuple(column for column in frame.columns if keeps(str(column.name))))


def _compiled(pattern: str) -> re.Pattern[str] | None:
    tame = len(pattern) <= 100 and _TAME.fullmatch(pattern) and sum(map(pattern.count, "*+?")) <= 2
    try:
        return re.compile(pattern) if tame else None
    except re.error:
        return None


def _selector(value: Value | None) -> str:
    if isinstance(value, Items) and len(value.values) == 1:
        value = value.values[0]
    if isinstance(value, Module):
        return value.path.rpartition(".")[2]
    return str(value.value) if isinstance(value, Const) else ""


def _maybe(frame: Frame) -> Frame:
    """Each of the columns may be gone."""
    return evolve(frame, columns=tuple(evolve(column, certain=False) for column in frame.columns))


def _names_unknown(frame: Frame) -> Frame:
    return Frame(open=True, index=frame.index, kind=frame.kind)


def label_columns(values: Sequence[Value | None]) -> tuple[FrameColumn, ...] | None:
    """The columns that labels and lists of labels, given as several arguments, name; None when one is unknown."""
    columns: list[FrameColumn] = []
    for value in values:
        named = labels(value)
        if named is None:
            return None
        columns += named
    return tuple(columns)
