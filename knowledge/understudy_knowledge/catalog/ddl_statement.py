"""One statement of DDL -> the changes it makes. Whatever is no DDL, and DDL that is not about tables, makes none."""

from collections.abc import Callable, Iterator, Sequence
from typing import Literal

from attrs import evolve, frozen

from understudy_knowledge.catalog.comments import read_comments
from understudy_knowledge.catalog.ddl_alter import read_alter
from understudy_knowledge.catalog.ddl_changes import (
    Change,
    CommentOn,
    CreateFrom,
    CreateTable,
    DropTable,
    ListValues,
    Name,
    RenameColumn,
    RenameTable,
)
from understudy_knowledge.catalog.ddl_columns import Entries, option, read_entries
from understudy_knowledge.catalog.ddl_reader import Reader
from understudy_knowledge.catalog.family import family_of
from understudy_knowledge.catalog.model import Column, Table
from understudy_knowledge.catalog.pieces import Piece

_OTHER_KINDS = frozenset(
    """FUNCTION PROCEDURE PROC TRIGGER INDEX SEQUENCE POLICY ROLE USER DATABASE EXTENSION PUBLICATION SUBSCRIPTION RULE
    AGGREGATE CAST OPERATOR DOMAIN STAGE TASK STREAM PIPE WAREHOUSE MACRO STATISTICS EVENT LANGUAGE SERVER SYNONYM COLLATION
    SCHEMA LOGIN SECRET MODEL""".split()
)
_MOST_MODIFIERS = 20
_QUERIES = ("SELECT", "WITH", "(", "TABLE", "VALUES", "FROM")


class NotUnderstood(ValueError):  # noqa: N818 - it says what the statement is
    """A CREATE TABLE or VIEW that gives no table; the message says why, in a few words."""


@frozen
class Statement:
    """One statement: its pieces, comments included, the text they were cut from, and where that text comes from."""

    pieces: Sequence[Piece]
    text: str
    source: str
    dialect: str


def read_statement(statement: Statement) -> tuple[Change, ...]:
    """The changes in order; raises NotUnderstood where a table is made that cannot be read."""
    reader = Reader([piece for piece in statement.pieces if piece.kind != "comment"])
    verb = reader.word()
    reader.skip()
    read = _READERS.get(verb)
    return tuple(read(reader, statement)) if read else ()


def _create(reader: Reader, statement: Statement) -> Iterator[Change]:
    temporary = False
    for _ in range(_MOST_MODIFIERS):
        word = reader.word()
        if word in ("TABLE", "VIEW", "TYPE", "VIRTUAL") or word in _OTHER_KINDS:
            break
        temporary = temporary or word in ("TEMP", "TEMPORARY", "VOLATILE")
        reader.skip()
    kind = reader.word()
    reader.skip()
    if kind == "TYPE":
        yield from _type(reader)
    elif kind == "VIEW" and not temporary:
        yield _view(reader, statement)
    elif kind == "VIRTUAL" and reader.take("TABLE"):
        yield from _virtual_table(reader, statement)
    elif kind == "TABLE" and not temporary:
        yield from _table(reader, statement)


def _table(reader: Reader, statement: Statement) -> Iterator[Change]:
    reader.take("IF", "NOT", "EXISTS")
    name = reader.name()
    if name is None:
        raise NotUnderstood("it has no name")
    if name.name.startswith(("#", "@")):  # T-SQL's temporary tables
        return
    like: list[Name] = []
    entries = Entries()
    made_from: tuple[str, ...] = ()
    if reader.word() == "(":
        at = reader.at
        body = reader.group()
        if body is None:
            raise NotUnderstood("its parentheses do not balance")
        if body.word() in ("SELECT", "WITH"):
            reader.at = at
        else:
            entries = read_entries(body)
            like += entries.like
            made_from = tuple(column.name for column in entries.columns)
    comment, query = "", ""
    while reader:
        if (
            reader.take("LIKE")
            or reader.take("CLONE")
            or reader.take("COPY")
            or reader.take("PARTITION", "OF")
        ):
            if (parent := reader.name()) is not None:
                like.append(parent)
        elif reader.take("INHERITS"):
            inherited = reader.group()
            like += [parent for item in (inherited.items() if inherited else ()) if (parent := item.name())]
        elif reader.word().startswith("COMMENT"):
            reader.skip()
            reader.take("=")
            comment = reader.string() or comment
        elif reader.take("OPTIONS"):
            comment = option(reader.group(), "DESCRIPTION") or comment
        elif _begins_query(reader):
            reader.take("AS")
            query = _rest(reader, statement)
            break
        else:
            reader.skip()
    table = _described(name, "table", comment, statement)
    if query:
        yield CreateFrom(table, query, made_from, statement.dialect)
        return
    columns = _commented(entries, statement)
    if not columns and not like:
        raise NotUnderstood("it names no columns")
    yield CreateTable(evolve(table, columns=columns, foreign_keys=tuple(entries.foreign_keys)), tuple(like))


def _begins_query(reader: Reader) -> bool:
    word, following = reader.word(), reader.word(1)
    if word == "AS":
        return following in _QUERIES
    if word == "WITH":  # not WITH (options), WITH NO DATA
        return reader.word(2) in ("AS", "(") and following not in ("(", "NO", "DATA")
    return word == "SELECT" or (word == "(" and following in ("SELECT", "WITH"))


def _commented(entries: Entries, statement: Statement) -> tuple[Column, ...]:
    """The columns with their part of the key and what comments say of them."""
    about = read_comments(statement.pieces).columns
    key = {name.lower() for name in entries.primary_key}
    return tuple(
        evolve(
            column,
            comment=column.comment or about.get(column.name.lower(), ""),
            primary_key=column.primary_key or column.name.lower() in key,
            nullable=column.nullable and column.name.lower() not in key,
        )
        for column in entries.columns
    )


