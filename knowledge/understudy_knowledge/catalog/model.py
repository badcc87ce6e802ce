"""The catalog: what is known of the data without running anything. Every source fills this one model."""

import hashlib
from functools import cached_property
from typing import Any, Literal

from attrs import field, frozen
from sqlglot import exp
from sqlglot.optimizer.normalize_identifiers import normalize_identifiers
from sqlglot.schema import MappingSchema, Schema

from understudy_knowledge.catalog.names import Names

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
    source: str = ""
    """Where it was read from; empty: where its table was."""


@frozen
class ForeignKey:
    """`columns` of the owning table refer to `ref_columns` of `ref_table`, pairwise; `ref_table` may be a dotted path."""

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
    namespace: str = ""
    """What stands before the name in full, dotted: `sales`, `project.dataset`; empty where there is none or nobody said."""
    partial: bool = False
    """True when its source need not have listed all columns, as documentation does."""
    also: tuple[str, ...] = ()
    """The other places that told of it, in their order of precedence."""

    @cached_property
    def _by_name(self) -> dict[str, Column]:
        return {column.name.lower(): column for column in self.columns}

    @property
    def path(self) -> str:
        """The name with its namespace, dotted and unquoted; `Catalog.table` finds this very table by it."""
        return f"{self.namespace}.{self.name}" if self.namespace else self.name

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
    complete: bool = False
    """True when a source that knows every table was read: what it does not have is not there."""
    search_path: tuple[str, ...] = ()
    """The namespaces in which the connection looks for a bare name, first one first."""
    files: tuple[Table, ...] = ()
    """Data files, each named by its stem, with its path as its source. No engine but DuckDB has them as tables, so only
    those who ask `table` for one by name get it."""
    written_in: str = ""
    """The dialect that the project's DDL is in; empty where there is none, where it does not say, and where it is in several."""

    @cached_property
    def _files(self) -> dict[str, Table]:
        return {
            name.lower(): table
            for table in reversed(self.files)
            for name in (table.name, table.source.rpartition("/")[2], table.source)
        }

    @cached_property
    def _names(self) -> Names:
        return Names(self.tables, self.search_path)

    def table(self, name: str) -> Table | None:
        """The table that a bare name or a dotted path means, whatever its case; parts are given without quotes.

        A path that matches in full comes first, then one that ends alike: `sales.orders` finds `shop.sales.orders`, and a
        table of which nobody said the namespace. A bare name prefers the search path, then `public`, `main` and `dbo`,
        then the first table in order. Where there is none, the name or path of a data file means that file.
        """
        return self._names.best(name) or self._files.get(name.lower())

    def tables_named(self, name: str) -> tuple[Table, ...]:
        """Every table that the name or path may mean, best first."""
        return self._names.all(name)

    def meant(self, named: exp.Table) -> Table | None:
        """The table that a statement names, by all the parts that it writes."""
        parts = [part.name for part in named.parts]
        return self.table(".".join(parts)) if all(parts) else None

    def short_path(self, table: Table) -> str:
        """The shortest name by which `table` finds this one: the bare name where that means it, else the path."""
        return table.name if self.table(table.name) is table else table.path

    def called(self, table: Table) -> str:
        """How a statement calls the table, unquoted: by its bare name where that means this one, else by its path."""
        return self._names.called(table)

    def column(self, table: str, name: str) -> Column | None:
        """The column `name` of `table`, or None when either is unknown."""
        found = self.table(table)
        return found.column(name) if found else None

    @cached_property
    def version(self) -> str:
        """A short hash that changes whenever a table, column, type or key does; samples do not count."""
        digest = hashlib.sha256(self.dialect.encode())
        for table in sorted(
            (*self.tables, *self.files), key=lambda table: (table.name.lower(), table.namespace.lower())
        ):
            digest.update(repr((table.name, table.foreign_keys)).encode())
            if table.namespace:
                digest.update(table.namespace.encode())
            for column in table.columns:
                digest.update(repr((column.name, column.type, column.primary_key)).encode())
        return digest.hexdigest()[:16]

    @cached_property
    def sqlglot_schema(self) -> dict[str, object]:
        """{table: {column: type}} as sqlglot's optimizer takes it, each bare name meaning what `table` says it does.

        Namespaces are left out, so that all names have the same depth, which sqlglot wants. `schema_of` keeps them.
        """
        return {
            table.name: {column.name: column.type or "TEXT" for column in table.columns}
            for table in self.tables
            if table.columns  # sqlglot refuses a schema in which one table has none
            and self.table(table.name) is table
        }

    def schema_of(self, statement: exp.Expr, dialect: str) -> Schema:
        """The schema of the tables that the statement names, as sqlglot's optimizer takes it: every name as it is written there.

        Whether a quoted `"Id"` is an unquoted `id`, engines answer differently, and most people do not ask: here it is.
        Tables of which not all columns are known are left out: a star would be too short, a column seem to be missing.
        """
        normal = normalize_identifiers(statement.copy(), dialect=dialect or None)
        spelled = {each.name.lower(): each.name for each in normal.find_all(exp.Identifier)}
        written: dict[tuple[str, ...], Table] = {}
        for named in normal.find_all(exp.Table):
            known = self.meant(named)
            if known and known.columns and not known.partial:
                written[tuple(part.name for part in named.parts)] = known
        # sqlglot wants all names to have the same depth.
        depth = max(map(len, written), default=1)
        mapping: dict[str, Any] = {}
        for parts, table in written.items():
            level = mapping
            for part in (*("" for _ in range(depth - len(parts))), *parts[:-1]):
                level = level.setdefault(part, {})
            level[parts[-1]] = {
                spelled.get(column.name.lower(), column.name): column.type or "TEXT"
                for column in table.columns
            }
        return MappingSchema(mapping, dialect=dialect or None, normalize=False)

    def __bool__(self) -> bool:
        return bool(self.tables)
