"""The catalog of one DuckDB file. Opens it read-only and for a moment: while it is open, nobody can write to it."""

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Timer
from typing import TYPE_CHECKING, Any

from attrs import define, evolve, field
from sqlglot import exp

from understudy_knowledge.catalog.merge import resolve_keys
from understudy_knowledge.catalog.model import Catalog, Column, ForeignKey, Table
from understudy_knowledge.catalog.samples import (
    SAMPLED,
    TEXT_LENGTH,
    frequent,
    most_kept,
    plain,
    typed_family,
    with_samples,
)
from understudy_knowledge.catalog.sqlite_file import require_regular_file
from understudy_knowledge.errors import DataSourceError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SAMPLED_ROWS = 50_000
SMALL_ROWS = 2_000
"""A table of so many rows is fetched and counted here: one query for each of its columns would take longer."""
SAMPLE_SECONDS = 2.0
# A file in the workspace is hostile until proved otherwise: its views may name other files, addresses and extensions.
_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": False,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "lock_configuration": True,
    "threads": 2,
    "memory_limit": "512MB",
}


def read_duckdb(
    path: Path,
    *,
    samples: bool = True,
    samples_per_column: int = 200,
    schemas: Sequence[str] = (),
    seconds: float = 10.0,
) -> Catalog:
    """Tables and views of the file at `path` with types, keys, comments, row counts and sample values.

    `schemas` are the namespaces to read; none means all. Samples come from the first 50,000 rows of each table, for at most
    two seconds in all; views are described, never run. Raises DataSourceError when the package `duckdb` is missing, when the
    file is missing, locked, damaged or no database, and when it takes longer than `seconds`.
    """
    started = time.monotonic()
    with _opened(path, seconds) as connection:
        read = _Reading(connection, path.name, {name.lower() for name in schemas})
        tables = read.tables()
        # The samples may end early: whoever wants to write to the file waits for us.
        deadline = min(time.monotonic() + SAMPLE_SECONDS, started + seconds)
        if samples:
            tables = [read.sampled(table, samples_per_column, deadline) for table in tables]
        return resolve_keys(Catalog(tuple(tables), "duckdb", complete=not schemas, search_path=("main",)))


@define
class _Reading:
    connection: "DuckDBPyConnection"
    source: str
    schemas: set[str]
    _late: bool = field(default=False, init=False)

    def tables(self) -> list[Table]:
        """Tables and views in the order of their names."""
        columns, (primary, foreign) = self._columns(), self._keys()
        listed = [
            *(("table", *row) for row in self._rows(
                "SELECT schema_name, table_name, comment, estimated_size FROM duckdb_tables() "
                "WHERE NOT internal AND database_name = current_database() ORDER BY schema_name, table_name"
            )),
            *(("view", *row, None) for row in self._rows(
                "SELECT schema_name, view_name, comment FROM duckdb_views() "
                "WHERE NOT internal AND database_name = current_database() ORDER BY schema_name, view_name"
            )),
        ]  # fmt: skip
        return [
            Table(
                name,
                tuple(
                    evolve(column, primary_key=column.name in primary[schema, name])
                    for column in columns[schema, name]
                ),
                foreign_keys=tuple(foreign[schema, name]),
                rows=rows,
                kind=kind,
                comment=comment or "",
                source=self.source,
                namespace=schema,
            )
            for kind, schema, name, comment, rows in listed
            if not self.schemas or schema.lower() in self.schemas
        ]

    def sampled(self, table: Table, most: int, deadline: float) -> Table:
        """The table with samples, as far as the time goes."""
        if table.kind == "view":
            return table
        if table.rows is not None and table.rows <= SMALL_ROWS:
            return self._counted(table, most, deadline)
        return evolve(
            table, columns=tuple(self._sampled(table, column, most, deadline) for column in table.columns)
        )

    def _counted(self, table: Table, most: int, deadline: float) -> Table:
        wanted = [column for column in table.columns if _is_sampled(column)]
        rows = self._found(_rows_of(table, wanted), deadline) if wanted else None
        if rows is None:
            return table
        sampled = {
            column.name: with_samples(
                column, frequent(row[place] for row in rows), most=most, complete=len(rows) < SMALL_ROWS + 1
            )
            for place, column in enumerate(wanted)
        }
        return evolve(table, columns=tuple(sampled.get(column.name, column) for column in table.columns))

    def _sampled(self, table: Table, column: Column, most: int, deadline: float) -> Column:
        kept = most_kept(column, most)
        query = _most_frequent(table, column, kept + 1) if _is_sampled(column) else None
        found = self._found(query, deadline) if query else None
        if found is None:
            return column
        whole = table.rows is not None and table.rows <= SAMPLED_ROWS and len(found) <= kept
        return with_samples(column, [plain(value) for value, _ in found], most=most, complete=whole)

    def _found(self, query: exp.Query, deadline: float) -> list[tuple[Any, ...]] | None:
        """The query's rows; None where they cannot be had, or not in time."""
        import duckdb

        if self._late or time.monotonic() > deadline:
            return None
        try:
            return self.connection.execute(query.sql("duckdb")).fetchall()
        except duckdb.InterruptException:
            self._late = True
        except duckdb.Error:
            pass  # a generated column whose expression fails has no samples
        return None

    def _columns(self) -> dict[tuple[str, str], list[Column]]:
        columns: dict[tuple[str, str], list[Column]] = defaultdict(list)
        for schema, table, name, declared, nullable, comment in self._rows(
            "SELECT schema_name, table_name, column_name, data_type, is_nullable, comment FROM duckdb_columns() "
            "WHERE NOT internal AND database_name = current_database() ORDER BY schema_name, table_name, column_index"
        ):
            columns[schema, table].append(
                Column(
                    name,
                    declared or "",
                    nullable=bool(nullable),
                    comment=comment or "",
                    family=typed_family(declared or "", name),
                )
            )
        return columns

    def _keys(
        self,
    ) -> tuple[dict[tuple[str, str], set[str]], dict[tuple[str, str], list[ForeignKey]]]:
        primary: dict[tuple[str, str], set[str]] = defaultdict(set)
        foreign: dict[tuple[str, str], list[ForeignKey]] = defaultdict(list)
        for schema, table, kind, names, parent, targets in self._rows(
            "SELECT schema_name, table_name, constraint_type, constraint_column_names, referenced_table, "
            "referenced_column_names FROM duckdb_constraints() WHERE database_name = current_database() "
            "AND constraint_type IN ('PRIMARY KEY', 'FOREIGN KEY') ORDER BY schema_name, table_name, constraint_index"
        ):
            if kind == "PRIMARY KEY":
                primary[schema, table] |= set(names)
            elif parent:
                # DuckDB lets a key refer to its own schema only.
                foreign[schema, table].append(ForeignKey(tuple(names), f"{schema}.{parent}", tuple(targets)))
        return primary, foreign

    def _rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(query).fetchall()


