"""Methods of a pandas DataFrame: what columns the result has. Each entry of the tables below was held against pandas itself."""

from collections.abc import Callable, Mapping

from attrs import evolve

from understudy_server.context.frames import column_methods, combining, grouped, index_methods, melting
from understudy_server.context.frames.call import Call
from understudy_server.context.frames.values import (
    UNKNOWN_COLUMNS,
    Const,
    Frame,
    FrameColumn,
    Grouped,
    Items,
    Series,
    Value,
    Windowed,
    as_column,
    family_of_value,
)

_UNCHANGED = frozenset(
    (
        "fillna", "query", "sort_values", "sort_index", "head", "tail", "sample", "copy", "drop_duplicates", "where",
        "mask", "clip", "round", "abs", "replace", "shift", "diff", "rank", "cumsum", "cumprod", "cummax", "cummin", "interpolate",
        "ffill", "bfill", "pad", "backfill", "nlargest", "nsmallest", "convert_dtypes", "infer_objects", "isna", "isnull",
        "notna", "notnull", "pct_change", "applymap", "map", "explode", "tz_localize", "tz_convert", "to_timestamp", "to_period",
        "isin", "between_time", "at_time", "first", "last", "asfreq", "set_flags", "add", "sub", "mul", "div", "truediv", "floordiv",
        "mod", "pow", "radd", "rsub", "rmul", "rdiv", "eq", "ne", "lt", "le", "gt", "ge", "swaplevel", "reorder_levels", "droplevel",
    )
)  # fmt: skip
_TO_SERIES = frozenset(
    (
        "sum", "mean", "median", "min", "max", "std", "var", "count", "nunique", "any", "all", "prod", "idxmax", "idxmin", "skew",
        "kurt", "sem", "duplicated", "memory_usage", "corrwith",
    )
)  # fmt: skip
_UNKNOWN_FRAME = frozenset(("transpose", "compare", "mode"))


def call(frame: Frame, name: str, call: Call) -> Value | None:
    """What `frame.name(…)` is worth; None for what is no frame, series or group."""
    if call.flag("inplace") is not False or name in ("insert", "isetitem", "update"):
        return None  # it changes the frame that it is called on
    return result(frame, name, call)


def result(frame: Frame, name: str, call: Call) -> Value | None:
    """The frame with the columns that it has afterwards; for a method that changes it in place too."""
    if name in _UNCHANGED:
        return frame
    if name in _TO_SERIES:
        return Series(None, named=True, index=None if frame.open else (None,))
    if name in _UNKNOWN_FRAME:
        return UNKNOWN_COLUMNS
    if name == "unstack":
        # Of an index of one level it makes a series.
        return UNKNOWN_COLUMNS if frame.index is not None and len(frame.index) > 1 else None
    act = _METHODS.get(name)
    return act(frame, call) if act is not None else None


def _dropna(frame: Frame, call: Call) -> Frame:
    if call.axis(0) == 0:
        return frame
    return evolve(frame, columns=tuple(evolve(column, certain=False) for column in frame.columns))


def _rows(frame: Frame, call: Call, axis_place: int) -> Frame:
    """Rows are taken, unless `axis` says otherwise."""
    return frame if call.axis(axis_place) == 0 else Frame(open=True, index=frame.index)


def _get(frame: Frame, call: Call) -> Value | None:
    key = call.get("key", 0)
    if isinstance(key, Const) and isinstance(key.value, str | int):
        known = frame.column(key.value)
        return Series(key.value, named=True, family=known.family if known else "unknown", index=frame.index)
    return None


def _pipe(frame: Frame, call: Call) -> Value | None:
    return call.apply(call.get("func", 0), (frame, *call.positional[1:]))


def _describe(frame: Frame, call: Call) -> Frame:
    if call.text("include", 1) == "all":
        return frame
    # Kinds of columns that are asked for by name only pandas can tell.
    return (
        UNKNOWN_COLUMNS if call.has("include", 1) or call.has("exclude", 2) else column_methods.numeric(frame)
    )


