"""The catalog of one SQLite file. Runs only our own bounded statements: no view and no generated column is evaluated."""

import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from attrs import evolve, frozen
from sqlglot import exp

from understudy_knowledge.catalog.comments import TableComments, read_comments
from understudy_knowledge.catalog.family import family_of
from understudy_knowledge.catalog.model import Catalog, Column, ForeignKey, Table, Value
from understudy_knowledge.catalog.samples import FEW_SAMPLES, TEXT_LENGTH
from understudy_knowledge.catalog.sqlite_file import explain, open_read_only
from understudy_knowledge.catalog.views import derive_view

SAMPLED_ROWS = 50_000
COUNTED_ROWS = 1_000_000
STATEMENT_SECONDS = 2.0
_PROGRESS_STEPS = 2_000
# The values of table_xinfo's `hidden` for a module's own columns and for VIRTUAL generated columns.
_MODULE_COLUMN, _GENERATED = 1, 2
_SHADOW_SUFFIXES = (
    "content",
    "data",
    "idx",
    "docsize",
    "config",
    "node",
    "parent",
    "rowid",
    "segments",
    "segdir",
    "stat",
)


@frozen
class _Listed:
    """One row of sqlite_master."""

    name: str
    kind: str
    sql: str

    @property
    def virtual(self) -> bool:
        """Whether a module answers for the table; such tables are described, never scanned."""
        return self.sql[:40].upper().startswith("CREATE VIRTUAL")


@frozen
class _Terms:
    """What is read of a table's rows: `limit` samples of a text column, none where it is 0, until `deadline`."""

    limit: int
    deadline: float


def read_sqlite(
    path: Path, *, samples: bool = True, samples_per_column: int = 200, seconds: float = 30.0
) -> Catalog:
    """Tables and views of the file at `path` with types, keys, comments and sample values.

    Row counts are exact up to a million rows and an upper estimate beyond; samples come from the first 50,000 rows of a table.
    Tables that `seconds` do not suffice for have neither. A table whose rows cannot be read keeps its columns and adds a
    note. Raises DataSourceError when the file as a whole is missing, locked, damaged or no database; it never waits
    longer than a second for a lock.
    """
    terms = _Terms(samples_per_column if samples else 0, time.monotonic() + seconds)
    with open_read_only(path) as connection:
        listed = _list(connection)
        read = [_try_table(connection, entry, path, terms) for entry in listed if entry.kind == "table"]
        tables = [table for table, _ in read if table]
        notes = tuple(note for _, note in read if note)
        catalog = Catalog(_resolve_keys(connection, tables), "sqlite", notes)
        for entry in (entry for entry in listed if entry.kind == "view"):
            catalog = _add_view(connection, entry, path.name, catalog)
        return evolve(catalog, complete=len(catalog.tables) == len(listed))


def _list(connection: sqlite3.Connection) -> list[_Listed]:
    rows = connection.execute(
        "SELECT name, type, sql FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite!_%' ESCAPE '!' "
        "ORDER BY rowid"
    ).fetchall()
    listed = [_Listed(name, kind, sql or "") for name, kind, sql in rows]
    shadows = {f"{entry.name}_{suffix}" for entry in listed if entry.virtual for suffix in _SHADOW_SUFFIXES}
    return [entry for entry in listed if entry.name not in shadows]


def _try_table(
    connection: sqlite3.Connection, entry: _Listed, path: Path, terms: _Terms
) -> tuple[Table | None, str]:
    """The table and no note; or, when its rows cannot be read, what is left of it and the note that says so."""
    table = None
    try:
        described = _describe(connection, entry)
        table = Table(entry.name, described.columns, comment=described.comment, source=path.name)
        if entry.virtual or time.monotonic() > terms.deadline:
            return table, ""
        return _with_rows(connection, table, described.generated, terms), ""
    except sqlite3.Error as error:
        return table, f"Table {entry.name}: {explain(path, error)}"


def _with_rows(
    connection: sqlite3.Connection, table: Table, generated: frozenset[str], terms: _Terms
) -> Table:
    rows = _count(connection, table.name)
    columns = tuple(
        column
        if column.name in generated or not terms.limit or time.monotonic() > terms.deadline
        else _sampled(connection, table.name, column, rows, terms.limit)
        for column in table.columns
    )
    return evolve(table, columns=columns, rows=rows)


@frozen
class _Described:
    columns: tuple[Column, ...]
    generated: frozenset[str]
    """Virtual generated columns: their expressions are the file's, so they are never evaluated here."""
    comment: str


def _describe(connection: sqlite3.Connection, entry: _Listed) -> _Described:
    rows = connection.execute(
        'SELECT name, type, "notnull", pk, hidden FROM pragma_table_xinfo(?) ORDER BY cid', (entry.name,)
    ).fetchall()
    comments = (
        read_comments(entry.sql) if not entry.virtual and entry.kind == "table" else TableComments("", {})
    )
    columns = tuple(
        Column(
            name=name,
            type=declared or "",
            nullable=not required and not key,
            primary_key=bool(key),
            comment=comments.columns.get(name.lower(), ""),
            family=family_of(declared or "", name),
        )
        for name, declared, required, key, hidden in rows
        if hidden != _MODULE_COLUMN
    )
    generated = frozenset(name for name, _, _, _, hidden in rows if hidden == _GENERATED)
    return _Described(columns, generated, comments.table)


