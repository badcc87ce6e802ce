"""DataFrames of polars, eager and lazy: what columns the result of a method has."""

from attrs import evolve

from understudy_server.context.frames import makers, polars_expressions, readers
from understudy_server.context.frames.call import Call
from understudy_server.context.frames.column_methods import label_columns
from understudy_server.context.frames.values import (
    Const,
    Frame,
    FrameColumn,
    Grouped,
    Items,
    Series,
    Table,
    Value,
    as_column,
    labels,
    names_of,
)

_UNCHANGED = frozenset(
    (
        "filter", "sort", "head", "limit", "tail", "unique", "collect", "lazy", "sample", "slice", "clone", "fill_null", "fill_nan",
        "drop_nulls", "drop_nans", "reverse", "explode", "cast", "shift", "gather_every", "top_k", "bottom_k", "set_sorted", "rechunk",
        "interpolate", "cache", "remove", "fetch",
    )
)  # fmt: skip
_SUMMARIES = frozenset(
    ("sum", "mean", "median", "min", "max", "first", "last", "std", "var", "n_unique", "quantile", "all")
)
_UNKNOWN = Frame(open=True, kind="polars")


def call_module(name: str, call: Call) -> Value | None:
    """`pl.name(…)`."""
    expression = polars_expressions.call_module(name, call)
    if expression is not None:
        return expression
    if name in ("DataFrame", "LazyFrame", "from_dict", "from_dicts", "from_records"):
        return _made(call)
    if name == "from_pandas" and isinstance(frame := call.get("data", 0), Frame):
        return evolve(frame, kind="polars", index=(None,))
    if name == "concat":
        return _concat(call)
    if name == "sql":
        return _UNKNOWN
    return readers.call(name, _with_polars_names(call), "polars")


def call(frame: Frame, name: str, call: Call) -> Value | None:
    """What `frame.name(…)` is worth."""
    if name in _UNCHANGED:
        return frame
    if name in ("select", "with_columns", "select_seq", "with_columns_seq"):
        return _selected(frame, name, call)
    if name == "rename":
        return _renamed(frame, call)
    if name == "drop":
        gone = label_columns(call.positional)
        return frame.without(names_of(gone)) if gone is not None else _UNKNOWN
    if name in ("with_row_index", "with_row_count"):
        given = (
            call.text("name", 0) if call.has("name", 0) else "index" if name == "with_row_index" else "row_nr"
        )
        return evolve(frame, columns=(FrameColumn(given), *frame.columns)) if given else _UNKNOWN
    if name in ("group_by", "groupby", "group_by_dynamic", "rolling"):
        keys = polars_expressions.columns_of(call.positional, frame)
        named = tuple(
            FrameColumn(each, origin=call.origins.get(each))
            for each in call.named
            if each != "maintain_order"
        )
        if name not in ("group_by", "groupby"):
            return None
        return Grouped(frame, names_of((*keys, *named)) if keys is not None else None)
    if name == "join":
        return _join(frame, call)
    if name in ("unpivot", "melt"):
        return _unpivot(call)
    if name == "to_pandas":
        return evolve(frame, kind="pandas", index=(None,))
    if name in ("get_column", "to_series", "drop_in_place"):
        column = as_column(call.get("name", 0))
        return Series(column.name, named=True) if column is not None else Series()
    if name == "pipe":
        return call.apply(call.get("function", 0), (frame, *call.positional[1:]))
    if name in (
        "pivot",
        "transpose",
        "unnest",
        "hstack",
        "join_asof",
        "vstack",
        "describe",
        "to_dummies",
        "extend",
        "map_rows",
    ):
        return frame if name in ("vstack", "extend") else _UNKNOWN
    return None


def call_grouped(group: Grouped, name: str, call: Call) -> Value | None:
    """`group.agg(…)`, `group.len()`, `group.mean()`."""
    if group.keys is None:
        return _UNKNOWN
    keys = group.frame.selecting(FrameColumn(key) for key in group.keys if key is not None)
    if name == "agg":
        columns = polars_expressions.columns_of(call.positional, group.frame.without(keys.known))
        if columns is None or call.spread:
            return evolve(keys, open=True)
        named = tuple(FrameColumn(each, origin=call.origins.get(each)) for each in call.named)
        return keys.having((*columns, *named))
    if name in ("len", "count"):
        return keys.having([FrameColumn(call.text("name", 0) or name, "integer")])
    if name in _SUMMARIES:
        return evolve(keys.having(group.frame.without(keys.known).columns), open=group.frame.open)
    return group.frame if name in ("head", "tail") else None


