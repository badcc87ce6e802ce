"""Holds an answer against the gold answer, and says in a teacher's words how they differ.

Rows are compared as multisets (BIRD's sets ignore repeated rows; Spider's test suites want floats exact to the last bit).
Numbers are equal within a relative tolerance of 1e-6, integers among themselves exactly; 1 = 1.0; NULL = NaN; text is exact.
Column names do not count, their number and order do.
"""

from collections import Counter
from collections.abc import Sequence
from itertools import islice, permutations

from understudy_knowledge.execution.cells import Signatures, cells_equal, rows_match, sort_key
from understudy_knowledge.execution.near_miss import miss
from understudy_knowledge.execution.outcome import Cell, Difference, Outcome, Result, Row, Verdict

PERMUTATIONS_TRIED = 48


def judge(outcome: Outcome, gold: Outcome, *, ordered: bool, ties: Sequence[int] | None = None) -> Verdict:
    """The verdict on a run, given the gold code's run: "failed" when the run has no result, "gold-suspect" when that has none."""
    if gold.result is None:
        return Verdict("gold-suspect", reason=f"The gold code itself failed: {gold.message or gold.kind}")
    if outcome.result is None:
        reason = outcome.message or f"The code failed ({outcome.kind})."
        return Verdict("failed", reason=reason, failure=outcome.kind)
    return compare(outcome.result, gold.result, ordered=ordered, ties=ties)


def compare(answer: Result, gold: Result, *, ordered: bool, ties: Sequence[int] | None = None) -> Verdict:
    """The verdict on `answer`. Near-linear in the number of rows.

    `ordered` says that the gold code's outermost query has an ORDER BY (see `ordering`), so that the order of rows counts.
    `ties` are the positions of its terms among the columns: rows that are equal in all of them may permute. When they
    are not known, because the query orders by something it does not show, every row must stand where the gold answer has it.
    A right answer with its columns in another order fails with the difference "column-order". Two empty results pass, weakly.
    """
    if len(answer.columns) != len(gold.columns):
        return _wrong("columns", _column_reason(answer, gold))
    if not answer.rows and not gold.rows:
        return Verdict("passed", reason="Both results are empty, which proves little.", weak=True)
    if answer.rows == gold.rows:
        return Verdict("passed")
    signatures = Signatures.of(answer.rows, gold.rows)
    if rows_match(answer.rows, gold.rows, signatures):
        if ordered and not _same_order(signatures, ties):
            return _wrong("order", _order_reason(answer.rows, gold.rows))
        return Verdict("passed")
    if (permuted := _permutation(answer, gold)) is not None:
        names = ", ".join(answer.columns[place] for place in permuted)
        return _wrong(
            "column-order",
            f"The values are right but the columns are not in the order of the question: {names}.",
        )
    return _explain(answer, gold, signatures)


def _same_order(signatures: Signatures, ties: Sequence[int] | None) -> bool:
    if ties is None:
        return signatures.answer == signatures.gold
    start, gold = 0, signatures.gold
    while start < len(gold):
        end = start + 1
        while end < len(gold) and all(gold[end][place] == gold[start][place] for place in ties):
            end += 1
        if Counter(signatures.answer[start:end]) != Counter(gold[start:end]):
            return False
        start = end
    return True


def _permutation(answer: Result, gold: Result) -> tuple[int, ...] | None:
    """For each gold column the answer's column that holds its values, when some other order of columns is right."""
    width = len(gold.columns)
    if len(answer.rows) != len(gold.rows) or width < 2:
        return None
    given = [sorted((row[place] for row in answer.rows), key=sort_key) for place in range(width)]
    wanted = [sorted((row[place] for row in gold.rows), key=sort_key) for place in range(width)]
    fits = [[place for place in range(width) if _column_equal(given[place], column)] for column in wanted]
    if not all(fits):
        return None
    orders = (
        order
        for order in islice(permutations(range(width)), 50_000)
        if all(place in fit for place, fit in zip(order, fits, strict=True))
    )
    for order in islice(orders, PERMUTATIONS_TRIED):
        rows = tuple(tuple(row[place] for place in order) for row in answer.rows)
        if rows_match(rows, gold.rows, Signatures.of(rows, gold.rows)):
            return order
    return None


def _column_equal(first: Sequence[Cell], second: Sequence[Cell]) -> bool:
    return all(cells_equal(one, other) for one, other in zip(first, second, strict=True))


