"""Columns of Parquet files, from their footers; needs the `duckdb` extra, because the footer is Thrift."""

from collections.abc import Iterator
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from understudy_knowledge.catalog.csv_headers import table_name
from understudy_knowledge.catalog.family import family_of
from understudy_knowledge.catalog.model import Catalog, Column, Table
from understudy_knowledge.catalog.source import Known, Precedence, Source
from understudy_knowledge.catalog.tree import Tree
from understudy_knowledge.errors import DataSourceError

_MOST_FILES = 1_000


def parquet_headers(tree: Tree) -> Iterator[Source]:
    """A source for each file, the first 1,000 of them; without the extra, one that says how to get it."""
    names = list(tree.ending(".parquet", ".pq"))[:_MOST_FILES]
    if names and find_spec("duckdb") is None:
        yield Source("Parquet files", Precedence.HEADERS, (), partial(_refuse, names[0], len(names)))
        return
    for name in names:
        path = tree.root / name
        yield Source(name, Precedence.HEADERS, (path,), partial(_read, path, name, tree.dialect))


def _refuse(name: str, count: int, known: Known) -> Catalog:
    others = f" and {count - 1} more Parquet files" if count > 1 else ""
    raise DataSourceError(
        f"The columns of {name}{others} are not known: `pip install understudy[duckdb]` reads them."
    )


def _read(path: Path, name: str, dialect: str, known: Known) -> Catalog:
    import duckdb

    try:
        with duckdb.connect(":memory:", config={"autoinstall_known_extensions": "false"}) as connection:
            rows = connection.execute(
                "SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM read_parquet(?))", [str(path)]
            ).fetchall()
            counted = connection.execute(
                "SELECT sum(num_rows) FROM parquet_file_metadata(?)", [str(path)]
            ).fetchall()
    except duckdb.Error as error:
        reason = str(error).partition("\n")[0]
        raise DataSourceError(
            f"{name} is no Parquet file that DuckDB can read ({reason}); exclude it."
        ) from error
    columns = tuple(_column(*row) for row in rows)
    count = counted[0][0] if counted else None
    table = Table(table_name(name), columns, rows=count, source=name)
    return Catalog(dialect=dialect, files=(table,))


def _column(name: Any, declared: Any) -> Column:
    return Column(str(name), str(declared), family=family_of(str(declared), str(name)))
