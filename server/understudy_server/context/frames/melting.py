"""Frames turned long or wide: melt, pivot_table, pivot, get_dummies."""

from attrs import evolve

from understudy_server.context.frames.call import Call
from understudy_server.context.frames.values import (
    UNKNOWN_COLUMNS,
    Const,
    Frame,
    FrameColumn,
    Items,
    Origin,
    Table,
    Value,
    names_of,
)


def melt(frame: Frame, call: Call) -> Frame:
    """`melt(id_vars, value_vars, var_name, value_name)`."""
    kept = call.labels("id_vars", 0)
    if call.has("id_vars", 0) and kept is None:
        return UNKNOWN_COLUMNS
    named = [("var_name", 2, "variable"), ("value_name", 3, "value")]
    columns = list(frame.selecting(kept or ()).columns)
    for argument, place, default in named:
        name = call.text(argument, place) if call.has(argument, place) else default
        if name is None and not isinstance(call.get(argument, place), Const):
            return UNKNOWN_COLUMNS
        columns.append(FrameColumn(name or default, origin=_origin(call.get(argument, place))))
    return Frame(tuple(columns))


def pivot_table(frame: Frame, call: Call) -> Frame:
    """`pivot_table(values, index, columns, aggfunc)`: with `columns` the data decide which columns there are."""
    rows = call.labels("index", 1)
    levels = names_of(rows) if rows is not None else None
    values = call.labels("values", 0)
    aggregate = call.get("aggfunc", 3)
    by_data = call.has("columns", 2) or isinstance(aggregate, Items | Table) or call.spread
    if by_data or values is None or levels is None:
        return Frame(open=True, index=levels)
    # The names of values come out sorted.
    chosen = sorted(frame.selecting(values).columns, key=lambda column: str(column.name))
    return Frame(tuple(chosen), index=levels)


def pivot(call: Call) -> Frame:
    """`pivot(columns=, index=, values=)`."""
    rows = call.labels("index")
    return Frame(open=True, index=names_of(rows) if rows is not None else None)


def get_dummies(call: Call) -> Frame:
    """The columns that are not encoded; the others depend on the data."""
    frame: Value | None = call.get("data", 0)
    encoded = call.labels("columns")
    if not isinstance(frame, Frame) or encoded is None:
        return UNKNOWN_COLUMNS
    return evolve(frame.without(names_of(encoded)), open=True)


def _origin(value: Value | None) -> Origin | None:
    return value.origin if isinstance(value, Const) else None
