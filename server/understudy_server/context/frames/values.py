"""What an expression can be worth to us. What is not one of these is unknown, and unknown is None."""

import ast
from collections.abc import Hashable, Iterable, Sequence
from typing import Literal, TypeAlias

from attrs import evolve, field, frozen

from understudy_knowledge.catalog import Family

Label = str | int
FrameKind = Literal["pandas", "polars", "duckdb", "spark"]
Index = tuple[Label | None, ...] | None
"""Names of the levels of an index, None for a level without a name; None when not known."""


@frozen
class Origin:
    """Where a column was named: bytes `start` to `end` of a statement. It holds no offset of the file, so edits keep it right."""

    statement: bytes = field(repr=False)
    start: int
    end: int


@frozen
class FrameColumn:
    """One column. `certain` is False where only some of the ways to the cursor lead past what makes the column."""

    name: Label
    family: Family = "unknown"
    origin: Origin | None = None
    certain: bool = True


@frozen
class Frame:
    """A DataFrame, or a relation of DuckDB. Where it is `open` there may be more columns than the ones that are known."""

    columns: tuple[FrameColumn, ...] = ()
    open: bool = False
    index: Index = (None,)
    kind: FrameKind = "pandas"

    @property
    def names(self) -> tuple[Label, ...] | None:
        """All columns in order; None when they are not all known."""
        return None if self.open else self.known

    @property
    def known(self) -> tuple[Label, ...]:
        """The columns that are known, in order."""
        return tuple(column.name for column in self.columns)

    def column(self, name: Label) -> FrameColumn | None:
        """The column of that name."""
        return next((column for column in self.columns if column.name == name), None)

    def having(self, columns: Iterable[FrameColumn]) -> "Frame":
        """The frame with these columns put in place of those of the same name, new ones last."""
        new = {column.name: column for column in columns}
        kept = tuple(new.pop(column.name, column) for column in self.columns)
        return evolve(self, columns=(*kept, *new.values()))

    def without(self, names: Iterable[Label]) -> "Frame":
        """The frame without the columns of these names."""
        gone = set(names)
        return evolve(self, columns=tuple(column for column in self.columns if column.name not in gone))

    def selecting(self, columns: Iterable[FrameColumn]) -> "Frame":
        """Exactly these columns, with what was known of those of the same name."""
        known = {column.name: column for column in self.columns}
        return evolve(
            self,
            columns=tuple(evolve(known.get(each.name, each), certain=True) for each in columns),
            open=False,
        )


@frozen
class Series:
    """One column by itself. `named` says whether `name` is known; `plain` that it is a frame's column as it stands."""

    name: Label | None = None
    named: bool = False
    family: Family = "unknown"
    index: Index = None
    plain: bool = False


@frozen
class Grouped:
    """A frame split by keys. `selected` are the columns chosen since; `single` that one was chosen, not a list of one."""

    frame: Frame
    keys: tuple[Label | None, ...] | None
    in_frame: bool = True
    """Whether the keys are columns of the frame."""
    as_index: bool = True
    selected: tuple[FrameColumn, ...] | None = None
    single: bool = False


@frozen
class Windowed:
    """A frame or series seen through a moving window: what is computed has its columns."""

    over: "Frame | Series"


@frozen
class Const:
    """A literal: text, number, truth value or None, and where it is written."""

    value: str | int | float | bool | None = field(eq=lambda value: (type(value), value))
    """1 and True are two different labels, though Python calls them equal."""
    origin: Origin | None = field(default=None, eq=False)


@frozen
class Template:
    """Text of which parts are not known; in SQL an identifier stands for each."""

    text: str
    origin: Origin | None = field(default=None, eq=False)


@frozen
class Each:
    """A loop's variable: it takes all of these values in turn."""

    values: tuple["Value | None", ...]


@frozen
class Items:
    """A list, tuple, set or index. `open`: there may be more of any sort; `uniform`: any number of such as these."""

    values: tuple["Value | None", ...]
    open: bool = False
    uniform: bool = False