def _count(connection: sqlite3.Connection, table: str) -> int | None:
    """Rows of the table, counted up to a million; beyond that the highest rowid stands for the number."""
    some = exp.select(exp.Literal.number(1)).from_(_table(table)).limit(COUNTED_ROWS + 1).subquery("some")
    counted = _bounded(connection, exp.select(exp.Count(this=exp.Star())).from_(some))
    if counted and counted[0][0] <= COUNTED_ROWS:
        return int(counted[0][0])
    try:
        highest = _bounded(connection, exp.select(exp.Max(this=exp.column("rowid"))).from_(_table(table)))
    except sqlite3.OperationalError:  # WITHOUT ROWID
        return int(counted[0][0]) if counted else None
    return int(highest[0][0]) if highest and isinstance(highest[0][0], int) else None


def _sampled(
    connection: sqlite3.Connection, table: str, column: Column, rows: int | None, limit: int
) -> Column:
    value = exp.column(exp.to_identifier(column.name, quoted=True))
    kind = exp.Anonymous(this="typeof", expressions=[value.copy()])
    # One code point more than is kept tells a long value from a whole one without moving megabytes.
    cut = exp.Anonymous(
        this="substr", expressions=[value.copy(), exp.Literal.number(1), exp.Literal.number(TEXT_LENGTH + 1)]
    )
    shown = exp.case(kind).when("'text'", cut).when("'blob'", exp.Null()).else_(value.copy())
    scanned = (
        exp.select(shown.as_("sample"), kind.copy().as_("kind"))
        .from_(_table(table))
        .limit(SAMPLED_ROWS)
        .subquery("scanned")
    )
    query = (
        exp.select(exp.column("sample"), exp.column("kind"))
        .from_(scanned)
        .where(exp.column("kind").neq(exp.Literal.string("null")))
        .group_by("sample", "kind")
        .order_by(exp.Count(this=exp.Star()).desc(), exp.column("sample").asc())
        .limit(max(limit, FEW_SAMPLES) + 1)
    )
    found = _bounded(connection, query)
    if found is None:
        return column
    values = [_value(sample) for sample, kind in found if kind != "blob" and len(str(sample)) <= TEXT_LENGTH]
    family = family_of(column.type, column.name, values)
    most = limit if family == "text" and not column.primary_key else FEW_SAMPLES
    complete = rows is not None and rows <= SAMPLED_ROWS and len(found) <= most and len(values) == len(found)
    return evolve(column, samples=tuple(values[:most]), samples_complete=complete, family=family)


def _value(sample: Any) -> Value:
    return sample if isinstance(sample, (str, int, float)) else None


def _table(name: str) -> exp.Table:
    """The table with its indexes set aside: a covering index would hand out the smallest values instead of the first rows."""
    return exp.Table(this=exp.to_identifier(name, quoted=True), indexed=False)


def _bounded(connection: sqlite3.Connection, query: exp.Query) -> list[tuple[Any, ...]] | None:
    """The query's rows, or None when it takes longer than STATEMENT_SECONDS."""
    deadline = time.monotonic() + STATEMENT_SECONDS
    connection.set_progress_handler(lambda: time.monotonic() > deadline, _PROGRESS_STEPS)
    try:
        return connection.execute(query.sql("sqlite")).fetchall()
    except sqlite3.OperationalError as error:
        if "interrupted" in str(error):
            return None
        raise
    finally:
        connection.set_progress_handler(None, 0)


def _resolve_keys(connection: sqlite3.Connection, tables: Sequence[Table]) -> tuple[Table, ...]:
    """The tables with their foreign keys; a key to a table or column that is not there is left out."""
    by_name = {table.name.lower(): table for table in tables}
    return tuple(evolve(table, foreign_keys=_foreign_keys(connection, table, by_name)) for table in tables)


def _foreign_keys(
    connection: sqlite3.Connection, table: Table, by_name: dict[str, Table]
) -> tuple[ForeignKey, ...]:
    rows = connection.execute(
        'SELECT id, "table", "from", "to" FROM pragma_foreign_key_list(?) ORDER BY id DESC, seq',
        (table.name,),
    ).fetchall()
    keys: list[ForeignKey] = []
    for number in dict.fromkeys(row[0] for row in rows):
        parts = [row[1:] for row in rows if row[0] == number]
        parent = by_name.get(parts[0][0].lower())
        if parent is None:
            continue
        targets = [target for _, _, target in parts]
        if None in targets:  # REFERENCES parent, without columns, means the parent's primary key
            targets = _key_in_order(connection, parent.name)
        resolved = [parent.column(target) for target in targets]
        owned = [table.column(column) for _, column, _ in parts]
        if len(resolved) == len(owned) and None not in resolved and None not in owned:
            keys.append(
                ForeignKey(
                    tuple(column.name for column in owned if column),
                    parent.name,
                    tuple(column.name for column in resolved if column),
                )
            )
    return tuple(keys)


def _key_in_order(connection: sqlite3.Connection, table: str) -> list[str]:
    """The primary key's columns in the key's own order, which need not be the table's."""
    return [
        name
        for (name,) in connection.execute(
            "SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk", (table,)
        )
    ]


def _add_view(connection: sqlite3.Connection, entry: _Listed, source: str, catalog: Catalog) -> Catalog:
    """The catalog with one view more: columns as the engine names them, types and samples from the tables behind them."""
    try:
        described = _describe(connection, entry)
    except sqlite3.Error as error:  # a view over a table that was dropped
        note = f"View {entry.name} of {source} is skipped: {error}."
        return evolve(catalog, notes=(*catalog.notes, note))
    derived = derive_view(entry.sql, catalog, source=source)
    behind = {column.name.lower(): column for column in derived.columns} if derived else {}
    columns = tuple(
        evolve(behind[column.name.lower()], name=column.name) if column.name.lower() in behind else column
        for column in described.columns
    )
    view = Table(entry.name, columns, kind="view", comment=derived.comment if derived else "", source=source)
    return evolve(catalog, tables=(*catalog.tables, view))