def _is_sampled(column: Column) -> bool:
    return column.family in SAMPLED and not column.type.endswith(("[]", "JSON"))


def _shown(column: Column) -> exp.Expr:
    """The column's value in a form that is small and plain."""
    value: exp.Expr = exp.column(exp.to_identifier(column.name, quoted=True))
    if column.family == "date":
        return _as_text(value)
    if column.family == "text":
        # One code point more than is kept tells a long value from a whole one without moving megabytes.
        return exp.Substring(
            this=_as_text(value),
            start=exp.Literal.number(1),
            length=exp.Literal.number(TEXT_LENGTH + 1),
        )
    return value


def _as_text(value: exp.Expr) -> exp.Expr:
    # exp.cast would parse the type's name anew for each of thousands of columns.
    return exp.Cast(this=value, to=exp.DataType(this=exp.DType.VARCHAR))


def _rows_of(table: Table, columns: Sequence[Column]) -> exp.Query:
    return (
        exp.select(*map(_shown, columns), copy=False).from_(_named(table), copy=False).limit(SMALL_ROWS + 1)
    )


def _named(table: Table) -> exp.Table:
    return exp.table_(table.name, db=table.namespace, quoted=True)


def _most_frequent(table: Table, column: Column, limit: int) -> exp.Query:
    scanned = (
        exp.select(_shown(column).as_("sample")).from_(_named(table)).limit(SAMPLED_ROWS).subquery("scanned")
    )
    return (
        exp.select(exp.column("sample"), exp.Count(this=exp.Star()).as_("times"))
        .from_(scanned)
        .where(exp.column("sample").is_(exp.Null()).not_())
        .group_by("sample")
        .order_by(exp.column("times").desc(), exp.column("sample").asc())
        .limit(limit)
    )


@contextmanager
def _opened(path: Path, seconds: float) -> "Iterator[DuckDBPyConnection]":
    """A read-only connection that is interrupted after `seconds`. Every engine error in the block becomes a DataSourceError."""
    try:
        import duckdb
    except ImportError as error:
        raise DataSourceError(
            f"{path} is a DuckDB database, which needs one more package: pip install understudy[duckdb]."
        ) from error
    require_regular_file(path)
    try:
        connection = duckdb.connect(str(path), read_only=True, config=_CONFIG)
        watch = Timer(seconds, connection.interrupt)
        watch.daemon = True
        watch.start()
        try:
            yield connection
        finally:
            watch.cancel()
            connection.close()
    except duckdb.InterruptException as error:
        raise DataSourceError(
            f"{path} was not read within {seconds:g} s; raise data.seconds, or name the schemas to read in data.schemas."
        ) from error
    except duckdb.Error as error:
        raise DataSourceError(_explain(path, str(error))) from error


def _explain(path: Path, reason: str) -> str:
    lowered, first = reason.lower(), reason.partition("\n")[0].rstrip(".")
    if "lock" in lowered:
        return f"{path} is locked by another process; close that process or let it finish, then try again."
    if "different configuration" in lowered:
        return f"{path} is open in this process already; try again in a moment."
    if "version" in lowered or "serialization" in lowered:
        return f"{path} was written by another version of DuckDB ({first}); pip install --upgrade duckdb."
    if "not a valid duckdb" in lowered:
        return f"{path} is not a DuckDB database (or it is encrypted); point the setting at a database file."
    return f"{path} cannot be read ({first}); check the file."
