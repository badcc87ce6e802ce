"""The tables of a SQLite database that a perturbation may change, and statements on them."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from attrs import frozen
from sqlglot import exp, parse_one

from understudy_knowledge.execution.perturbed.pools import Stored


@frozen
class Column:
    """A column as the schema declares it. `parent`: table and column that it refers to."""

    name: str
    nullable: bool
    key: bool
    parent: tuple[str, str] | None

    @property
    def quoted(self) -> exp.Column:
        """The column in a statement, whatever its name holds."""
        return quoted(self.name)

    def refers_to_own(self, table: str) -> bool:
        """Whether it refers to the table it is a column of: the rows are a hierarchy."""
        return self.parent is not None and self.parent[0].lower() == table.lower()


@contextmanager
def changing(database: Path) -> Iterator[sqlite3.Connection]:
    """One transaction on a copy that nobody else uses, in which no code of the project runs. Raises sqlite3.Error."""
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute("PRAGMA ignore_check_constraints = OFF")
        connection.execute("PRAGMA synchronous = OFF")  # a copy that is cut short is never used
        connection.execute("BEGIN")
        yield connection
        connection.execute("COMMIT")


def names(connection: sqlite3.Connection, kind: str) -> list[str]:
    """The schema's objects of a kind, such as `table`, without SQLite's own and without virtual tables."""
    rows = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = ? AND name NOT LIKE 'sqlite%' AND coalesce(sql, '') NOT LIKE 'CREATE VIRTUAL%'",
        (kind,),
    )
    return [str(name) for (name,) in rows]


def columns_of(connection: sqlite3.Connection, table: str) -> list[Column]:
    """The columns of a table, in order."""
    parents: dict[str, tuple[str, str]] = {}
    for row in connection.execute("SELECT * FROM pragma_foreign_key_list(?)", (table,)):
        parents[str(row[3]).lower()] = (str(row[2]), str(row[4] or row[3]))
    unique: set[str] = set()
    for row in connection.execute("SELECT * FROM pragma_index_list(?)", (table,)).fetchall():
        if row[2]:
            members = connection.execute("SELECT name FROM pragma_index_info(?)", (row[1],)).fetchall()
            unique |= {str(name).lower() for (name,) in members} if len(members) == 1 else set()
    return [
        Column(
            name=str(name),
            nullable=not required and not key,
            key=bool(key) or str(name).lower() in unique,
            parent=parents.get(str(name).lower()),
        )
        for _, name, _, required, _, key in connection.execute("SELECT * FROM pragma_table_info(?)", (table,))
    ]


def numbered(connection: sqlite3.Connection, table: str, *columns: exp.Column) -> list[tuple[Any, ...]]:
    """Rows of row number and these columns' values; none for a table without row numbers, which stays as it is."""
    query = exp.select("rowid", *columns).from_(named(table)).sql("sqlite")
    try:
        return connection.execute(query).fetchall()
    except sqlite3.Error:
        return []


def values_of(connection: sqlite3.Connection, table: str, column: str) -> list[Stored]:
    """A column's values; none where there is no such column."""
    query = exp.select(quoted(column)).from_(named(table))
    try:
        return [row[0] for row in connection.execute(query.sql("sqlite"))]
    except sqlite3.Error:
        return []


def update(
    connection: sqlite3.Connection,
    table: str,
    columns: Sequence[exp.Column],
    changes: Sequence[tuple[Stored, ...]],
) -> None:
    """Set these columns, row by row: each change is their new values and then the row's number."""
    new: dict[str, object] = {column.sql("sqlite"): exp.Placeholder() for column in columns}
    statement = exp.update(named(table), new, where="rowid = ?").sql("sqlite")
    for change in changes:
        # A constraint that we do not read: this value stays as it was.
        with suppress(sqlite3.IntegrityError):
            connection.execute(statement, change)


def quoted(column: str) -> exp.Column:
    """The column in a statement, whatever its name holds."""
    return exp.column(exp.to_identifier(column, quoted=True))


def named(table: str) -> exp.Table:
    """The table in a statement, whatever its name holds."""
    return exp.Table(this=exp.to_identifier(table, quoted=True))


def drop_triggers(connection: sqlite3.Connection) -> None:
    """They are the project's code and must not run."""
    for trigger in names(connection, "trigger"):
        statement = parse_one("DROP TRIGGER named", read="sqlite")
        for identifier in list(statement.find_all(exp.Identifier)):
            identifier.replace(exp.to_identifier(trigger, quoted=True))
        connection.execute(statement.sql("sqlite"))