def _correlation(frame: Frame, call: Call) -> Frame:
    numbers = column_methods.numeric(frame) if call.flag("numeric_only") is not False else frame
    return evolve(numbers, index=None)


def _windowed(frame: Frame, call: Call) -> Windowed:
    return Windowed(frame)


def _resample(frame: Frame, call: Call) -> Value:
    on = call.get("on")
    keys = (on.value,) if isinstance(on, Const) and isinstance(on.value, str) else frame.index
    return Grouped(frame, keys, in_frame=call.has("on"))


def _combine_first(frame: Frame, call: Call) -> Frame:
    other = call.get("other", 0)
    if not isinstance(other, Frame):
        return UNKNOWN_COLUMNS
    columns = {column.name: column for column in (*other.columns, *frame.columns)}
    ordered = sorted(columns.values(), key=lambda column: str(column.name))
    return Frame(tuple(ordered), open=frame.open or other.open, index=frame.index)


def _value_counts(frame: Frame, call: Call) -> Series:
    chosen = call.labels("subset", 0)
    names = (
        frame.names if not call.has("subset", 0) else tuple(each.name for each in chosen) if chosen else None
    )
    name = "proportion" if call.flag("normalize", 1) else "count"
    return Series(name, named=call.flag("normalize", 1) is not None, family="integer", index=names)


def _pop(frame: Frame, call: Call) -> Value | None:
    return _get(frame, evolve(call, named={"key": call.get("item", 0)}))


def _insert(frame: Frame, call: Call) -> Frame:
    """`insert(place, column, value)`, as if it gave the frame back."""
    place, column = call.get("loc", 0), as_column(call.get("column", 1))
    if column is None:
        return evolve(frame, open=True)
    column = evolve(column, family=family_of_value(call.get("value", 2)))
    if not isinstance(place, Const) or not isinstance(place.value, int):
        return frame.having([column])
    before, after = frame.columns[: place.value], frame.columns[place.value :]
    return evolve(frame, columns=(*before, column, *after))


def _eval(frame: Frame, call: Call) -> Frame | Series:
    """`eval("c = a + b")` adds the columns that its lines assign."""
    text = call.text("expr", 0)
    if text is None:
        return evolve(frame, open=True)
    names = []
    for line in text.splitlines():
        left, sign, right = line.partition("=")
        if sign and not right.startswith("=") and left.strip().isidentifier():
            names.append(FrameColumn(left.strip()))
    return frame.having(names) if names else Series()


def _iterate(frame: Frame, call: Call) -> Value:
    """Pairs of a label and a series."""
    return Items((Items((None, Series())),), uniform=True)


_METHODS: Mapping[str, Callable[[Frame, Call], Value | None]] = {
    "assign": column_methods.assign,
    "rename": column_methods.rename,
    "drop": column_methods.drop,
    "astype": column_methods.astype,
    "filter": column_methods.choose,
    "select_dtypes": column_methods.select_types,
    "add_prefix": column_methods.add_prefix,
    "add_suffix": column_methods.add_suffix,
    "set_axis": column_methods.set_axis,
    "reindex": column_methods.reindex,
    "set_index": index_methods.set_index,
    "reset_index": index_methods.reset_index,
    "rename_axis": index_methods.rename_axis,
    "dropna": _dropna,
    "take": lambda frame, call: _rows(frame, call, 1),
    "truncate": lambda frame, call: _rows(frame, call, 2),
    "get": _get,
    "pop": _pop,
    "insert": _insert,
    "eval": _eval,
    "pipe": _pipe,
    "merge": combining.merge,
    "join": combining.join,
    "melt": melting.melt,
    "pivot_table": melting.pivot_table,
    "pivot": lambda frame, call: melting.pivot(call),
    "groupby": grouped.groupby,
    "resample": _resample,
    "rolling": _windowed,
    "expanding": _windowed,
    "ewm": _windowed,
    "describe": _describe,
    "corr": _correlation,
    "cov": _correlation,
    "combine_first": _combine_first,
    "value_counts": _value_counts,
    "iterrows": _iterate,
    "items": _iterate,
    "isetitem": lambda frame, call: frame,
    "to_frame": lambda frame, call: frame,
}
