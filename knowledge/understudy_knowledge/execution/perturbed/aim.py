"""Aims a perturbed copy at one gold query: what the query looks for occurs in it, just misses in it, and repeats in it."""

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from sqlglot import exp

from understudy_knowledge.execution.outcome import Cell
from understudy_knowledge.execution.perturbed.hints import Hints
from understudy_knowledge.execution.perturbed.pools import Stored, Style, beside, fitting, with_some_missing
from understudy_knowledge.execution.perturbed.tables import (
    Column,
    changing,
    columns_of,
    named,
    names,
    numbered,
    update,
    values_of,
)

_BESIDE = 0.4
_BESIDE_IN_FOCUS = 0.2
_EMPTY = 0.15


def aim(database: Path, thinned: Path, whole: Path, hints: Hints, style: Style, seed: int) -> None:
    """Change `database`, a redrawn copy of `thinned`, in place. `whole` holds all rows. Raises sqlite3.Error.

    Only the tables that the query reads change: those with the values it looks for, those without.
    """
    chance = random.Random(seed)  # noqa: S311 - the same data each time, not a secret
    with (
        changing(database) as connection,
        closing(_reading(thinned)) as former,
        closing(_reading(whole)) as original,
    ):
        tables = names(connection, "table")
        known = {table.lower() for table in tables}
        if hints.tables and hints.tables <= known:  # what a view reads is not known here
            tables = [table for table in tables if table.lower() in hints.tables]
        for table in tables:
            columns = columns_of(connection, table)
            _bring_back(connection, original, table, columns, hints)
            for column in columns:
                if not column.key and column.parent is None and column.name.lower() in hints.linked:
                    _relink(connection, former, table, column, style, chance)
            _place(connection, table, columns, hints, style, chance)
            _leave_empty(connection, table, columns, hints, chance)
            _twin(connection, table, columns, style, chance)


def _reading(database: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)
    connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
    return connection


def _bring_back(
    connection: sqlite3.Connection,
    original: sqlite3.Connection,
    table: str,
    columns: list[Column],
    hints: Hints,
) -> None:
    """Rows whose key the query names, where they were left out."""
    for column in columns:
        for value in hints.values.get(column.name.lower(), ()) if column.key else ():
            query = exp.select("*").from_(named(table)).where(column.quoted.eq(exp.Placeholder())).limit(1)
            try:
                found = original.execute(query.sql("sqlite"), (value,)).fetchall()
                if found and not connection.execute(query.sql("sqlite"), (value,)).fetchall():
                    connection.execute(_inserting(table, len(found[0])), found[0])
            except sqlite3.Error:  # a computed column, or a key of several columns that is taken
                continue


def _inserting(table: str, width: int) -> str:
    row = exp.Tuple(expressions=[exp.Placeholder() for _ in range(width)])
    return exp.insert(exp.Values(expressions=[row]), named(table)).sql("sqlite")


def _relink(
    connection: sqlite3.Connection,
    former: sqlite3.Connection,
    table: str,
    column: Column,
    style: Style,
    chance: random.Random,
) -> None:
    """A column that the query joins by, and no foreign key says so: its values are those of before, drawn anew."""
    rows = numbered(former, table, column.quoted)
    own = with_some_missing([value for _, value in rows], chance)
    known = set(own)
    drawn = [
        (chance.choice(own) if value not in known or chance.random() < style.change else value, number)
        for number, value in rows
    ]
    update(connection, table, [column.quoted], drawn)


def _place(
    connection: sqlite3.Connection,
    table: str,
    columns: list[Column],
    hints: Hints,
    style: Style,
    chance: random.Random,
) -> None:
    """Values that the query looks for, or just misses. Rows in focus get them in all columns at once."""
    sought = list(_sought(connection, table, columns, hints, chance))
    if not sought:
        return
    focused = {row[0] for row in numbered(connection, table) if chance.random() < style.focus}
    for column, boundary, met in sought:
        free = column.parent is None
        changes: list[tuple[Stored, ...]] = []
        for number, _ in numbered(connection, table, column.quoted):
            if number in focused and chance.random() >= _BESIDE_IN_FOCUS:
                # What is to be unequal to a value is that mostly without our help.
                changes += [(chance.choice(met), number)] if met else []
            elif number in focused or chance.random() < style.change * style.sought:
                value = chance.choice(boundary)
                changes.append(
                    (beside(value, chance) if free and chance.random() < _BESIDE else value, number)
                )
        update(connection, table, [column.quoted], changes)


def _leave_empty(
    connection: sqlite3.Connection, table: str, columns: list[Column], hints: Hints, chance: random.Random
) -> None:
    """NULL here and there in what the query asks whether it is NULL."""
    for column in columns:
        if column.nullable and not column.key and column.name.lower() in hints.nulls:
            empty = [(None, row[0]) for row in numbered(connection, table) if chance.random() < _EMPTY]
            update(connection, table, [column.quoted], empty)


def _sought(
    connection: sqlite3.Connection, table: str, columns: list[Column], hints: Hints, chance: random.Random
) -> Iterator[tuple[Column, list[Cell], list[Cell]]]:
    """Columns with the values they are compared with, and those that meet the comparison, as far as they may hold them."""
    for column in columns:
        name = column.name.lower()
        if column.key or name in hints.linked or name not in hints.values:
            continue
        if column.parent is not None:
            known = set(values_of(connection, *column.parent))
            boundary, met = (
                [value for value in found.get(name, ()) if value in known]
                for found in (hints.values, hints.met)
            )
        else:
            own = values_of(connection, table, column.name)
            boundary, met = (fitting(found.get(name, ()), own, chance) for found in (hints.values, hints.met))
        if boundary:
            yield column, boundary, met


def _twin(
    connection: sqlite3.Connection, table: str, columns: list[Column], style: Style, chance: random.Random
) -> None:
    """Some rows become like another one in every column but the keys and the place in a hierarchy."""
    alike = [column.quoted for column in columns if not column.key and not column.refers_to_own(table)]
    if not alike:
        return
    rows = numbered(connection, table, *alike)
    if len(rows) < 2:
        return
    some = chance.sample(rows, max(1, round(style.twins * len(rows))))
    changes = [(*chance.choice(rows)[1:], row[0]) for row in some]
    update(connection, table, alike, changes)
