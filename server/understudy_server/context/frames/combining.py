"""Several frames made one: merge, join, concat."""

from collections.abc import Sequence

from attrs import evolve

from understudy_server.context.frames.call import Call
from understudy_server.context.frames.values import (
    UNKNOWN_COLUMNS,
    Const,
    Frame,
    FrameColumn,
    Index,
    Items,
    Label,
    Series,
    Table,
    Value,
    names_of,
)


def merge(left: Frame, call: Call) -> Frame:
    """`left.merge(right, how, on, left_on, right_on, …)`: a key of one name on both sides is one column, others get suffixes."""
    right = as_frame(call.get("right", 0))
    suffixes = _suffixes(call.get("suffixes"), given=call.has("suffixes"))
    if right is None or suffixes is None or call.spread:
        return evolve(left, open=True, index=None, columns=())
    by_index = (call.flag("left_index"), call.flag("right_index"))
    merged_keys = _merged_keys(left, right, call, by_index)
    if merged_keys is None or None in by_index:
        return Frame(open=True, index=None)
    kept = right.without(merged_keys)
    if left.open or kept.open:
        # A name of the open side may clash with one of the other, which then would have a suffix.
        keys = [column for column in left.columns if column.name in merged_keys]
        missing = [FrameColumn(name) for name in merged_keys if left.column(name) is None]
        return Frame((*keys, *missing), open=True, index=None)
    columns = _side_by_side(left.columns, kept.columns, *suffixes)
    if call.flag("indicator"):
        columns = (*columns, FrameColumn("_merge", "text"))
    index: Index = (None,) if by_index == (False, False) else None
    return Frame(
        columns, index=left.index if by_index == (True, True) and left.index == right.index else index
    )


def join(left: Frame, call: Call) -> Frame:
    """`left.join(other, on, how, lsuffix, rsuffix)`."""
    other = call.get("other", 0)
    others = (
        list(other.values) if isinstance(other, Items) and not other.open and not other.uniform else [other]
    )
    frames = [as_frame(each) for each in others]
    suffixes: list[str | None] = [call.text("lsuffix", 3), call.text("rsuffix", 4)]
    if call.has("suffixes"):
        given = _suffixes(call.get("suffixes"), given=True)
        if given is None:
            return Frame(open=True, index=left.index)
        suffixes = [*given]
    unknown = any(
        call.has(name, place) and text is None
        for name, place, text in zip(("lsuffix", "rsuffix"), (3, 4), suffixes, strict=True)
    )
    if None in frames or unknown or call.spread:
        return Frame(open=True, index=left.index)
    columns = left.columns
    is_open = left.open
    for frame in frames:
        assert frame is not None
        if is_open or frame.open:
            return Frame(open=True, index=left.index)
        columns = _side_by_side(columns, frame.columns, suffixes[0] or "", suffixes[1] or "")
    return Frame(columns, index=left.index)


def concat(call: Call) -> Value | None:
    """`concat(objs, axis, join, ignore_index, keys)`."""
    objects, axis = call.get("objs", 0), call.axis(1)
    several = isinstance(objects, Items) and objects.uniform
    if isinstance(objects, Table):
        objects = Items(tuple(value for _, value in objects.entries), open=objects.open)
        keyed = True
    else:
        keyed = call.has("keys")
    if not isinstance(objects, Items) or axis is None or not objects.values:
        return UNKNOWN_COLUMNS
    known = [each for each in objects.values if each is not None]
    complete = len(known) == len(objects.values) and not objects.open
    if all(isinstance(each, Series) for each in known) and known:
        if axis == 0:
            return _stacked(known) if complete else None
        return _beside(known, call, keyed) if complete and not several else UNKNOWN_COLUMNS
    if axis == 1:
        return _beside(known, call, keyed) if complete and not several and not keyed else UNKNOWN_COLUMNS
    return _below(known, call, complete)


def as_frame(value: Value | None) -> Frame | None:
    """The frame, or the series as a frame of one column; None when it is neither."""
    if isinstance(value, Frame):
        return value
    if isinstance(value, Series):
        known = value.named and value.name is not None
        columns = (FrameColumn(value.name, value.family),) if known and value.name is not None else ()
        return Frame(columns, open=not known, index=value.index)
    return None


