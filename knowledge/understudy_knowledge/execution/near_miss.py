"""How two columns miss each other when only they differ: by type, by a little, or altogether."""

import math
from collections.abc import Callable, Sequence

from understudy_knowledge.execution.cells import cells_equal, sort_key
from understudy_knowledge.execution.outcome import Cell, Difference

NEAR = 0.01
"""Numbers that differ by less than this share look like rounding, or like an integer division."""


def miss(answer: Sequence[Cell], gold: Sequence[Cell]) -> tuple[Difference, str]:
    """The kind of difference between two columns that should be equal, and what a teacher might say of it.

    `answer` and `gold` are the cells that differ, in any order, equally many.
    """
    if _pairs(list(map(_as_number, answer)), list(map(_as_number, gold)), cells_equal):
        texts = sum(isinstance(cell, str) for cell in answer)
        return "types", "the values are right but are " + ("text" if texts else "numbers, not text")
    if _pairs(answer, gold, _same_letters):
        return "values", "the texts differ only in letter case or in spaces around them"
    if _pairs(answer, gold, _near):
        return "near-numbers", "the numbers are close, as after rounding or a division of integers"
    return "values", ""


def _pairs(answer: Sequence[Cell], gold: Sequence[Cell], same: Callable[[Cell, Cell], bool]) -> bool:
    given, wanted = sorted(answer, key=sort_key), sorted(gold, key=sort_key)
    return len(given) == len(wanted) and all(map(same, given, wanted))


def _as_number(cell: Cell) -> Cell:
    if not isinstance(cell, str):
        return cell
    try:
        return float(cell)
    except ValueError:
        return cell


def _same_letters(first: Cell, second: Cell) -> bool:
    if isinstance(first, str) and isinstance(second, str):
        return first.strip().casefold() == second.strip().casefold()
    return cells_equal(first, second)


def _near(first: Cell, second: Cell) -> bool:
    numbers = (int, float)
    if isinstance(first, numbers) and isinstance(second, numbers):
        try:
            return math.isclose(first, second, rel_tol=NEAR, abs_tol=1e-9) or abs(first - second) < 1 <= abs(
                second
            )
        except OverflowError:
            return False
    return cells_equal(first, second)
