"""When two cells, and two multisets of rows, are equal."""

import math
from collections import Counter, defaultdict
from collections.abc import Sequence

from attrs import frozen

from understudy_knowledge.execution.outcome import Cell, Row

RELATIVE = 1e-6
ABSOLUTE = 1e-9
"""Below this two numbers are equal whatever their ratio: sums of floats that should cancel leave about 1e-12."""


def cells_equal(first: Cell, second: Cell) -> bool:
    """Text exactly, integers exactly, other numbers within the tolerance, NULL with NULL and NaN."""
    one, other = _null(first), _null(second)
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        if isinstance(one, int) and isinstance(other, int):
            return one == other
        return _close(one, other)
    return type(one) is type(other) and one == other


def sort_key(cell: Cell) -> tuple[int, float | int, str]:
    """An order over cells of mixed types: NULL, numbers, text."""
    cell = _null(cell)
    if cell is None:
        return (0, 0, "")
    return (2, 0, cell) if isinstance(cell, str) else (1, cell, "")


@frozen
class Signatures:
    """Rows with each number replaced by the name of its cluster: values of one column, of either side, that are linked by
    the tolerance. Rows that are equal have equal signatures; the reverse holds unless clusters are chains."""

    answer: list[tuple[object, ...]]
    gold: list[tuple[object, ...]]

    @classmethod
    def of(cls, answer: Sequence[Row], gold: Sequence[Row]) -> "Signatures":
        """Both sides together: a cluster has one name on both. Rows must all have the same width."""
        width = len(gold[0]) if gold else len(answer[0]) if answer else 0
        named = [_clusters([row[place] for rows in (answer, gold) for row in rows]) for place in range(width)]
        return cls([_signature(row, named) for row in answer], [_signature(row, named) for row in gold])


def rows_match(answer: Sequence[Row], gold: Sequence[Row], signatures: Signatures) -> bool:
    """Whether the two multisets of rows are equal.

    Signatures decide; rows of one signature are then paired in sorted order and held against each other, so that a chain of
    values, each near the next, does not make its two ends equal.
    """
    if len(answer) != len(gold) or Counter(signatures.answer) != Counter(signatures.gold):
        return False
    groups: defaultdict[tuple[object, ...], tuple[list[Row], list[Row]]] = defaultdict(lambda: ([], []))
    for side, (rows, names) in enumerate(((answer, signatures.answer), (gold, signatures.gold))):
        for row, name in zip(rows, names, strict=True):
            groups[name][side].append(row)
    for given, wanted in groups.values():
        if len(given) > 1:
            given.sort(key=_row_key)
            wanted.sort(key=_row_key)
        if not all(map(_rows_equal, given, wanted)):
            return False
    return True


def _rows_equal(first: Row, second: Row) -> bool:
    return first == second or all(map(cells_equal, first, second))


def _row_key(row: Row) -> tuple[tuple[int, float | int, str], ...]:
    return tuple(map(sort_key, row))


def _signature(row: Row, named: list[dict[int | float, int]]) -> tuple[object, ...]:
    """Numbers become (cluster,) so that no number can pass for a text or for NULL."""
    return tuple(
        (named[place][cell],) if isinstance(cell, (int, float)) else cell
        for place, cell in enumerate(map(_null, row))
    )


def _clusters(cells: Sequence[Cell]) -> dict[int | float, int]:
    """Each number of a column -> its cluster. A column of integers alone has a cluster for every value."""
    numbers = {cell for cell in map(_null, cells) if isinstance(cell, (int, float))}
    exact = all(isinstance(number, int) for number in numbers)
    named: dict[int | float, int] = {}
    previous: int | float | None = None
    cluster = -1
    for number in sorted(numbers):
        if previous is None or exact or not _close(previous, number):
            cluster += 1
        named[number] = cluster
        previous = number
    return named


def _close(first: int | float, second: int | float) -> bool:
    try:
        return math.isclose(first, second, rel_tol=RELATIVE, abs_tol=ABSOLUTE)
    except OverflowError:  # an integer beyond every float
        return first == second


def _null(cell: Cell) -> Cell:
    """NaN is how pandas writes NULL."""
    return None if isinstance(cell, float) and math.isnan(cell) else cell
