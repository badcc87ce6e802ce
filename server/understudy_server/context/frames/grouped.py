"""`groupby` and what follows it."""

from collections.abc import Mapping

from attrs import evolve

from understudy_knowledge.catalog import Family
from understudy_server.context.frames.call import Call
from understudy_server.context.frames.column_methods import numeric
from understudy_server.context.frames.values import (
    UNKNOWN_COLUMNS,
    Const,
    Frame,
    FrameColumn,
    Function,
    Grouped,
    Items,
    Label,
    Lambda,
    Series,
    Table,
    Value,
    Windowed,
    as_column,
    labels,
    names_of,
)

_SUMMARIES = frozenset(
    (
        "sum", "mean", "median", "min", "max", "std", "var", "sem", "first", "last", "nunique", "count", "prod", "any", "all", "idxmax",
        "idxmin", "quantile", "skew",
    )
)  # fmt: skip
_PER_ROW = frozenset(
    (
        "transform",
        "cumsum",
        "cumprod",
        "cummax",
        "cummin",
        "shift",
        "rank",
        "diff",
        "pct_change",
        "ffill",
        "bfill",
        "fillna",
    )
)
_ROWS = frozenset(("head", "tail", "nth", "sample", "filter"))
_FAMILIES: Mapping[str, Family] = {
    "count": "integer",
    "nunique": "integer",
    "size": "integer",
    "mean": "number",
    "std": "number",
}


def groupby(frame: Frame, call: Call) -> Value | None:
    """`groupby(by, as_index=)`."""
    by = call.get("by", 0)
    as_index = call.flag("as_index", default=True)
    if as_index is None or call.spread or call.axis() != 0:
        return None
    if call.has("level"):
        level = call.labels("level")
        named = level is not None and all(isinstance(each.name, str) for each in level)
        return Grouped(frame, names_of(level) if level is not None and named else None, False, as_index)
    members = by.values if isinstance(by, Items) and not by.open and not by.uniform else (by,)
    keys: list[Label | None] = []
    in_frame = []
    for member in members:
        column = as_column(member)
        if column is not None:
            # A level of the index may be named like a column may.
            in_level = frame.index is not None and column.name in frame.index
            keys.append(column.name)
            in_frame.append(not in_level or frame.column(column.name) is not None)
        elif isinstance(member, Series) and member.named:
            keys.append(member.name)
            in_frame.append(member.plain and member.name in frame.known)
        else:
            return Grouped(frame, None, in_frame=False, as_index=as_index)
    if len(set(in_frame)) > 1:
        return Grouped(evolve(frame, open=True), tuple(keys), True, as_index)
    return Grouped(frame, tuple(keys), in_frame[0], as_index)


def item(group: Grouped, key: Value | None) -> Value | None:
    """`group["a"]`, `group[["a", "b"]]`."""
    chosen = labels(key)
    if chosen is None:
        return None
    columns = tuple(group.frame.column(each.name) or each for each in chosen)
    return evolve(group, selected=columns, single=isinstance(key, Const))


def attribute(group: Grouped, name: str) -> Value | None:
    """`group.a`."""
    return item(group, Const(name)) if group.frame.column(name) is not None else None


def call(group: Grouped, name: str, call: Call) -> Value | None:
    """What `group.name(…)` is worth."""
    if name in _SUMMARIES:
        chosen = _summarized(group)
        if call.flag("numeric_only") is not False:
            chosen = numeric(chosen)
        return _result(group, chosen, _FAMILIES.get(name))
    if name in _PER_ROW:
        if name == "transform" and not isinstance(call.get("func", 0), Const | Function | Lambda | None):
            return UNKNOWN_COLUMNS
        if name == "transform" and not call.has("func", 0):
            return UNKNOWN_COLUMNS
        chosen = evolve(_summarized(group), index=group.frame.index)
        return _series(group, group.frame.index) if group.single else chosen
    if name in _ROWS:
        if group.single:
            return _series(group, None)
        return (
            group.frame
            if group.selected is None
            else evolve(group.frame.selecting(group.selected), index=None)
        )
    if name == "get_group":
        return group.frame if group.selected is None else None
    if name in ("agg", "aggregate"):
        return _aggregate(group, call)
    if name == "size":
        if group.as_index:
            return Series(
                _only(group) if group.single else None, named=True, family="integer", index=group.keys
            )
        return _with_keys(group, Frame((FrameColumn("size", "integer"),)))
    if name == "value_counts" and group.single and group.keys is not None:
        label = "proportion" if call.flag("normalize") else "count"
        return Series(label, named=True, index=(*group.keys, _only(group)))
    if name in ("ngroup", "cumcount"):
        return Series(None, named=True, index=group.frame.index)
    if name in ("rolling", "expanding", "ewm", "resample"):
        return Windowed(Series(_only(group), named=True) if group.single else UNKNOWN_COLUMNS)
    if name == "pipe":
        return call.apply(call.get("func", 0), (group,))
    if name == "describe":
        return UNKNOWN_COLUMNS
    return None