@frozen
class Table:
    """A dict. `open` as of Items."""

    entries: tuple[tuple["Value | None", "Value | None"], ...]
    open: bool = False

    def get(self, key: Label) -> "Value | None":
        """What stands under a literal key."""
        for each, value in reversed(self.entries):
            if isinstance(each, Const) and each.value == key:
                return value
        return None


@frozen
class Module:
    """A module, or what is taken from one, by its dotted path: `pandas`, `pandas.read_csv`."""

    path: str


@frozen
class Accessor:
    """What an attribute of a value leads to: `df.loc`, `df.columns.str`, `pl.col("a").name`.

    Some have names that no attribute has: `result` of a query is what executing it gave, `place` and `slice` are keys.
    """

    of: "Value"
    name: str


@frozen
class Lambda:
    """A function of one expression."""

    text: bytes
    node: ast.Lambda = field(eq=False, repr=False)
    statement: bytes = field(eq=False, repr=False)
    """The statement that it stands in, which its node counts places in."""


@frozen
class Function:
    """A function of the file: its `def` line or lines, and the statements of its body."""

    name: str
    header: bytes
    body: bytes


@frozen
class Expression:
    """A column expression of polars. `names` are what it yields, None when unknown; `everything` stands for all but `names`."""

    names: tuple[Label, ...] | None
    everything: bool = False
    prefix: str = ""
    suffix: str = ""
    origin: Origin | None = field(default=None, eq=False)


Value: TypeAlias = (
    Frame
    | Series
    | Grouped
    | Windowed
    | Const
    | Template
    | Each
    | Items
    | Table
    | Module
    | Accessor
    | Lambda
    | Function
    | Expression
)


def same(one: Value | None, other: Value | None) -> bool:
    """Whether the two are equal and come from the same places: `"a"` written twice is equal, but not the same."""
    return one is other or (one == other and places(one) == places(other))


def places(value: Value | None) -> Hashable:
    """Where it and its parts are written, which equality leaves out."""
    if isinstance(value, Const | Template | Expression):
        return value.origin
    if isinstance(value, Items | Each):
        return tuple(map(places, value.values))
    if isinstance(value, Table):
        return tuple((places(key), places(each)) for key, each in value.entries)
    if isinstance(value, Accessor):
        return places(value.of)
    return value.statement if isinstance(value, Lambda) else None


UNKNOWN_COLUMNS = Frame(open=True, index=None)


def labels(value: Value | None) -> tuple[FrameColumn, ...] | None:
    """The columns that a label or a list of labels names; None when one is unknown."""
    if isinstance(value, Const):
        column = as_column(value)
        return None if column is None else (column,)
    if isinstance(value, Each):
        return labels(Items(value.values))
    if not isinstance(value, Items) or value.open or value.uniform:
        return None
    columns = [as_column(each) for each in value.values]
    known = tuple(column for column in columns if column is not None)
    return known if len(known) == len(columns) else None


def as_column(value: Value | None) -> FrameColumn | None:
    """The column that a label names."""
    if not isinstance(value, Const) or isinstance(value.value, bool | float) or value.value is None:
        return None
    return FrameColumn(value.value, origin=value.origin)


def names_of(columns: Sequence[FrameColumn]) -> tuple[Label, ...]:
    """Their names in order."""
    return tuple(column.name for column in columns)


def family_of_value(value: Value | None) -> Family:
    """What a column made of the value holds."""
    if isinstance(value, Series):
        return value.family
    if isinstance(value, Const):
        kind = type(value.value)
        return _FAMILIES.get(kind, "unknown")
    if isinstance(value, Items):
        families = {family_of_value(each) for each in value.values if each != Const(None)}
        return families.pop() if len(families) == 1 and not value.open else "unknown"
    return "unknown"


_FAMILIES: dict[type, Family] = {bool: "boolean", int: "integer", float: "number", str: "text"}
