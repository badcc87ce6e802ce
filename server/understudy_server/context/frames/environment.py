"""What the names of a scope are worth at one place; changing it makes a new one."""

from collections.abc import Iterable, Iterator, Mapping

from attrs import evolve, frozen

from understudy_server.context.frames.remembering import remembered
from understudy_server.context.frames.values import (
    UNKNOWN_COLUMNS,
    Frame,
    FrameColumn,
    Items,
    Module,
    Series,
    Table,
    Value,
    same,
)

MAX_NAMES = 500
"""Beyond that names are forgotten, those of no frame first: a keystroke must not pay for ten thousand constants."""
_FORGOTTEN = 50
"""So many at a time."""
_LATEST, _LATER = 10, 80
"""What the two upper layers may hold; with more a layer is merged into the one below it."""

_Layer = dict[str, Value | None]
_EMPTY: _Layer = {}
"""Layers are never changed."""


@frozen(eq=False)
class Environment:
    """Names and their values. A name whose value is None was set to something unknown, which hides a value of before.

    In three layers, of which the upper ones are small: a file has thousands of places, most of them with the same names but
    for a few, and what is the same is shared. A name of an upper layer was set after all of the layers below.
    """

    _lowest: _Layer = _EMPTY
    _middle: _Layer = _EMPTY
    _latest: _Layer = _EMPTY
    size: int = 0
    """How many names it has."""

    @classmethod
    def of(cls, names: Mapping[str, Value | None]) -> "Environment":
        """With these names, set in this order."""
        return cls().setting(names)

    def __hash__(self) -> int:
        # Of what changed last: a hash of all would cost more than most statements do.
        last = self._latest or self._middle or self._lowest
        return hash((self.size, next(reversed(last), "")))

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, Environment) or self.size != other.size:
            return False
        if self._latest is other._latest and self._middle is other._middle and self._lowest is other._lowest:
            return True
        mine, theirs = self.since(other), other.since(self)
        # The order counts: it says which frame was set last.
        if [*mine] != [*theirs] or not all(map(same, mine.values(), theirs.values())):
            return False
        # The two are compared again and again, as states of blocks that follow each other: from now on they share all.
        for layer in ("_lowest", "_middle", "_latest"):
            object.__setattr__(self, layer, getattr(other, layer))
        return True

    def __contains__(self, name: object) -> bool:
        return name in self._latest or name in self._middle or name in self._lowest

    def get(self, name: str) -> Value | None:
        """The name's value, None when unknown."""
        for layer in (self._latest, self._middle):
            if name in layer:
                return layer[name]
        return self._lowest.get(name)

    def items(self) -> Iterator[tuple[str, Value | None]]:
        """Names and values, in the order in which they were set."""
        return iter(self._above(0).items())

    def setting(self, changes: Mapping[str, Value | None]) -> "Environment":
        """The same with these names set."""
        if not changes:
            return self
        size = self.size
        for name in changes:
            size += name not in self
        if size > MAX_NAMES:
            names = _merged(self._above(0), changes)
            _forget(names)
            return Environment(names, size=len(names))
        latest = _merged(self._latest, changes)
        if len(latest) <= _LATEST:
            return Environment(self._lowest, self._middle, latest, size)
        middle = _merged(self._middle, latest)
        if len(middle) <= _LATER:
            return Environment(self._lowest, middle, _EMPTY, size)
        return Environment(_merged(self._lowest, middle), size=size)

    def since(self, other: "Environment") -> _Layer:
        """What was set after the layers that both share; all where they share none."""
        if self._lowest is not other._lowest:
            return self._above(0)
        return self._above(1) if self._middle is not other._middle else self._latest

    def changes(self, before: "Environment") -> _Layer:
        """What was set to another value since."""
        return {
            name: value
            for name, value in self.since(before).items()
            if name not in before or not same(before.get(name), value)
        }

    @property
    def frames(self) -> dict[str, Frame]:
        """The frames, in the order in which they were set."""
        return {name: value for name, value in self.items() if isinstance(value, Frame)}

    def _above(self, layers: int) -> _Layer:
        """All that stands above so many of the lower layers."""
        upper = _merged(self._middle, self._latest)
        return upper if layers else _merged(self._lowest, upper)


def _merged(lower: _Layer, upper: Mapping[str, Value | None]) -> _Layer:
    """Both; what is set again is set last."""
    names = dict(lower)
    for name in upper:
        names.pop(name, None)
    names.update(upper)
    return names


def _forget(names: _Layer) -> None:
    others = [name for name, value in names.items() if not isinstance(value, Frame | Module)]
    for name in [*others, *names][:_FORGOTTEN]:
        names.pop(name, None)


def joined(one: Environment | None, other: Environment | None) -> Environment | None:
    """What holds where two ways meet; None stands for a way that ends (`return`, `raise`)."""
    if one is None or other is None:
        return one or other
    if one is other:
        return one
    return remembered("joined", (one, other), lambda: _joined(one, other))


def _joined(one: Environment, other: Environment) -> Environment:
    mine, theirs = one.since(other), other.since(one)
    if any(name not in theirs and name in other for name in mine):
        # Set again on the one way only: all of the other's names, for they are joined in its order.
        theirs = dict(other.items())
    changes = {
        name: join_values(one.get(name), value) if name in one else value
        for name, value in theirs.items()
        if name not in one or one.get(name) != value
    }
    return one.setting(changes) if changes else one


def join_values(one: Value | None, other: Value | None) -> Value | None:
    """What is known of a value that is one or the other.

    A frame has the columns of both, uncertain where only one has them; it is open where one of them is, or is unknown.
    """
    if one == other:
        return one
    if isinstance(one, Frame) or isinstance(other, Frame):
        frames = [each for each in (one, other) if isinstance(each, Frame)]
        if len(frames) == 1:
            return evolve(UNKNOWN_COLUMNS, columns=_uncertain(frames[0].columns), kind=frames[0].kind)
        return _join_frames(*frames)
    if isinstance(one, Series) and isinstance(other, Series):
        return Series()
    if isinstance(one, Items) and isinstance(other, Items):
        return _join_items(one, other)
    if isinstance(one, Table) and isinstance(other, Table):
        return Table((), open=True)
    return None


def _join_frames(one: Frame, other: Frame) -> Frame:
    mine, theirs = set(one.known), {column.name: column.certain for column in other.columns}
    columns = [
        column if theirs.get(column.name) else evolve(column, certain=False) for column in one.columns
    ] + [evolve(column, certain=False) for column in other.columns if column.name not in mine]
    return Frame(
        tuple(columns),
        open=one.open or other.open,
        index=one.index if one.index == other.index else None,
        kind=one.kind,
    )


def _join_items(one: Items, other: Items) -> Items:
    """An empty list that a loop fills holds any number of what one pass puts in."""
    longer, shorter = (one, other) if len(one.values) >= len(other.values) else (other, one)
    grows = longer.values[: len(shorter.values)] == shorter.values and not longer.open
    if grows and not shorter.values and longer.values:
        return Items(longer.values, uniform=True)
    if grows and shorter.uniform and len(set(longer.values)) == 1:
        return Items(longer.values[:1], uniform=True)
    return Items((), open=True)


def _uncertain(columns: Iterable[FrameColumn]) -> tuple[FrameColumn, ...]:
    return tuple(evolve(column, certain=False) for column in columns)
