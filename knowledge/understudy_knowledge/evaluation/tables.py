"""Tables that a dataset brings as text, written to SQLite files of ours, once; columns of numbers only become numbers."""

import os
import re
import sqlite3
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path

from attrs import frozen
from sqlglot import exp

from understudy_knowledge.errors import DataSourceError

_NUMBER = re.compile(r"-?\d{1,15}(\.\d+)?")


@frozen
class TextTable:
    """A table as text. Rows may be shorter than the header; what they lack is NULL."""

    name: str
    header: Sequence[str]
    rows: Sequence[Sequence[str | None]]


def write_tables(path: Path, tables: Iterable[TextTable]) -> None:
    """All tables in one file, which is whole or absent. Raises DataSourceError."""
    if path.is_file():
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".tables-", dir=path.parent)
        os.close(handle)
        with closing(sqlite3.connect(name)) as connection, connection:
            for table in tables:
                _write(connection, table)
        Path(name).replace(path)
    except (OSError, sqlite3.Error) as error:
        raise DataSourceError(
            f"{path} cannot be written ({error}); make its folder writable and try again"
        ) from error


def column_names(header: Sequence[str]) -> list[str]:
    """Names that SQL can use without quotes, each once: lower case, words joined by an underscore."""
    names: dict[str, None] = {}
    for place, said in enumerate(header, start=1):
        name = re.sub(r"\W+", "_", said.lower(), flags=re.ASCII).strip("_") or f"column_{place}"
        name = f"c_{name}" if name[0].isdigit() else name
        names[name if name not in names else f"{name}_{place}"] = None
    return list(names)


def typed(text: str | None) -> str | int | float | None:
    """A cell that is a plain number as one."""
    if text is None or not _NUMBER.fullmatch(text.strip()):
        return text
    return float(text) if "." in text else int(text)


def _write(connection: sqlite3.Connection, table: TextTable) -> None:
    names = column_names(table.header)
    columns: Mapping[str, list[str | None]] = {
        name: [(row[place] if place < len(row) else None) for row in table.rows]
        for place, name in enumerate(names)
    }
    numeric = {
        name: all(cell is None or _NUMBER.fullmatch(cell.strip()) for cell in cells) and any(cells)
        for name, cells in columns.items()
    }
    target = exp.to_identifier(table.name, quoted=True)
    kinds = [
        exp.ColumnDef(
            this=exp.to_identifier(name, quoted=True),
            kind=exp.DataType.build("DOUBLE" if numeric[name] else "TEXT"),
        )
        for name in names
    ]
    made = exp.Create(this=exp.Schema(this=exp.Table(this=target), expressions=kinds), kind="TABLE")
    connection.execute(made.sql("sqlite"))
    marks = exp.Values(expressions=[exp.Tuple(expressions=[exp.Placeholder() for _ in names])])
    insert = exp.Insert(this=exp.Table(this=target), expression=marks)
    cells = [[typed(cell) if numeric[name] else cell for cell in columns[name]] for name in names]
    connection.executemany(insert.sql("sqlite"), list(zip(*cells, strict=True)))
