"""The catalog: what is known of the data without running anything. Every source fills this one model."""

import hashlib
from functools import cached_property
from typing import Literal

from attrs import field, frozen

Value = str | int | float | None
Family = Literal["text", "integer", "number", "date", "boolean", "blob", "unknown"]


@frozen
class Column:
    """One column. `samples` are distinct non-null values, most frequent first; never more than a few hundred."""

    name: str
    type: str = ""
    nullable: bool = True
    primary_key: bool = False
    samples: tuple[Value, ...] = ()
    samples_complete: bool = False
    """True when `samples` holds every distinct value the column had."""
    comment: str = ""
    family: Family = "unknown"


@frozen
class ForeignKey:
    """`columns` of the owning table refer to `ref_columns` of `ref_table`, pairwise."""

    columns: tuple[str, ...]
    ref_table: str
    ref_columns: tuple[str, ...]


@frozen(slots=False)
class Table:
    """A table or view; names keep the case of their source."""

    name: str
    columns: tuple[Column, ...]
    foreign_keys: tuple[ForeignKey, ...] = ()
    rows: int | None = None
    kind: Literal["table", "view"] = "table"
    comment: str = ""
    source: str = ""
    """Where it was read from, as shown to the user: a file name or a database name."""

    @cached_property
    def _by_name(self) -> dict[str, Column]:
        return {column.name.lower(): column for column in self.columns}

    def column(self, name: str) -> Column | None:
        """The column of that name, whatever its case."""
        return self._by_name.get(name.lower())

    @property
    def primary_key(self) -> tuple[str, ...]:
        """Names of the key's columns, in table order."""
        return tuple(column.name for column in self.columns if column.primary_key)


@frozen(slots=False)
class Catalog:
    """All tables of a project. Immutable: a change of any source makes a new catalog with a new version."""

    tables: tuple[Table, ...] = ()
    dialect: str = "sqlite"
    notes: tuple[str, ...] = field(default=(), eq=False)
    """One sentence for each source that could not be read; the rest of the catalog still stands."""

    @cached_property
    def _by_name(self) -> dict[str, Table]:
        return {table.name.lower(): table for table in self.tables}

    def table(self, name: str) -> Table | None:
        """The table of that name, whatever its case."""
        return self._by_name.get(name.lower())

    def column(self, table: str, name: str) -> Column | None:
        """The column `name` of `table`, or None when either is unknown."""
        found = self.table(table)
        return found.column(name) if found else None

    @cached_property
    def version(self) -> str:
        """A short hash that changes whenever a table, column, type or key does; samples do not count."""
        digest = hashlib.sha256(self.dialect.encode())
        for table in sorted(self.tables, key=lambda table: table.name.lower()):
            digest.update(repr((table.name, table.foreign_keys)).encode())
            for column in table.columns:
                digest.update(repr((column.name, column.type, column.primary_key)).encode())
        return digest.hexdigest()[:16]

    @cached_property
    def sqlglot_schema(self) -> dict[str, object]:
        """{table: {column: type}} as sqlglot's optimizer takes it."""
        return {
            table.name: {column.name: column.type or "TEXT" for column in table.columns}
            for table in self.tables
            if table.columns  # sqlglot refuses a schema in which one table has none
        }

    def __bool__(self) -> bool:
        return bool(self.tables)
