"""Frames that pandas makes of values in the code: `DataFrame(…)`, `from_dict`, `concat`, `merge`, conversions."""

from attrs import evolve

from understudy_knowledge.catalog import Family
from understudy_server.context.frames import combining, melting
from understudy_server.context.frames.call import Call
from understudy_server.context.frames.values import (
    UNKNOWN_COLUMNS,
    Const,
    Frame,
    FrameColumn,
    Items,
    Series,
    Table,
    Value,
    as_column,
    family_of_value,
    labels,
)


def call(name: str, call: Call) -> Value | None:
    """`pd.name(…)`; None when it makes no frame that is known here."""
    if name == "DataFrame":
        return data_frame(call)
    if name == "Series":
        return Series(call.text("name", 4), named=not call.has("name", 4) or call.text("name", 4) is not None)
    if name == "concat":
        return combining.concat(call)
    if name == "merge_asof" and (call.has("by") or call.has("left_by")):
        return UNKNOWN_COLUMNS
    if name == "Grouper":
        return call.get("key", 0)
    if name in ("merge", "merge_ordered", "merge_asof"):
        left = call.get("left", 0)
        return (
            combining.merge(left, evolve(call, positional=call.positional[1:]))
            if isinstance(left, Frame)
            else None
        )
    if name == "melt":
        frame = call.get("frame", 0)
        return (
            melting.melt(frame, evolve(call, positional=call.positional[1:]))
            if isinstance(frame, Frame)
            else None
        )
    if name in ("pivot_table", "pivot", "crosstab", "wide_to_long", "json_normalize"):
        frame = call.get("data", 0)
        if name == "pivot_table" and isinstance(frame, Frame):
            return melting.pivot_table(frame, evolve(call, positional=call.positional[1:]))
        return UNKNOWN_COLUMNS
    if name == "get_dummies":
        return melting.get_dummies(call)
    if name in ("to_datetime", "to_numeric", "to_timedelta", "cut", "qcut"):
        given = call.get("arg", 0) or call.get("x", 0)
        family: Family = "date" if name == "to_datetime" else "unknown"
        return evolve(given, plain=False, family=family) if isinstance(given, Series) else None
    if name in ("isna", "isnull", "notna", "notnull", "unique"):
        given = call.get("obj", 0)
        return given if isinstance(given, Frame) else None
    if name == "NamedAgg":
        return Items((call.get("column", 0), call.get("aggfunc", 1)))
    return None


def call_class(path: str, name: str, call: Call) -> Value | None:
    """`pd.DataFrame.name(…)`."""
    if path != "pandas.DataFrame":
        return None
    if name == "from_dict":
        return _from_dict(call)
    if name == "from_records":
        return data_frame(call)
    return None


def data_frame(call: Call) -> Frame:
    """`DataFrame(data, index, columns)`."""
    data = call.get("data", 0)
    if isinstance(data, Frame) and data.kind != "pandas":
        return UNKNOWN_COLUMNS
    # The method of records has `columns` at another place, which only a name can tell.
    if call.has("columns", 2):
        wanted = call.get("columns", 2)
        chosen = labels(wanted)
        if chosen is None:
            return UNKNOWN_COLUMNS
        known = _of_data(data)
        return evolve(known.selecting(chosen), index=(None,)) if not call.spread else UNKNOWN_COLUMNS
    if not call.has("data", 0):
        return Frame(open=call.spread)
    frame = _of_data(data)
    return evolve(frame, index=None) if call.has("index", 1) else frame


def _of_data(data: Value | None) -> Frame:
    if isinstance(data, Frame):
        return data
    if isinstance(data, Table):
        return _of_dict(data)
    if isinstance(data, Series):
        name = data.name if data.name is not None else 0
        return Frame((FrameColumn(name, data.family),), open=not data.named, index=data.index)
    if isinstance(data, Items) and data.values:
        return _of_rows(data)
    return UNKNOWN_COLUMNS


def _of_dict(data: Table) -> Frame:
    columns: list[FrameColumn] = []
    is_open = data.open
    for key, value in data.entries:
        column = as_column(key)
        if column is None:
            is_open = True
        else:
            columns.append(evolve(column, family=family_of_value(value)))
    index = None if any(isinstance(value, Series) for _, value in data.entries) else (None,)
    return (
        Frame((), index=index).having(columns)
        if not is_open
        else Frame(tuple(columns), open=True, index=None)
    )


def _of_rows(rows: Items) -> Frame:
    """A list of dicts has the keys of all of them; a list of rows has numbers, as many as the longest has values."""
    if all(isinstance(row, Table) for row in rows.values):
        frame = Frame()
        for row in rows.values:
            assert isinstance(row, Table)
            one = _of_dict(row)
            frame = evolve(
                frame.having(column for column in one.columns if frame.column(column.name) is None),
                open=frame.open or one.open,
            )
        return evolve(frame, open=frame.open or rows.open)
    if (
        all(isinstance(row, Items) and not row.open and not row.uniform for row in rows.values)
        and not rows.open
    ):
        width = max(len(row.values) for row in rows.values if isinstance(row, Items))
        return Frame(tuple(FrameColumn(number) for number in range(width)))
    if all(isinstance(row, Const) for row in rows.values):
        return Frame((FrameColumn(0, family_of_value(rows)),))
    return UNKNOWN_COLUMNS


def _from_dict(call: Call) -> Frame:
    data, orient = call.get("data", 0), call.get("orient", 1)
    by_rows = isinstance(orient, Const) and orient.value == "index"
    if call.has("columns"):
        chosen = call.labels("columns")
        return Frame(chosen, index=None) if chosen is not None else UNKNOWN_COLUMNS
    if not by_rows:
        if call.has("orient", 1) and orient != Const("columns"):
            return UNKNOWN_COLUMNS
        return _of_dict(data) if isinstance(data, Table) else UNKNOWN_COLUMNS
    if isinstance(data, Table) and data.entries and all(isinstance(row, Table) for _, row in data.entries):
        return evolve(_of_rows(Items(tuple(row for _, row in data.entries), open=data.open)), index=None)
    return UNKNOWN_COLUMNS
