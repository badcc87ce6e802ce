"""Methods of a frame that move columns into its index and out of it."""

from attrs import evolve

from understudy_server.context.frames.call import Call
from understudy_server.context.frames.syntax import is_none
from understudy_server.context.frames.values import (
    Const,
    Frame,
    FrameColumn,
    Index,
    Items,
    Label,
    Series,
    Table,
    Value,
    labels,
    names_of,
)


def set_index(frame: Frame, call: Call) -> Frame:
    """`set_index(keys, drop, append)`."""
    keys, drops, appends = call.get("keys", 0), call.flag("drop", 1, default=True), call.flag("append", 2)
    before: Index = () if appends is False else frame.index if appends else None
    named = labels(keys)
    if named is None or drops is None:
        levels = (keys.name,) if isinstance(keys, Series) and keys.named else None
        # A list may mix names of columns with whole columns: those that are named go, which others do is not known.
        gone = () if isinstance(keys, Series) else _mentioned(keys)
        unknown = not isinstance(keys, Series)
        return evolve(frame.without(gone), open=frame.open or unknown, index=levels if before == () else None)
    index = None if before is None else (*before, *names_of(named))
    kept = frame.without(names_of(named)) if drops else frame
    return evolve(kept, index=index)


def reset_index(frame: Frame, call: Call) -> Frame:
    """`reset_index(level, drop, names)`: the levels become the first columns."""
    drops = call.flag("drop", 1)
    if call.has("level", 0) and not is_none(call.get("level", 0)):
        chosen = call.labels("level", 0)
        if chosen is None or frame.index is None or any(isinstance(column.name, int) for column in chosen):
            return Frame(frame.columns, open=drops is not True, index=None)
        left = tuple(name for name in frame.index if name not in names_of(chosen))
        moved = _levels(chosen, frame) if drops is False else ()
        return Frame((*moved, *frame.columns), open=frame.open or drops is None, index=left or (None,))
    if drops:
        return evolve(frame, index=(None,))
    if frame.index is None or drops is None or call.spread:
        return evolve(frame, open=True, index=(None,))
    names: tuple[FrameColumn, ...] | None = tuple(
        FrameColumn(name) for name in level_names(frame.index, frame.known)
    )
    if call.has("names"):
        names = call.labels("names")
    if names is None:
        return evolve(frame, open=True, index=(None,))
    return evolve(frame, columns=(*names, *frame.columns), index=(None,))


def rename_axis(frame: Frame, call: Call) -> Frame:
    """`rename_axis(names)`: names of the levels; the columns stay."""
    return evolve(frame, index=renamed_index(frame.index, call))


def renamed_index(index: Index, call: Call) -> Index:
    """The names of an index after `rename_axis(…)`."""
    if call.has("columns") and not call.has("index"):
        return index
    named = call.get("index") if call.has("index") else call.get("mapper", 0)
    if call.axis() == 1:
        return index
    if is_none(named):
        return (None,) if index is not None and len(index) == 1 else None
    if isinstance(named, Table) and index is not None:
        return tuple(_renamed_level(name, named) for name in index)
    columns = labels(named)
    return names_of(columns) if columns is not None else None


def level_names(index: tuple[Label | None, ...], columns: tuple[Label, ...]) -> tuple[Label, ...]:
    """The columns that an index becomes: levels without a name are `index`, or `level_0` and so on."""
    if index == (None,):
        return ("index",) if "index" not in columns else ("level_0",)
    return tuple(f"level_{place}" if name is None else name for place, name in enumerate(index))


def _levels(chosen: tuple[FrameColumn, ...], frame: Frame) -> tuple[FrameColumn, ...]:
    levels = frame.index or ()
    wanted = names_of(chosen)
    return tuple(FrameColumn(name) for name in levels if name is not None and name in wanted)


def _mentioned(keys: Value | None) -> tuple[Label, ...]:
    members = keys.values if isinstance(keys, Items) else (keys,)
    return tuple(each.value for each in members if isinstance(each, Const) and isinstance(each.value, str))


def _renamed_level(name: Label | None, names: Table) -> Label | None:
    new = names.get(name) if name is not None else None
    return new.value if isinstance(new, Const) and isinstance(new.value, str | int) else name
