"""The answer's rows, counted and weighed as they come, with every cell as JSON can carry it."""

from understudy_knowledge.execution.confined.refused import RefusedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

PLAIN = (str, int, float, type(None))
_LARGEST_DIGITS = 1_000


class Table:
    """Column names and rows of plain cells: text, numbers, booleans, None."""

    def __init__(self, columns: "Iterable[str]") -> None:
        self.columns = list(columns)
        self.rows: list[list[Any]] = []


def collect(columns: "Sequence[str]", rows: "Iterable[Sequence[Any]]", request: "dict[str, Any]") -> Table:
    """All rows, or RefusedError at the first that is too many, too large or too much."""
    table = Table(columns)
    total = 0
    for row in rows:
        if len(table.rows) == request["rows"]:
            raise RefusedError("rows", f"the result has more than {request['rows']} rows")
        cells = [cell if type(cell) in PLAIN else plain(cell) for cell in row]
        size = sum(map(size_of, cells))
        if size > request["row_bytes"]:
            raise RefusedError("bytes", f"a row is larger than {request['row_bytes']} bytes")
        total += size
        if total > request["bytes"]:
            raise RefusedError("bytes", f"the result is larger than {request['bytes']} bytes")
        table.rows.append(cells)
    return table


def size_of(cell: "Any") -> int:
    """Bytes that a cell stands for; a NULL counts too, for a thousand empty columns are not free."""
    if isinstance(cell, str):
        return 8 + (len(cell) if cell.isascii() else 4 * len(cell))
    if isinstance(cell, int) and cell.bit_length() > 64:
        return 8 + cell.bit_length() // 3
    return 8


def plain(cell: "Any") -> "str | int | float | None":
    """A cell of any engine as one of four types: blobs as the SQL literal that makes them, decimals as numbers, times as text."""
    if cell is None or isinstance(cell, str):
        return cell
    if isinstance(cell, (bytes, bytearray, memoryview)):
        return "x'" + bytes(cell).hex() + "'"
    if isinstance(cell, bool):
        return cell
    if isinstance(cell, int):
        return int(cell)
    if isinstance(cell, float):
        return float(cell)
    name = type(cell).__name__
    if name == "Decimal":
        return int(cell) if cell == cell.to_integral_value() and abs(cell) < 10**18 else float(cell)
    if name in {"NaTType", "NAType"}:
        return None
    if name == "Timestamp" or (name == "datetime"):
        return str(cell.isoformat(sep=" "))
    if name in {"date", "time"}:
        return str(cell.isoformat())
    if hasattr(cell, "item") and getattr(cell, "ndim", None) == 0:  # a numpy scalar
        value = cell.item()
        return plain(value) if type(value) not in PLAIN else value
    return str(cell)