def members(group: Grouped) -> Value:
    """What iterating gives: pairs of a key and a frame with all columns."""
    return Items((Items((None, group.frame)),), uniform=True)


def _aggregate(group: Grouped, call: Call) -> Value | None:
    given = call.get("func", 0)
    if not call.positional and "func" not in call.named:
        if call.spread or not call.named:
            return _open(group)
        columns = [_named_aggregation(group, name, value, call) for name, value in call.named.items()]
        return _with_keys(group, Frame(tuple(columns)))
    if isinstance(given, Const) and isinstance(given.value, str):
        if given.value == "size":
            return Series(_only(group) if group.single else None, named=True, index=group.keys)
        return _result(group, _summarized(group), _FAMILIES.get(given.value))
    if isinstance(given, Items):
        names = [each.value if isinstance(each, Const) else None for each in given.values]
        if group.single and not given.open and all(isinstance(name, str) for name in names):
            return _with_keys(group, Frame(tuple(FrameColumn(str(name)) for name in names)))
        return _open(group)  # names of two levels
    if isinstance(given, Table) and not given.open:
        if any(not isinstance(value, Const) and isinstance(value, Items) for _, value in given.entries):
            return _open(group)
        keys = [as_column(key) for key, _ in given.entries]
        columns = [key for key in keys if key is not None]
        if len(columns) < len(keys) or group.single:
            return _open(group)
        known = [group.frame.column(column.name) or column for column in columns]
        return _with_keys(
            group,
            Frame(
                tuple(
                    evolve(column, certain=True, origin=key.origin or column.origin)
                    for column, key in zip(known, columns, strict=True)
                )
            ),
        )
    if given is not None and not isinstance(given, Table):
        return _result(group, _summarized(group), None)
    return Series() if group.single else _open(group)


def _named_aggregation(group: Grouped, name: str, value: Value | None, call: Call) -> FrameColumn:
    function = value.values[1] if isinstance(value, Items) and len(value.values) == 2 else value
    source = value.values[0] if isinstance(value, Items) and len(value.values) == 2 else None
    family: Family = "unknown"
    if isinstance(function, Const) and isinstance(function.value, str):
        of = (
            group.frame.column(source.value)
            if isinstance(source, Const) and isinstance(source.value, str)
            else None
        )
        kept = (
            of.family
            if of is not None and function.value in ("min", "max", "first", "last", "sum")
            else "unknown"
        )
        family = _FAMILIES.get(function.value, kept)
    return FrameColumn(name, family, call.origins.get(name))


def _summarized(group: Grouped) -> Frame:
    """The columns that a summary is made of: the chosen ones, else all but the keys."""
    if group.selected is not None:
        return group.frame.selecting(group.selected)
    if group.keys is None:
        uncertain = tuple(evolve(column, certain=False) for column in group.frame.columns)
        return evolve(group.frame, columns=uncertain, open=True)
    if not group.in_frame:
        return group.frame
    return group.frame.without(key for key in group.keys if key is not None)


def _result(group: Grouped, chosen: Frame, family: Family | None) -> Value:
    if family is not None:
        chosen = evolve(chosen, columns=tuple(evolve(column, family=family) for column in chosen.columns))
    if group.single and group.as_index:
        column = chosen.columns[0] if chosen.columns else None
        return Series(
            _only(group), named=True, family=column.family if column else "unknown", index=group.keys
        )
    return _with_keys(group, chosen)


def _with_keys(group: Grouped, columns: Frame) -> Frame:
    """The keys as index, or as first columns."""
    if group.as_index:
        return evolve(columns, index=group.keys, kind=group.frame.kind)
    if group.keys is None or not group.in_frame:
        return evolve(columns, open=True, index=(None,))
    keys = group.frame.selecting(FrameColumn(key) for key in group.keys if key is not None).columns
    kept = columns.without(names_of(keys))
    return evolve(kept, columns=(*keys, *kept.columns), index=(None,), kind=group.frame.kind)


def _open(group: Grouped) -> Frame:
    return Frame(open=True, index=group.keys if group.as_index else (None,))


def _only(group: Grouped) -> Label | None:
    return group.selected[0].name if group.selected else None


def _series(group: Grouped, index: tuple[Label | None, ...] | None) -> Series:
    return Series(_only(group), named=True, index=index)