def _merged_keys(
    left: Frame, right: Frame, call: Call, by_index: Sequence[bool | None]
) -> tuple[Label, ...] | None:
    """The names that are keys on both sides; None when they cannot be known."""
    how = call.text("how", 1)
    if how == "cross":
        return ()
    if call.has("on", 2):
        on = call.labels("on", 2)
        return None if on is None else names_of(on)
    if call.has("left_on", 3) or call.has("right_on", 4):
        lefts, rights = call.labels("left_on", 3), call.labels("right_on", 4)
        if any(by_index):
            return ()
        if lefts is None or rights is None:
            return None
        return tuple(one.name for one, other in zip(lefts, rights, strict=False) if one.name == other.name)
    if any(by_index):
        return ()
    if left.open or right.open:
        return None
    return tuple(name for name in left.known if name in right.known)


def _suffixes(value: Value | None, *, given: bool) -> tuple[str, str] | None:
    if not given:
        return "_x", "_y"
    if not isinstance(value, Items) or len(value.values) != 2 or value.open:
        return None
    texts = [each.value if isinstance(each, Const) else 0 for each in value.values]
    if not all(text is None or isinstance(text, str) for text in texts):
        return None
    return str(texts[0] or ""), str(texts[1] or "")


def _side_by_side(
    lefts: Sequence[FrameColumn], rights: Sequence[FrameColumn], left_suffix: str, right_suffix: str
) -> tuple[FrameColumn, ...]:
    both = set(names_of(lefts)) & set(names_of(rights))
    return (
        *(evolve(each, name=f"{each.name}{left_suffix}") if each.name in both else each for each in lefts),
        *(evolve(each, name=f"{each.name}{right_suffix}") if each.name in both else each for each in rights),
    )


def _beside(objects: Sequence[Value], call: Call, keyed: bool) -> Frame:
    keys = call.labels("keys") if call.has("keys") else None
    if keyed:
        return Frame(keys, index=None) if keys is not None and len(keys) == len(objects) else UNKNOWN_COLUMNS
    columns: list[FrameColumn] = []
    unnamed = 0
    for each in objects:
        if isinstance(each, Series) and each.named and each.name is None:
            columns.append(FrameColumn(unnamed, each.family))
            unnamed += 1
            continue
        frame = as_frame(each)
        if frame is None or frame.open:
            return UNKNOWN_COLUMNS
        columns += frame.columns
    if call.flag("ignore_index", 3) is not False:
        return Frame(tuple(evolve(column, name=place) for place, column in enumerate(columns)), index=None)
    indexes = {as_frame(each).index for each in objects}  # type: ignore[union-attr]
    return Frame(tuple(columns), index=indexes.pop() if len(indexes) == 1 else None)


def _stacked(objects: Sequence[Value]) -> Series:
    """Series below each other keep a name that all have."""
    series = [each for each in objects if isinstance(each, Series)]
    names = {each.name for each in series}
    known = all(each.named for each in series)
    return Series(names.pop() if known and len(names) == 1 else None, named=known)


def _below(objects: Sequence[Value], call: Call, complete: bool) -> Frame:
    frames = [each for each in objects if isinstance(each, Frame)]
    complete = complete and len(frames) == len(objects)
    if not frames:
        return UNKNOWN_COLUMNS
    inner = call.text("join", 2) == "inner"
    names = [set(frame.known) for frame in frames]
    everywhere = set.intersection(*names)
    columns: dict[Label, FrameColumn] = {}
    for frame in frames:
        for column in frame.columns:
            if not inner or column.name in everywhere:
                columns.setdefault(column.name, column)
    is_open = not complete or any(frame.open for frame in frames)
    indexes = {frame.index for frame in frames}
    index: Index = indexes.pop() if len(indexes) == 1 and complete and not call.has("keys") else None
    if call.flag("ignore_index", 3):
        index = (None,)
    return Frame(tuple(columns.values()), open=is_open, index=index)
