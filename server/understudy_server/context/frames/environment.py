"""What the names of a scope are worth at one place; changing it makes a new one."""

from collections.abc import Iterable, Mapping

from attrs import evolve, field, frozen

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
)

MAX_NAMES = 500
"""Beyond that names are forgotten, those of no frame first: a keystroke must not pay for ten thousand constants."""
_FORGOTTEN = 50
"""So many at a time."""


@frozen(eq=False)
class Environment:
    """Names and their values. A name whose value is None was set to something unknown, which hides a value of before."""

    names: dict[str, Value | None] = field(factory=dict)

    def __hash__(self) -> int:
        # Of what changed last: a hash of all would cost more than most statements do.
        return hash((len(self.names), next(reversed(self.names), "")))

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        # The order counts: it says which frame was set last.
        return isinstance(other, Environment) and [*self.names.items()] == [*other.names.items()]

    def get(self, name: str) -> Value | None:
        """The name's value, None when unknown."""
        return self.names.get(name)

    def setting(self, changes: Mapping[str, Value | None]) -> "Environment":
        """The same with these names set."""
        names = dict(self.names)
        for name, value in changes.items():
            names.pop(name, None)
            names[name] = value
        if len(names) > MAX_NAMES:
            _forget(names)
        return Environment(names)

    @property
    def frames(self) -> dict[str, Frame]:
        """The frames, in the order in which they were set."""
        return {name: value for name, value in self.names.items() if isinstance(value, Frame)}


def _forget(names: dict[str, Value | None]) -> None:
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
    mine = one.names
    changes = {
        name: join_values(mine[name], value) if name in mine else value
        for name, value in other.names.items()
        if name not in mine or (mine[name] is not value and mine[name] != value)
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
