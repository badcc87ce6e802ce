"""A call as its receiver sees it: arguments already read, and the ways to ask for them."""

from collections.abc import Callable, Mapping

from attrs import field, frozen

from understudy_knowledge.catalog import Catalog
from understudy_server.context.frames.environment import Environment
from understudy_server.context.frames.values import (
    Const,
    Frame,
    FrameColumn,
    Label,
    Origin,
    Value,
    labels,
)


@frozen
class Ground:
    """What is known outside of the file. Compared by identity: another catalog makes another reading of the file."""

    catalog: Catalog = field(factory=Catalog, eq=id)


@frozen
class Call:
    """One call. `apply` gives a function's worth for arguments; `spread` says that `*` or `**` bring unknown arguments."""

    ground: Ground
    apply: Callable[[Value | None, tuple[Value | None, ...]], Value | None]
    names: Environment
    """Those in scope."""
    positional: tuple[Value | None, ...] = ()
    named: Mapping[str, Value | None] = field(factory=dict)
    spread: bool = False
    origins: Mapping[str, Origin] = field(factory=dict)
    """Where each named argument's name stands."""

    @property
    def frames(self) -> dict[str, Frame]:
        """The frames in scope, which DuckDB takes for tables."""
        return self.names.frames

    def has(self, name: str, place: int = -1) -> bool:
        """Whether the argument is written."""
        return name in self.named or 0 <= place < len(self.positional)

    def get(self, name: str, place: int = -1) -> Value | None:
        """The argument, by name or place; None when it is missing or unknown."""
        if name in self.named:
            return self.named[name]
        return self.positional[place] if 0 <= place < len(self.positional) else None

    def text(self, name: str, place: int = -1) -> str | None:
        """The argument where it is literal text."""
        value = self.get(name, place)
        return value.value if isinstance(value, Const) and isinstance(value.value, str) else None

    def flag(self, name: str, place: int = -1, *, default: bool = False) -> bool | None:
        """The argument where it is a literal truth value; None when it cannot be known."""
        if not self.has(name, place):
            return default
        value = self.get(name, place)
        return bool(value.value) if isinstance(value, Const) else None

    def labels(self, name: str, place: int = -1) -> tuple[FrameColumn, ...] | None:
        """The columns that the argument names; None when it is missing or not all literal."""
        return labels(self.get(name, place))

    def axis(self, place: int = -1) -> Label | None:
        """`axis=` as 0 or 1; None when it cannot be known."""
        if not self.has("axis", place):
            return 0
        value = self.get("axis", place)
        if not isinstance(value, Const):
            return None
        return {0: 0, "index": 0, "rows": 0, 1: 1, "columns": 1}.get(value.value)
