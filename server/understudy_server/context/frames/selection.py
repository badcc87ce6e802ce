"""Choosing from a frame: `df["a"]`, `df[["a", "b"]]`, `df.a`, `df.loc[rows, columns]`; and setting what is chosen."""

from attrs import evolve

from understudy_server.context.frames.values import (
    Accessor,
    Const,
    Each,
    Expression,
    Frame,
    FrameColumn,
    Items,
    Origin,
    Series,
    Value,
    as_column,
    family_of_value,
    labels,
)

_LOCATORS = frozenset(("loc", "iloc", "at", "iat"))
_FACTS = frozenset(("shape", "size", "empty", "ndim", "values", "attrs", "axes", "flags", "style", "sparse"))


def attribute(frame: Frame, name: str, origin: Origin) -> Value | None:
    """`df.name`: a column, or what every frame has."""
    if name == "columns":
        return Items(tuple(Const(column.name, column.origin) for column in frame.columns), open=frame.open)
    if frame.column(name) is not None:
        return column_of(frame, FrameColumn(name, origin=origin))
    if name in _LOCATORS or name in ("index", "str", "plot"):
        return Accessor(frame, name)
    if name == "dtypes":
        return Series(None, named=True)
    if name == "T" and frame.kind == "pandas":
        return Frame(open=True, index=None)
    if frame.open and name not in _FACTS and not name.startswith("_"):
        return Series(name, named=True, index=frame.index)
    return None


def column_of(frame: Frame, column: FrameColumn) -> Series | None:
    """One column by itself; None where the frame is known not to have it."""
    known = frame.column(column.name)
    if known is None and not frame.open:
        return None
    family = known.family if known else "unknown"
    return Series(column.name, named=True, family=family, index=frame.index, plain=True)


def item(frame: Frame, key: Value | None) -> Value | None:
    """`df[key]`: a column, some columns, or some rows."""
    if isinstance(key, Const):
        column = as_column(key)
        return column_of(frame, column) if column is not None else None
    if isinstance(key, Items):
        chosen = labels(key)
        if chosen is not None:
            return frame.selecting(chosen)
        # A list of which some members are unknown still chooses columns.
        known = [column for each in key.values if (column := as_column(each)) is not None]
        return evolve(frame.selecting(known), open=True)
    if isinstance(key, Series | Frame | Expression):
        return frame  # a mask chooses rows
    if isinstance(key, Each):
        return Series()
    if isinstance(key, Accessor) and key.name in ("isin", "mask"):
        return frame
    return None


def located(accessor: Accessor, key: Value | None) -> Value | None:
    """`df.loc[key]` and its like."""
    frame = accessor.of
    if not isinstance(frame, Frame):
        if accessor.name in _LOCATORS and isinstance(frame, Series):
            return frame if isinstance(key, Series | Items) else None
        return _of_index(accessor, key)
    if accessor.name not in ("loc", "iloc"):
        return None
    place = place_of(key)
    if place is not None:
        rows, columns = place
        if isinstance(rows, Const):
            return None  # one row, or one cell of it
        return _columns_at(frame, columns, by_place=accessor.name == "iloc")
    # A mask, a list of labels or a stretch chooses rows.
    return frame if isinstance(key, Items | Series | Accessor) else None


def place_of(key: Value | None) -> tuple[Value | None, Value | None] | None:
    """(rows, columns) of the key in `loc[rows, columns]`; None for a key of one part."""
    if not isinstance(key, Accessor) or key.name != "place" or not isinstance(key.of, Items):
        return None
    rows, columns, *more = key.of.values
    return None if more else (rows, columns)


def _columns_at(frame: Frame, columns: Value | None, *, by_place: bool) -> Value | None:
    if isinstance(columns, Accessor) and columns.name == "slice":
        return _stretch(frame, columns.of, by_place=by_place)
    if by_place:
        return _at_places(frame, columns)
    found = item(frame, columns)
    return (
        evolve(found, plain=False) if isinstance(found, Series) and not isinstance(columns, Const) else found
    )


def _stretch(frame: Frame, ends: Value, *, by_place: bool) -> Value | None:
    """`"a":"c"` with both ends, or `0:2` without the latter."""
    if not isinstance(ends, Items) or ends.values == (Const(None), Const(None)):
        return frame
    if frame.open:
        return Frame(open=True, index=frame.index, kind=frame.kind)
    places: list[int | None] = []
    for end, value in enumerate(ends.values):
        if not isinstance(value, Const) or isinstance(value.value, float | bool):
            return None
        if value.value is None:
            places.append(None)
        elif by_place and isinstance(value.value, int):
            places.append(value.value)
        elif value.value in frame.known:
            places.append(frame.known.index(value.value) + end)
        else:
            return Frame(open=True, index=frame.index, kind=frame.kind)
    return evolve(frame, columns=frame.columns[slice(*places)])


def _at_places(frame: Frame, places: Value | None) -> Value | None:
    if frame.open:
        return Frame(open=True, index=frame.index, kind=frame.kind) if isinstance(places, Items) else Series()
    size = len(frame.columns)
    if isinstance(places, Const) and isinstance(places.value, int) and -size <= places.value < size:
        return column_of(frame, frame.columns[places.value])
    if isinstance(places, Items) and not places.open and not places.uniform:
        chosen = [each.value for each in places.values if isinstance(each, Const)]
        if len(chosen) == len(places.values) and all(
            isinstance(place, int) and not isinstance(place, bool) and -size <= place < size
            for place in chosen
        ):
            return frame.selecting(frame.columns[place] for place in chosen if isinstance(place, int))
    return Frame(open=True, index=frame.index, kind=frame.kind) if isinstance(places, Items) else None


def _of_index(accessor: Accessor, key: Value | None) -> Value | None:
    """Items of the labels of an index of which only the names are known: nothing."""
    return accessor if accessor.name == "index" and isinstance(key, Accessor) else None


def setting(frame: Frame, key: Value | None, value: Value | None, *, locator: str = "") -> Frame:
    """The frame after `df[key] = value`, or `df.loc[key] = value` where a locator is given."""
    if locator:
        place = place_of(key)
        if place is None or locator in ("iloc", "iat"):
            return frame
        key = place[1]
    if isinstance(key, Series | Frame | Accessor):
        return frame  # a mask changes cells
    columns = labels(key)
    if columns is None:
        known = [column for each in _members(key) if (column := as_column(each)) is not None]
        return evolve(frame.having(known), open=True)
    family = family_of_value(value)
    if isinstance(value, Frame) and not value.open and len(value.columns) == len(columns):
        return frame.having(
            evolve(column, family=source.family)
            for column, source in zip(columns, value.columns, strict=True)
        )
    if locator and all(frame.column(column.name) is not None for column in columns):
        return frame
    return frame.having(evolve(column, family=family) for column in columns)


def _members(key: Value | None) -> tuple[Value | None, ...]:
    return key.values if isinstance(key, Items | Each) else ()