def _explain(answer: Result, gold: Result, signatures: Signatures) -> Verdict:
    missing = _rows_of(Counter(signatures.gold) - Counter(signatures.answer), signatures.gold, gold.rows)
    extra = _rows_of(Counter(signatures.answer) - Counter(signatures.gold), signatures.answer, answer.rows)
    if missing and not extra:
        return _wrong("missing-rows", f"{_count(missing, 'missing')}, the first is {_shown(missing[0])}.")
    if extra and not missing:
        if set(signatures.answer) == set(signatures.gold):
            reason = (
                f"The rows are right but some are repeated: {len(answer.rows)} rows instead of {len(gold.rows)}, "
                f"for example {_shown(extra[0])}. A join may multiply them."
            )
            return _wrong("extra-rows", reason)
        return _wrong("extra-rows", f"{_count(extra, 'too many')}, the first is {_shown(extra[0])}.")
    if not missing:  # chained tolerances: each value is near another one, yet no pairing of the rows holds
        return _wrong("values", "Some numbers differ from the gold answer by more than the tolerance.")
    if len(answer.rows) != len(gold.rows):
        reason = (
            f"{_count(missing, 'missing')}, the first is {_shown(missing[0])}; "
            f"{_count(extra, 'too many')}, the first is {_shown(extra[0])}."
        )
        return _wrong("rows", reason)
    return _values(missing, extra, answer, gold)


def _values(missing: list[Row], extra: list[Row], answer: Result, gold: Result) -> Verdict:
    """Same number of rows on both sides: name the one column that is wrong, if it is one."""
    shown = f"the answer has {_shown(extra[0])} where the gold answer has {_shown(missing[0])}"
    for place, name in enumerate(gold.columns):
        others_answer = tuple(row[:place] + row[place + 1 :] for row in answer.rows)
        others_gold = tuple(row[:place] + row[place + 1 :] for row in gold.rows)
        if rows_match(others_answer, others_gold, Signatures.of(others_answer, others_gold)):
            pair = _partner(missing, extra, place)
            shown = f"the answer has {_shown(pair[1])} where the gold answer has {_shown(pair[0])}"
            column = f"{name!r} (column {place + 1})"
            kind, remark = miss([row[place] for row in extra], [row[place] for row in missing])
            where = f"Only {column} is wrong, in {len(missing)} of {len(gold.rows)} rows: {shown}"
            return _wrong(kind, f"{where}; {remark}." if remark else f"{where}.")
    return _wrong("rows", f"{len(missing)} of {len(gold.rows)} rows differ, for example {shown}.")


def _partner(missing: list[Row], extra: list[Row], place: int) -> tuple[Row, Row]:
    """A gold row and the answer's row that agrees with it in everything but `place`."""
    rest = missing[0][:place] + missing[0][place + 1 :]
    for row in extra:
        if _column_equal(row[:place] + row[place + 1 :], rest):
            return missing[0], row
    return missing[0], extra[0]


def _rows_of(
    wanted: Counter[tuple[object, ...]], signatures: Sequence[tuple[object, ...]], rows: Sequence[Row]
) -> list[Row]:
    """The rows behind counted signatures, in the order of the result."""
    left, found = Counter(wanted), []
    for signature, row in zip(signatures, rows, strict=True):
        if left[signature] > 0:
            left[signature] -= 1
            found.append(row)
    return found


def _column_reason(answer: Result, gold: Result) -> str:
    known, given = {name.lower() for name in gold.columns}, {name.lower() for name in answer.columns}
    extra = [name for name in answer.columns if name.lower() not in known]
    missing = [name for name in gold.columns if name.lower() not in given]
    reason = f"The answer has {_columns(answer.columns)} where the gold answer has {_columns(gold.columns)}"
    if len(answer.columns) > len(gold.columns) and extra:
        return f"{reason}; not asked for: {', '.join(extra[:8])}."
    if len(answer.columns) < len(gold.columns) and missing:
        return f"{reason}; missing: {', '.join(missing[:8])}."
    return f"{reason}."


def _columns(names: Sequence[str]) -> str:
    return f"{len(names)} column{'' if len(names) == 1 else 's'} ({', '.join(names[:8])}{', …' if len(names) > 8 else ''})"


def _order_reason(answer: Sequence[Row], gold: Sequence[Row]) -> str:
    for place, (given, wanted) in enumerate(zip(answer, gold, strict=True), start=1):
        if not _column_equal(given, wanted):
            return f"The rows are right but not in order: row {place} is {_shown(given)} and should be {_shown(wanted)}."
    return "The rows are right but not in order."


def _count(rows: Sequence[Row], what: str) -> str:
    return f"1 row is {what}" if len(rows) == 1 else f"{len(rows)} rows are {what}"


def _shown(row: Row) -> str:
    """A row as a short tuple: long texts and wide rows are cut."""
    cells = [
        repr(cell if not isinstance(cell, str) or len(cell) <= 60 else cell[:57] + "…") for cell in row[:8]
    ]
    cells = ["NULL" if cell == "None" else cell for cell in cells]
    return f"({', '.join(cells)}{', …' if len(row) > 8 else ''})"


def _wrong(difference: Difference, reason: str) -> Verdict:
    return Verdict("wrong-answer", difference, reason)
