"""Execution accuracy by the rules that BIRD and Spider publish, beside ours, so that figures can be compared with theirs.

Our own rule is in `execution.compare`; each function here says how the published one is stricter or laxer than that.
"""

from collections import Counter
from itertools import islice, permutations

from understudy_knowledge.execution.outcome import Cell, Result

_ORDERS_TRIED = 5_000


def bird_accuracy(answer: Result, gold: Result) -> bool:
    """BIRD's execution accuracy (Li et al., NeurIPS 2023): equal sets of rows, so that repeated rows and order do not count."""
    return set(answer.rows) == set(gold.rows)


def spider_accuracy(answer: Result, gold: Result, gold_sql: str) -> bool:
    """Execution match of Spider's test suites (Zhong, Yu and Klein, EMNLP 2020) on the one database at hand.

    Equal multisets of rows under some order of the columns; the order of rows counts where the gold statement says ORDER BY.
    Two empty results match. Unlike ours it forgives columns in another order and demands floats exact to the last bit.
    """
    if not answer.rows and not gold.rows:
        return True
    if len(answer.rows) != len(gold.rows) or len(answer.columns) != len(gold.columns):
        return False
    ordered = "order by" in gold_sql.lower()
    width = len(gold.columns)
    given = [_column(answer, place) for place in range(width)]
    wanted = [_column(gold, place) for place in range(width)]
    fits = [[place for place in range(width) if given[place] == column] for column in wanted]
    if not all(fits):
        return False
    for order in islice(permutations(range(width)), _ORDERS_TRIED):
        if all(place in fit for place, fit in zip(order, fits, strict=True)):
            rows = [tuple(row[place] for place in order) for row in answer.rows]
            if rows == list(gold.rows) if ordered else Counter(rows) == Counter(gold.rows):
                return True
    return False


def soft_f1(answer: Result, gold: Result) -> float:
    """The soft F1 of BIRD's mini-dev, in [0, 1]: row by row in their order, how many cells of one stand in the other.

    Repeated rows count once. A cell counts by its share of the gold row; rows that one side lacks count against it.
    """
    given, wanted = list(dict.fromkeys(answer.rows)), list(dict.fromkeys(gold.rows))
    if not given and not wanted:
        return 1.0
    hit = missed = extra = 0.0
    for place, row in enumerate(wanted):
        if place >= len(given):
            missed += 1
            continue
        width = len(row) or 1
        hit += sum(cell in row for cell in given[place]) / width
        extra += sum(cell not in row for cell in given[place]) / width
        missed += sum(cell not in given[place] for cell in row) / width
    extra += max(0, len(given) - len(wanted))
    precision = hit / (hit + extra) if hit + extra else 0.0
    recall = hit / (hit + missed) if hit + missed else 0.0
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def _column(result: Result, place: int) -> Counter[Cell]:
    return Counter(row[place] for row in result.rows)
