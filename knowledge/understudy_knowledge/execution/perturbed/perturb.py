"""Makes one perturbed copy of a SQLite database: other values, fewer rows, the same schema, types and keys."""

import random
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from attrs import frozen
from sqlglot import exp, parse_one

from understudy_knowledge.execution.perturbed.hints import Hints
from understudy_knowledge.execution.perturbed.pools import Stored, Style, pool

MOST_ROWS = 2_000
"""Rows a table keeps at most: a neighbor is for telling answers apart, not for size."""


@frozen
class Column:
    """A column as the schema declares it. `parent`: table and column that it refers to."""

    name: str
    nullable: bool
    key: bool
    parent: tuple[str, str] | None


def perturb(database: Path, hints: Hints, style: Style, seed: int) -> None:
    """Change `database` in place, a copy that nobody else uses. Raises sqlite3.Error.

    Keys keep their values; what refers to a key is drawn among that key's values. Triggers are dropped first: they are the
    project's code and must not run.
    """
    chance = random.Random(seed)  # noqa: S311 - the same data each time, not a secret
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
        connection.execute("PRAGMA trusted_schema = OFF")
        for trigger in _names(connection, "trigger"):
            connection.execute(_dropping(trigger))
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute("PRAGMA ignore_check_constraints = OFF")
        connection.execute("BEGIN")
        tables = _names(connection, "table")
        _shrink(connection, tables, style, chance)
        for table in tables:
            _redraw(connection, table, hints, style, chance)
            _twin(connection, table, style, chance)
        connection.execute("COMMIT")
        connection.execute("VACUUM")


def _names(connection: sqlite3.Connection, kind: str) -> list[str]:
    rows = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = ? AND name NOT LIKE 'sqlite%' AND coalesce(sql, '') NOT LIKE 'CREATE VIRTUAL%'",
        (kind,),
    )
    return [str(name) for (name,) in rows]


def _shrink(
    connection: sqlite3.Connection, tables: Sequence[str], style: Style, chance: random.Random
) -> None:
    for table in tables:
        try:
            ids = [
                row[0] for row in connection.execute(exp.select("rowid").from_(_table(table)).sql("sqlite"))
            ]
        except sqlite3.Error:  # a table without row numbers stays whole
            continue
        leave = {one for one in ids if chance.random() < style.drop} if len(ids) > 2 else set()
        kept = [one for one in ids if one not in leave]
        if len(kept) > MOST_ROWS:
            leave |= set(kept) - set(chance.sample(kept, MOST_ROWS))
        if len(leave) == len(ids) and ids:
            leave.discard(ids[0])
        statement = exp.delete(_table(table), "rowid = ?").sql("sqlite")
        connection.executemany(statement, [(one,) for one in leave])


def _redraw(
    connection: sqlite3.Connection, table: str, hints: Hints, style: Style, chance: random.Random
) -> None:
    columns = _columns(connection, table)
    focused: set[int] = set()
    looked_at: set[int] = set()
    for column in columns:
        if column.key:
            continue
        quoted = exp.column(exp.to_identifier(column.name, quoted=True))
        try:
            rows = connection.execute(
                exp.select("rowid", quoted).from_(_table(table)).sql("sqlite")
            ).fetchall()
        except sqlite3.Error:  # no row numbers
            return
        values: list[Stored] = [row[1] for row in rows]
        linked = column.parent is not None or column.name.lower() in hints.linked
        if column.parent is not None:
            values = _all(connection, *column.parent) or values
        drawn = pool(
            values,
            () if linked else hints.values.get(column.name.lower(), ()),
            style,
            chance,
            nullable=column.nullable and (not linked or None in values),
            free=not linked,
        )
        for number in (row[0] for row in rows if row[0] not in looked_at):
            looked_at.add(number)
            focused |= {number} if chance.random() < style.focus else set()
        # A row whose parent was left out must get another one.
        known = set(values) if column.parent is not None else None
        changes = [
            (drawn.draw(style, chance, focused=number in focused), number)
            for number, value in rows
            if (drawn.sought and number in focused)
            or chance.random() < style.change
            or (known is not None and value is not None and value not in known)
        ]
        statement = exp.update(
            _table(table), {quoted.sql("sqlite"): exp.Placeholder()}, where="rowid = ?"
        ).sql("sqlite")
        for change in changes:
            _try(connection, statement, change)


def _twin(connection: sqlite3.Connection, table: str, style: Style, chance: random.Random) -> None:
    """Some rows become like another one in every column but the keys."""
    columns = [
        exp.column(exp.to_identifier(column.name, quoted=True))
        for column in _columns(connection, table)
        if not column.key
    ]
    if not columns:
        return
    try:
        rows = connection.execute(exp.select("rowid", *columns).from_(_table(table)).sql("sqlite")).fetchall()
    except sqlite3.Error:  # no row numbers
        return
    changed: dict[str, object] = {column.sql("sqlite"): exp.Placeholder() for column in columns}
    statement = exp.update(_table(table), changed, where="rowid = ?").sql("sqlite")
    for row in rows:
        if chance.random() < style.twins:
            _try(connection, statement, (*chance.choice(rows)[1:], row[0]))


def _try(connection: sqlite3.Connection, statement: str, values: tuple[Stored, ...]) -> None:
    try:
        connection.execute(statement, values)
    except sqlite3.IntegrityError:  # a constraint that we do not read: this value stays as it was
        return


def _all(connection: sqlite3.Connection, table: str, column: str) -> list[Stored]:
    query = exp.select(exp.column(exp.to_identifier(column, quoted=True))).from_(_table(table))
    try:
        return [row[0] for row in connection.execute(query.sql("sqlite"))]
    except sqlite3.Error:
        return []


def _columns(connection: sqlite3.Connection, table: str) -> list[Column]:
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


def _dropping(trigger: str) -> str:
    statement = parse_one("DROP TRIGGER named", read="sqlite")
    for identifier in list(statement.find_all(exp.Identifier)):
        identifier.replace(exp.to_identifier(trigger, quoted=True))
    return statement.sql("sqlite")


def _table(name: str) -> exp.Table:
    return exp.Table(this=exp.to_identifier(name, quoted=True))