def _made(call: Call) -> Frame:
    schema = call.get("schema", 1)
    if isinstance(schema, Table) and not schema.open:
        columns = [column for key, _ in schema.entries if (column := as_column(key)) is not None]
        return Frame(tuple(columns), kind="polars")
    if call.has("schema", 1):
        chosen = labels(schema)
        return Frame(chosen, kind="polars") if chosen is not None else _UNKNOWN
    data = call.get("data", 0)
    if isinstance(data, Frame):
        return evolve(data, kind="polars")
    if not call.has("data", 0):
        return Frame(kind="polars")
    if not isinstance(data, Table | Items) or (
        isinstance(data, Items) and not all(isinstance(row, Table) for row in data.values)
    ):
        return _UNKNOWN
    made = makers.data_frame(evolve(call, positional=(data,), named={}))
    return evolve(made, kind="polars", index=(None,))


def _selected(frame: Frame, name: str, call: Call) -> Frame:
    columns = polars_expressions.columns_of(call.positional, frame)
    named = tuple(FrameColumn(each, origin=call.origins.get(each)) for each in call.named)
    adds = name.startswith("with_columns")
    if columns is None or call.spread:
        return evolve(frame, open=True) if adds else _UNKNOWN
    if adds:
        return frame.having((*columns, *named))
    return Frame((*columns, *named), kind="polars")


def _renamed(frame: Frame, call: Call) -> Frame:
    new = call.get("mapping", 0)
    if not isinstance(new, Table) or new.open:
        return _UNKNOWN
    names = {key.value: as_column(value) for key, value in new.entries if isinstance(key, Const)}
    if None in names.values() or len(names) < len(new.entries):
        return _UNKNOWN
    columns = tuple(
        evolve(each, name=found.name, origin=found.origin) if (found := names.get(each.name)) else each
        for each in frame.columns
    )
    return evolve(frame, columns=columns)


def _join(frame: Frame, call: Call) -> Frame:
    """Keys of the right side go, other columns that the left side has too get `_right`."""
    other, how = call.get("other", 0), call.text("how", 2) if call.has("how", 2) else "inner"
    if not isinstance(other, Frame) or how is None:
        return _UNKNOWN
    if how in ("semi", "anti"):
        return frame
    written = "right_on" if call.has("right_on") else "on"
    keys = polars_expressions.columns_of((call.get(written, 1),), other) if how != "cross" else ()
    suffix = call.text("suffix") if call.has("suffix") else "_right"
    coalesced = how in ("inner", "left", "cross") or (
        how in ("full", "outer") and call.flag("coalesce") is True
    )
    if keys is None or suffix is None or frame.open or other.open or not coalesced:
        return _UNKNOWN
    rest = other.without(names_of(keys)).columns
    return frame.having(
        evolve(each, name=f"{each.name}{suffix}") if frame.column(each.name) is not None else each
        for each in rest
    )


def _unpivot(call: Call) -> Frame:
    kept = (
        call.labels("index") if call.has("index") else call.labels("id_vars") if call.has("id_vars") else ()
    )
    names = [
        call.text(argument) if call.has(argument) else default
        for argument, default in (("variable_name", "variable"), ("value_name", "value"))
    ]
    if kept is None or None in names:
        return _UNKNOWN
    return Frame((*kept, *(FrameColumn(name) for name in names if name is not None)), kind="polars")


def _concat(call: Call) -> Frame:
    items, how = call.get("items", 0), call.text("how", 1) if call.has("how", 1) else "vertical"
    if not isinstance(items, Items) or items.open or not items.values or how is None:
        return _UNKNOWN
    frames = [each for each in items.values if isinstance(each, Frame)]
    if (
        len(frames) < len(items.values)
        or any(each.open for each in frames)
        or (items.uniform and how == "horizontal")
    ):
        return _UNKNOWN
    if how.startswith("vertical"):
        return frames[0]
    joined = Frame(kind="polars")
    for each in frames:
        joined = joined.having(column for column in each.columns if joined.column(column.name) is None)
    return joined


def _with_polars_names(call: Call) -> Call:
    """polars says `columns=` and `new_columns=` where pandas says `usecols=` and `names=`."""
    new = {"columns": "usecols", "new_columns": "names"}
    renamed = {new.get(name, name): value for name, value in call.named.items()}
    if isinstance(call.get("has_header"), Const) and call.flag("has_header") is False:
        return evolve(call, spread=True)
    return evolve(
        call, named={**renamed, **({"columns": call.get("columns")} if call.has("columns") else {})}
    )