def _view(reader: Reader, statement: Statement) -> Change:
    reader.take("IF", "NOT", "EXISTS")
    name = reader.name()
    if name is None:
        raise NotUnderstood("it has no name")
    listed = reader.group()
    columns = tuple(column for item in listed.items() if (column := item.column())) if listed else ()
    comment = ""
    while reader and not (reader.word() == "AS" and reader.word(1) in _QUERIES):
        if reader.word().startswith("COMMENT"):
            reader.skip()
            reader.take("=")
            comment = reader.string() or comment
        elif reader.take("OPTIONS"):
            comment = option(reader.group(), "DESCRIPTION") or comment
        else:
            reader.skip()
    if not reader.take("AS"):
        raise NotUnderstood("it has no query")
    query = _rest(reader, statement)
    return CreateFrom(_described(name, "view", comment, statement), query, columns, statement.dialect)


def _virtual_table(reader: Reader, statement: Statement) -> Iterator[Change]:
    """SQLite's full-text and R-tree tables, whose arguments are columns unless they set an option."""
    reader.take("IF", "NOT", "EXISTS")
    name = reader.name()
    if name is None or not reader.take("USING"):
        return
    module = reader.column().lower()
    arguments = reader.group()
    if arguments is None or not module.startswith(("fts", "rtree")):
        return
    columns = [
        Column(column, family=family_of("", column))
        for item in arguments.items()
        if "=" not in item.text(0, len(item.pieces)) and (column := item.column())
    ]
    yield CreateTable(evolve(_described(name, "table", "", statement), columns=tuple(columns)))


def _type(reader: Reader) -> Iterator[Change]:
    name = reader.name()
    if name is not None and reader.take("AS", "ENUM") and (listed := reader.group()) is not None:
        values = [item.string() for item in listed.items()]
        yield ListValues(name, tuple(value for value in values if value is not None))


def _drop(reader: Reader, statement: Statement) -> Iterator[Change]:
    for word in ("MATERIALIZED", "FOREIGN", "EXTERNAL", "TEMPORARY", "DYNAMIC"):
        reader.take(word)
    if reader.take("TABLE") or reader.take("VIEW"):
        reader.take("IF", "EXISTS")
        for item in reader.items():
            if (name := item.name()) is not None:
                yield DropTable(name)


def _rename(reader: Reader, statement: Statement) -> Iterator[Change]:
    """MySQL's `RENAME TABLE a TO b, c TO d`."""
    if not reader.take("TABLE"):
        return
    for item in reader.items():
        old = item.name()
        if old is not None and item.take("TO") and (new := item.name()) is not None:
            yield RenameTable(old, new.name, new.namespace or None)


def _comment(reader: Reader, statement: Statement) -> Iterator[Change]:
    reader.take("IF", "EXISTS")
    if not reader.take("ON"):
        return
    kind = reader.word()
    reader.skip()
    if kind == "MATERIALIZED" or kind == "FOREIGN":
        reader.skip()
    name = reader.name()
    if name is None or not reader.take("IS"):
        return
    text = reader.string() or ""
    if kind == "COLUMN":
        namespace, _, table = name.namespace.rpartition(".")
        yield CommentOn(Name(table, namespace), text, name.name)
    elif kind in ("TABLE", "VIEW", "MATERIALIZED", "FOREIGN"):
        yield CommentOn(name, text)


def _execute(reader: Reader, statement: Statement) -> Iterator[Change]:
    """T-SQL's procedures that rename and describe."""
    procedure = reader.column().lower()
    arguments = [_argument(item) for item in reader.items()]
    if procedure == "sp_rename" and len(arguments) >= 2:
        yield from _procedure_rename(*arguments[:2], column=arguments[2:3] == ["COLUMN"])
    elif procedure == "sp_addextendedproperty" and len(arguments) >= 6 and arguments[0] == "MS_Description":
        table = Name(arguments[5], arguments[3])
        yield CommentOn(table, arguments[1], arguments[7] if len(arguments) > 7 else "")


def _procedure_rename(old: str, new: str, *, column: bool) -> Iterator[Change]:
    from_parts = [part.strip("[]") for part in old.split(".")]
    if column and len(from_parts) > 1:
        yield RenameColumn(Name(from_parts[-2], ".".join(from_parts[:-2])), from_parts[-1], new)
    elif not column:
        yield RenameTable(Name(from_parts[-1], ".".join(from_parts[:-1])), new.strip("[]"))


def _argument(item: Reader) -> str:
    """The string of `N'…'` or `@name = N'…'`; empty where it is something else."""
    while item:
        if (text := item.string()) is not None:
            return text
        item.skip()
    return ""


def _described(name: Name, kind: Literal["table", "view"], comment: str, statement: Statement) -> Table:
    words = comment or read_comments(statement.pieces).table
    return Table(name.name, (), kind=kind, comment=words, source=statement.source, namespace=name.namespace)


def _rest(reader: Reader, statement: Statement) -> str:
    first = reader.piece
    last = reader.pieces[-1]
    return statement.text[first.start : last.end] if first else ""


def _alter(reader: Reader, statement: Statement) -> Iterator[Change]:
    return read_alter(reader, statement.source)


_READERS: dict[str, Callable[[Reader, Statement], Iterator[Change]]] = {
    "CREATE": _create,
    "ALTER": _alter,
    "DROP": _drop,
    "RENAME": _rename,
    "COMMENT": _comment,
    "EXEC": _execute,
    "EXECUTE": _execute,
}
