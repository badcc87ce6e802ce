"""Sample values as a catalog keeps them, whichever engine they come from."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from attrs import evolve

from understudy_knowledge.catalog.family import family_of
from understudy_knowledge.catalog.model import Column, Family, Value

TEXT_LENGTH = 80
"""Code points; longer texts are prose or secrets, not values that a query names."""
FEW_SAMPLES = 8
"""For columns whose values show a form (numbers, dates, keys); texts that a query may name are kept in larger number."""
SAMPLED: tuple[Family, ...] = ("text", "date", "integer", "number")


def typed_family(declared: str, name: str) -> Family:
    """The family of a column by its type alone, for engines that hold to it: lists are text, records of unknown family."""
    return "text" if declared.endswith("[]") else family_of(declared.partition("(")[0], name)


def with_samples(column: Column, values: list[Value], *, most: int, complete: bool) -> Column:
    """The column with those `values` that are worth keeping, most frequent first.

    `complete` says whether they are every distinct value; a value that is left out ends that.
    """
    short = [value for value in values if not (isinstance(value, str) and len(value) > TEXT_LENGTH)]
    kept = most_kept(column, most)
    whole = complete and len(short) == len(values) and len(short) <= kept
    return evolve(column, samples=tuple(short[:kept]), samples_complete=whole)


def most_kept(column: Column, most: int) -> int:
    """How many samples of the column are kept at most."""
    return most if column.family == "text" and not column.primary_key else FEW_SAMPLES


def frequent(values: Iterable[Any]) -> list[Value]:
    """The distinct values in plain form without null, the most frequent first, and of those the smallest."""
    counted = Counter(value for value in map(plain, values) if value is not None)

    def rank(value: Value) -> tuple[int, float, str]:
        return -counted[value], value if isinstance(value, int | float) else 0.0, str(value)  # type: ignore[index]

    return sorted(counted, key=rank)


def plain(value: Any) -> Value:
    """A value as every engine's literals can say it; dates in ISO form, None for what has no plain form."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, str | int | float):
        return value
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    return value.isoformat() if isinstance(value, date) else None
