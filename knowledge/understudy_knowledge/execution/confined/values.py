"""What a Python program answers, as columns and rows."""

import sys

from understudy_knowledge.execution.confined.refused import RefusedError
from understudy_knowledge.execution.confined.table import Table, collect

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def table_of(value: "Any", request: "dict[str, Any]") -> Table:
    """A frame as its rows, a series as one column, a mapping as pairs, a sequence as rows, anything else as one cell.

    An index that says something, because it has a name or holds no integers, comes first; row numbers are left out.
    """
    frames = sys.modules.get("pandas")
    arrays = sys.modules.get("numpy")
    if frames is not None and isinstance(value, frames.DataFrame):
        return _frame(value, request)
    if frames is not None and isinstance(value, frames.Series):
        return _frame(value.to_frame("value" if value.name is None else str(value.name)), request)
    if frames is not None and isinstance(value, frames.Index):
        value = value.tolist()
    if arrays is not None and isinstance(value, arrays.ndarray):
        value = value.tolist()
    if isinstance(value, dict):
        return collect(["key", "value"], list(value.items()), request)
    if isinstance(value, (set, frozenset)):
        value = sorted(value, key=repr)
    if isinstance(value, (list, tuple)):
        return _sequence(value, request)
    return collect(["value"], [(value,)], request)


def _frame(frame: "Any", request: "dict[str, Any]") -> Table:
    import pandas

    if len(frame) > request["rows"]:
        raise RefusedError("rows", f"the result has more than {request['rows']} rows")
    columns: list[tuple[str, Any]] = []
    index = frame.index
    for level in range(index.nlevels):
        labels = index.get_level_values(level)
        if labels.name is not None or not pandas.api.types.is_integer_dtype(labels.dtype):
            columns.append((str(labels.name or "index"), labels.tolist()))
    for place, name in enumerate(frame.columns):
        columns.append((str(name), [_missing(cell, pandas) for cell in frame.iloc[:, place].tolist()]))
    rows = zip(*(cells for _, cells in columns), strict=True)
    return collect([name for name, _ in columns], list(rows), request)


def _missing(cell: "Any", pandas: "Any") -> "Any":
    return None if cell is pandas.NaT or cell is pandas.NA else cell


def _sequence(values: "list[Any] | tuple[Any, ...]", request: "dict[str, Any]") -> Table:
    widths = {len(each) if isinstance(each, (list, tuple)) else 0 for each in values}
    if len(widths) == 1 and (width := widths.pop()):
        return collect([f"value{place + 1}" for place in range(width)], values, request)
    return collect(["value"], [(each,) for each in values], request)
