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
    "take": _along_columns,
    "truncate": _along_columns,
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
