"""Makes a perturbed copy of a SQLite database: other values, fewer rows, the same schema, types and keys."""

import random
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlglot import exp

from understudy_knowledge.execution.perturbed.pools import Stored, Style, pool, with_some_missing
from understudy_knowledge.execution.perturbed.tables import (
    Column,
    changing,
    columns_of,
    drop_triggers,
    named,
    names,
    numbered,
    quoted,
    update,
    values_of,
)

MOST_ROWS = 300
"""Rows a table keeps at most: a neighbor is for telling answers apart, not for size."""


def thin(database: Path, style: Style, seed: int) -> None:
    """Leave out rows of `database`, in place: a copy that nobody else uses. Raises sqlite3.Error."""
    chance = random.Random(seed)  # noqa: S311 - the same data each time, not a secret
    with changing(database) as connection:
        drop_triggers(connection)
        for table in names(connection, "table"):
            _leave_out(connection, table, style, chance)
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("VACUUM")


def redraw(database: Path, style: Style, seed: int) -> None:
    """Give cells of a thinned `database` other values, in place. Raises sqlite3.Error.

    Keys keep their values; what refers to a key is drawn among that key's values.
    """
    chance = random.Random(seed)  # noqa: S311
    with changing(database) as connection:
        for table in names(connection, "table"):
            _redraw(connection, table, style, chance)


def _leave_out(connection: sqlite3.Connection, table: str, style: Style, chance: random.Random) -> None:
    ids = [row[0] for row in numbered(connection, table)]
    kept = [one for one in ids if chance.random() >= style.drop] if len(ids) > 2 else ids
    kept = chance.sample(kept, min(MOST_ROWS, len(kept))) or ids[:1]
    if len(kept) == len(ids):
        return
    statement = exp.delete(named(table), "rowid = ?").sql("sqlite")
    connection.executemany(statement, [(one,) for one in set(ids) - set(kept)])


def _redraw(connection: sqlite3.Connection, table: str, style: Style, chance: random.Random) -> None:
    for column in columns_of(connection, table):
        if column.key:
            continue
        if column.parent is not None and column.refers_to_own(table):
            _rehang(connection, table, column, quoted(column.parent[1]), style, chance)
            continue
        rows = numbered(connection, table, column.quoted)
        values = [value for _, value in rows]
        if column.parent is not None:
            values = with_some_missing(values_of(connection, *column.parent), chance) or values
        drawn = pool(values, style, chance, nullable=column.nullable, free=column.parent is None)
        # A row whose parent was left out must get another one.
        known = set(values) if column.parent is not None else None
        changes = [
            (drawn.draw(style, chance), number)
            for number, value in rows
            if chance.random() < style.change
            or (known is not None and value is not None and value not in known)
        ]
        update(connection, table, [column.quoted], changes)


def _rehang(
    connection: sqlite3.Connection,
    table: str,
    column: Column,
    key: exp.Column,
    style: Style,
    chance: random.Random,
) -> None:
    """Other parents in a hierarchy, which stays one: a recursive query would not end on a circle."""
    changes: list[tuple[Stored, ...]] = []
    above: list[Stored] = []
    for number, own, parent in _parents_first(numbered(connection, table, key, column.quoted)):
        if not above:
            changes.append((None if column.nullable else parent, number))
        elif parent not in above or chance.random() < style.change:
            root = column.nullable and (parent is None or chance.random() < style.null)
            changes.append((None if root else chance.choice(above), number))
        if own is not None:
            above.append(own)
    update(connection, table, [column.quoted], changes)


def _parents_first(rows: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Rows of number, key and parent's key, each behind its parent. Rows whose parent is missing, or on a circle, come where they may."""
    children: dict[Stored, list[tuple[Any, ...]]] = {}
    keys = {row[1] for row in rows}
    for row in rows:
        children.setdefault(row[2] if row[2] in keys and row[2] != row[1] else None, []).append(row)
    ordered: list[tuple[Any, ...]] = []
    waiting = children.pop(None, [])
    while waiting or children:
        waiting = waiting or children.pop(next(iter(children)))
        ordered += waiting
        waiting = [child for row in waiting for child in children.pop(row[1], ())]
    return ordered
