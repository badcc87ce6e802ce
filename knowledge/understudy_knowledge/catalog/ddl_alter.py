"""ALTER TABLE in every dialect -> the changes it makes. What is not about names, types, keys or comments makes none."""

from collections.abc import Iterator

from attrs import evolve

from understudy_knowledge.catalog.ddl_changes import (
    AddColumn,
    AddForeignKey,
    AddPrimaryKey,
    AlterColumn,
    Change,
    CommentOn,
    DropColumn,
    Name,
    RenameColumn,
    RenameTable,
)
from understudy_knowledge.catalog.ddl_columns import Entries, read_column, read_entry, read_type
from understudy_knowledge.catalog.ddl_reader import Reader

_VERBS = frozenset(
    """ADD DROP RENAME ALTER MODIFY CHANGE SET COMMENT OWNER ENABLE DISABLE VALIDATE ATTACH DETACH INHERIT REPLICA CLUSTER
    CONVERT ORDER FORCE""".split()
)
_NO_COLUMNS = frozenset("CONSTRAINT INDEX KEY FOREIGN PRIMARY CHECK PARTITION".split())


def read_alter(reader: Reader, source: str) -> Iterator[Change]:
    """The changes of one ALTER statement, whose first word was taken; `source` is where added columns come from."""
    for word in ("FOREIGN", "MATERIALIZED", "ICEBERG", "EXTERNAL", "DYNAMIC"):
        reader.take(word)
    if not (reader.take("TABLE") or reader.take("VIEW")):
        return
    reader.take("IF", "EXISTS")
    reader.take("ONLY")
    table = reader.name()
    if table is None:
        return
    reader.take("*")
    if reader.word() == "WITH" and reader.word(1) in ("CHECK", "NOCHECK"):
        reader.take("WITH", reader.word(1))
    adding = False
    for action in reader.items():
        for change in _action(action, table, source, adding=adding):
            yield change
            if isinstance(change, RenameTable):
                table = Name(change.name or table.name, change.namespace or table.namespace)
        # T-SQL, Snowflake and Spark write ADD once before a list.
        adding = _adds(action) or (adding and not _has_verb(action))


def _action(action: Reader, table: Name, source: str, *, adding: bool) -> Iterator[Change]:
    if adding and not _has_verb(action):
        yield from _add(action, table, source)
    elif action.take("ADD"):
        action.take("COLUMN")
        action.take("COLUMNS")
        action.take("IF", "NOT", "EXISTS")
        listed = action.group() if action.word() == "(" else None
        for item in listed.items() if listed else (action,):
            yield from _add(item, table, source)
    elif action.take("DROP"):
        yield from _drop(action, table)
    elif action.take("RENAME"):
        yield from _rename(action, table)
    elif action.take("ALTER") or action.take("MODIFY"):
        yield from _alter_column(action, table)
    elif action.take("CHANGE"):
        action.take("COLUMN")
        old = action.column()
        if (entry := read_column(action)) is not None:
            yield AlterColumn(table, old, redefined=evolve(entry.column, name=old))
            yield RenameColumn(table, old, entry.column.name)
    elif action.take("SET", "SCHEMA") and (schema := action.column()):
        yield RenameTable(table, namespace=schema)
    elif action.word().startswith("COMMENT"):
        action.skip()
        action.take("=")
        if (text := action.string()) is not None:
            yield CommentOn(table, text)


def _add(item: Reader, table: Name, source: str) -> Iterator[Change]:
    item.take("IF", "NOT", "EXISTS")
    found = Entries()
    read_entry(item, found)
    if found.primary_key:
        yield AddPrimaryKey(table, found.primary_key)
    for column in found.columns:
        yield AddColumn(table, evolve(column, source=source))
    for key in found.foreign_keys:
        yield AddForeignKey(table, key)


def _drop(action: Reader, table: Name) -> Iterator[Change]:
    # `DROP key` drops the column of that name; `DROP KEY name` does not.
    if action.word() in _NO_COLUMNS and len(action.pieces) > action.at + 1:
        return
    action.take("COLUMN")
    action.take("COLUMNS")
    action.take("IF", "EXISTS")
    names = action.columns() if action.word() == "(" else (action.column(),)
    for name in names:
        if name:
            yield DropColumn(table, name)


def _rename(action: Reader, table: Name) -> Iterator[Change]:
    if action.word() in ("CONSTRAINT", "INDEX", "KEY"):
        return
    if action.take("TO") or action.take("AS"):
        if (new := action.name()) is not None:
            yield RenameTable(table, new.name, new.namespace or None)
        return
    action.take("COLUMN")
    old = action.column()
    if action.take("TO"):
        yield RenameColumn(table, old, action.column())
    elif old and not action:  # MySQL: RENAME new
        yield RenameTable(table, old)


def _alter_column(action: Reader, table: Name) -> Iterator[Change]:
    if action.word() in ("CONSTRAINT", "INDEX", "CHECK", "PARTITION"):
        return
    action.take("COLUMN")
    begin = action.at
    name = action.column()
    if action.take("SET", "NOT", "NULL"):
        yield AlterColumn(table, name, nullable=False)
    elif action.take("DROP", "NOT", "NULL"):
        yield AlterColumn(table, name, nullable=True)
    elif action.take("SET", "DATA", "TYPE") or action.take("TYPE") or action.take("SET", "TYPE"):
        yield AlterColumn(table, name, type=read_type(action))
    elif action.take("COMMENT"):
        yield CommentOn(table, action.string() or "", name)
    elif action.take("SET") or action.take("DROP") or action.take("ADD") or action.take("ENCODE"):
        return
    else:  # MySQL and T-SQL give the whole column anew
        action.at = begin
        if (entry := read_column(action)) is not None and entry.column.type:
            yield AlterColumn(table, name, redefined=entry.column)


def _has_verb(action: Reader) -> bool:
    return action.pieces[0].kind == "code" and action.pieces[0].text.upper() in _VERBS


def _adds(action: Reader) -> bool:
    return action.pieces[0].text.upper() == "ADD"
