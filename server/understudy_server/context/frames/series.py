"""Methods of a single column, and of an index: what matters is whether a frame comes out, and under which name."""

from attrs import evolve

from understudy_server.context.frames.call import Call
from understudy_server.context.frames.column_methods import family_of_type
from understudy_server.context.frames.index_methods import level_names, renamed_index
from understudy_server.context.frames.syntax import is_none
from understudy_server.context.frames.values import (
    UNKNOWN_COLUMNS,
    Accessor,
    Const,
    Frame,
    FrameColumn,
    Grouped,
    Items,
    Label,
    Module,
    Series,
    Value,
    Windowed,
    names_of,
)

_SCALARS = frozenset(
    (
        "sum", "mean", "median", "min", "max", "std", "var", "count", "nunique", "any", "all", "prod", "idxmax", "idxmin", "skew", "sem",
        "item", "corr", "cov", "to_list", "tolist", "to_numpy", "to_dict", "unique", "argmax", "argmin", "kurt", "autocorr", "plot",
        "hist", "to_csv", "to_json", "to_string", "is_unique", "equals", "items",
    )
)  # fmt: skip
_BOOLEAN = frozenset(
    (
        "isna",
        "isnull",
        "notna",
        "notnull",
        "isin",
        "between",
        "duplicated",
        "eq",
        "ne",
        "lt",
        "le",
        "gt",
        "ge",
    )
)
_DATE_PARTS = frozenset(
    (
        "year",
        "month",
        "day",
        "hour",
        "minute",
        "second",
        "quarter",
        "dayofweek",
        "weekday",
        "dayofyear",
        "days",
    )
)


def attribute(series: Series, name: str) -> Value | None:
    """`series.str`, `series.dt`, `series.loc`, `series.index`."""
    if name in ("str", "dt", "cat", "loc", "iloc", "at", "iat", "index", "list", "struct"):
        return Accessor(series, name)
    if name == "name" and series.named and series.name is not None:
        return Const(series.name)
    return None


def attribute_of_accessor(accessor: Accessor, name: str) -> Value | None:
    """`series.dt.year`, `df.index.year`, `df.columns.str`."""
    if isinstance(accessor.of, Series) and accessor.name == "dt":
        return evolve(accessor.of, family="integer" if name in _DATE_PARTS else "date", plain=False)
    if isinstance(accessor.of, Frame | Series) and accessor.name == "index":
        index = accessor.of.index
        if name in _DATE_PARTS and index is not None and len(index) == 1:
            return Series(index[0], named=True)
        return None
    return Accessor(accessor.of, name) if isinstance(accessor.of, Items) else None


def call(series: Series, name: str, call: Call) -> Value | None:
    """What `series.name(…)` is worth."""
    if name in _SCALARS:
        return None
    if name == "to_frame":
        return _to_frame(series, call)
    if name == "reset_index":
        return _reset_index(series, call)
    if name == "value_counts":
        normalized = call.flag("normalize", 0)
        index: tuple[Label | None, ...] | None = (series.name,) if series.named else None
        return Series(
            "proportion" if normalized else "count",
            named=normalized is not None,
            family="integer",
            index=index,
        )
    if name == "rename":
        given = call.get("index", 0)
        if isinstance(given, Const) and not isinstance(given.value, float | bool):
            return evolve(series, name=given.value, named=True, plain=False)
        return evolve(series, plain=False)
    if name == "rename_axis":
        return evolve(series, index=renamed_index(series.index, call))
    if name == "groupby":
        key = call.get("by", 0)
        keys = (key.name,) if isinstance(key, Series) and key.named else None
        if series.named and series.name is not None:
            column = FrameColumn(series.name, series.family)
            return Grouped(Frame((column,)), keys, False, True, (column,), single=True)
        return None
    if name in ("rolling", "expanding", "ewm", "resample"):
        return Windowed(evolve(series, plain=False))
    if name in ("unstack", "compare"):
        return UNKNOWN_COLUMNS
    if name == "apply" and _makes_series(call):
        return UNKNOWN_COLUMNS
    if name == "pipe":
        return call.apply(call.get("func", 0), (series,))
    if name == "astype":
        return evolve(series, family=family_of_type(call.get("dtype", 0)), plain=False)
    if name in ("map", "apply", "explode", "replace", "where", "mask"):
        return evolve(series, family="unknown", plain=False)
    if name in _BOOLEAN:
        return evolve(series, family="boolean", plain=False)
    return evolve(series, plain=False)


def call_accessor(series: Series, accessor: str, name: str) -> Value | None:
    """`series.str.lower()`: a series again, or with `expand=` a frame nobody named."""
    if accessor == "str" and name in (
        "extract",
        "partition",
        "rpartition",
        "extractall",
        "get_dummies",
        "split",
        "rsplit",
    ):
        return None
    return evolve(series, family="unknown", plain=False)


def call_windowed(windowed: Windowed, name: str) -> Value | None:
    """What is computed over a moving window."""
    if isinstance(windowed.over, Series):
        return evolve(windowed.over, family="number")
    return windowed.over if name in ("mean", "sum", "min", "max", "std", "var", "median", "count") else None


def call_index(accessor: Accessor, name: str) -> Value | None:
    """`df.index.strftime(…)`: of the index's name."""
    index = accessor.of.index if isinstance(accessor.of, Frame | Series) else None
    if (
        name in ("strftime", "to_series", "map", "to_period", "floor", "normalize")
        and index is not None
        and len(index) == 1
    ):
        return Series(index[0], named=True)
    return None


def _to_frame(series: Series, call: Call) -> Frame:
    if call.has("name", 0):
        given = call.labels("name", 0)
        if given is None:
            return Frame(open=True, index=series.index)
        return Frame((evolve(given[0], family=series.family),), index=series.index)
    if not series.named:
        return Frame(open=True, index=series.index)
    return Frame((FrameColumn(0 if series.name is None else series.name, series.family),), index=series.index)


def _reset_index(series: Series, call: Call) -> Value:
    drops = call.flag("drop", 1)
    if drops:
        return evolve(series, index=(None,), plain=False)
    if call.has("level", 0) and not is_none(call.get("level", 0)):
        return UNKNOWN_COLUMNS
    value = _to_frame(
        series, evolve(call, positional=(), named={k: v for k, v in call.named.items() if k == "name"})
    )
    if series.index is None or drops is None or call.has("names"):
        return evolve(value, open=True, index=(None,))
    levels = level_names(series.index, names_of(value.columns))
    return evolve(value, columns=(*(FrameColumn(name) for name in levels), *value.columns), index=(None,))


def _makes_series(call: Call) -> bool:
    """`apply(pd.Series)` spreads each value over columns."""
    return call.get("func", 0) == Module("pandas.Series")
