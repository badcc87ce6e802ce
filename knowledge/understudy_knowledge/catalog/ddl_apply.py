"""One change to one table: the table afterwards."""

from collections.abc import Callable

from attrs import evolve

from understudy_knowledge.catalog.ddl_changes import (
    AddColumn,
    AddForeignKey,
    AddPrimaryKey,
    AlterColumn,
    CommentOn,
    DropColumn,
)
from understudy_knowledge.catalog.family import family_of
from understudy_knowledge.catalog.model import Column, Table


def changed(
    table: Table,
    change: AddColumn | DropColumn | AlterColumn | AddPrimaryKey | AddForeignKey | CommentOn,
) -> Table:
    """The table with the change made; a column that is not there, or is there already, changes nothing."""
    match change:
        case AddColumn(_, column):
            return table if table.column(column.name) else evolve(table, columns=(*table.columns, column))
        case DropColumn(_, name):
            gone = name.lower()
            return evolve(
                table,
                columns=tuple(column for column in table.columns if column.name.lower() != gone),
                foreign_keys=tuple(
                    key for key in table.foreign_keys if gone not in map(str.lower, key.columns)
                ),
            )
        case AlterColumn():
            return _with_column(table, change.name, lambda column: _altered(column, change))
        case AddPrimaryKey(_, names):
            lowered = {name.lower() for name in names}
            return evolve(
                table,
                columns=tuple(
                    evolve(column, primary_key=True, nullable=False)
                    if column.name.lower() in lowered
                    else column
                    for column in table.columns
                ),
            )
        case AddForeignKey(_, key):
            known = (*table.foreign_keys, key) if key not in table.foreign_keys else table.foreign_keys
            return evolve(table, foreign_keys=known)
        case CommentOn(_, text, ""):
            return evolve(table, comment=text)
        case CommentOn(_, text, column_name):
            return _with_column(table, column_name, lambda column: evolve(column, comment=text))


def _with_column(table: Table, name: str, change: Callable[[Column], Column]) -> Table:
    return evolve(
        table,
        columns=tuple(
            change(column) if column.name.lower() == name.lower() else column for column in table.columns
        ),
    )


def _altered(column: Column, change: AlterColumn) -> Column:
    if (anew := change.redefined) is not None:
        return evolve(
            anew, primary_key=column.primary_key or anew.primary_key, comment=anew.comment or column.comment
        )
    declared = column.type if change.type is None else change.type
    return evolve(
        column,
        type=declared,
        family=family_of(declared, column.name),
        samples=column.samples if change.type is None else (),
        nullable=column.nullable if change.nullable is None else change.nullable,
    )
