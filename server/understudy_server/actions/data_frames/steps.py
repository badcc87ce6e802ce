"""What SQL and pandas can both say of tables and frames: the record between the readers and the writers."""

from typing import Literal

from attrs import frozen
from sqlglot import exp

Function = Literal["size", "count", "nunique", "sum", "mean", "min", "max"]


@frozen
class Source:
    """A table, or the frame of its name. `alias` is empty where it is the only one; else labels are `alias.column`."""

    table: str
    alias: str = ""
    how: Literal["inner", "left"] = "inner"
    on: tuple[tuple[str, str], ...] = ()
    """(label of what stands before it, its own label) that must be equal; of the first source none."""


@frozen
class Aggregate:
    """`label` is what the result's column is called on the way; `column` is None where rows are counted."""

    label: str
    function: Function
    column: str | None = None


@frozen
class Steps:
    """One query, in the order in which it is carried out. Conditions are SQL whose columns are labels."""

    sources: tuple[Source, ...]
    where: exp.Expr | None = None
    keys: tuple[str, ...] = ()
    """Labels that rows are grouped by; with aggregates and no keys all rows are one group."""
    aggregates: tuple[Aggregate, ...] = ()
    having: exp.Expr | None = None
    order: tuple[tuple[str, bool], ...] = ()
    """(label, whether it rises)."""
    outputs: tuple[tuple[str, str], ...] = ()
    """(label, name in the result)."""
    distinct: bool = False
    limit: int | None = None


def labeled(label: str) -> exp.Column:
    """A column of a condition."""
    return exp.column(label, quoted=True)
