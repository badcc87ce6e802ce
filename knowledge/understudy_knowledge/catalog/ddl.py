"""The catalog that a file of DDL describes. Goes statement by statement, so one syntax error does not lose the rest."""

import re
from collections.abc import Iterator, Sequence

from attrs import evolve
from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError

from understudy_knowledge.catalog.comments import read_comments
from understudy_knowledge.catalog.family import family_of
from understudy_knowledge.catalog.model import Catalog, Column, ForeignKey, Table
from understudy_knowledge.catalog.pieces import Piece, statements
from understudy_knowledge.catalog.views import derive_view

_CREATES = re.compile(
    r"CREATE\s+(?:OR\s+REPLACE\s+)?(?:(?:TEMP|TEMPORARY|MATERIALIZED|GLOBAL|LOCAL|UNLOGGED|EXTERNAL)\s+)*(?P<kind>TABLE|VIEW)\b",
    re.IGNORECASE,
)


def describes_tables(text: str) -> bool:
    """Whether `text` is worth reading as DDL: it has a CREATE TABLE or CREATE VIEW somewhere."""
    return _CREATES.search(text) is not None


def read_ddl(text: str, *, dialect: str, source: str, known: Catalog | None = None) -> Catalog:
    """The tables and views that `text` creates, in order; a later definition of a name replaces an earlier one.

    `source` is how notes and tables name the file; `known` holds tables that views may refer to besides the file's own.
    A statement that does not parse, and a view whose columns cannot be derived, adds one sentence to the notes.
    Foreign keys to tables that the text does not create are left out.
    """
    read = read_open_ddl(text, dialect=dialect, source=source, known=known)
    return evolve(read, tables=resolve_references(read.tables))


def read_open_ddl(text: str, *, dialect: str, source: str, known: Catalog | None = None) -> Catalog:
    """As `read_ddl`, with foreign keys as written: the parent may be in another file, and REFERENCES without columns
    leaves `ref_columns` empty. Merge the files, then `resolve_references`.
    """
    tables: dict[str, Table] = {}
    notes: list[str] = []
    views: list[tuple[str, Piece]] = []
    for statement in statements(text):
        first = next(piece for piece in statement if piece.kind != "comment")
        last = next(piece for piece in reversed(statement) if piece.kind != "comment")
        body = text[first.start : last.end]
        if not _CREATES.match(body):
            continue
        try:
            created = parse_one(body, read=dialect)
        except (SqlglotError, RecursionError, ValueError) as error:
            notes.append(
                f"{source}:{first.line + 1}: statement skipped, it does not parse ({_reason(error)})."
            )
            continue
        if not isinstance(created, exp.Create):
            notes.append(f"{source}:{first.line + 1}: statement skipped, its form is not understood.")
        elif created.expression is not None:
            views.append((text[statement[0].start : last.end], first))
        elif (table := _table(created, statement, dialect, source)) is not None:
            tables[table.name.lower()] = table
    for create, first in views:
        seen = Catalog((*tables.values(), *_others(known, tables)), dialect)
        view = derive_view(create, seen, source=source)
        if view is None:
            notes.append(f"{source}:{first.line + 1}: view skipped, its columns cannot be derived.")
        else:
            tables[view.name.lower()] = view
    return Catalog(tuple(tables.values()), dialect, tuple(notes))


def resolve_references(tables: Sequence[Table]) -> tuple[Table, ...]:
    """The tables with foreign keys that hold: parents as they are named here, columns filled in from their primary keys.

    A key whose parent is not among `tables` is left out: nothing could be joined along it.
    """
    by_name = {table.name.lower(): table for table in tables}
    return tuple(evolve(table, foreign_keys=tuple(_resolved(table, by_name))) for table in tables)


def _resolved(table: Table, by_name: dict[str, Table]) -> Iterator[ForeignKey]:
    for key in table.foreign_keys:
        parent = by_name.get(key.ref_table.lower())
        targets = key.ref_columns or (parent.primary_key if parent else ())
        if parent is not None and len(targets) == len(key.columns):
            yield ForeignKey(key.columns, parent.name, targets)


def _others(known: Catalog | None, tables: dict[str, Table]) -> tuple[Table, ...]:
    return tuple(table for table in known.tables if table.name.lower() not in tables) if known else ()


def _table(created: exp.Create, statement: Sequence[Piece], dialect: str, source: str) -> Table | None:
    schema = created.this
    if created.kind != "TABLE" or not isinstance(schema, exp.Schema):
        return None
    comments = read_comments(statement)
    key = _primary_key(schema)
    columns = tuple(
        _column(definition, key, comments.columns.get(definition.name.lower(), ""), dialect)
        for definition in schema.expressions
        if isinstance(definition, exp.ColumnDef)
    )
    stated = created.find(exp.SchemaCommentProperty)
    comment = stated.this.name if stated else comments.table
    return (
        Table(schema.this.name, columns, _foreign_keys(schema), comment=comment, source=source)
        if columns
        else None
    )


def _column(definition: exp.ColumnDef, key: frozenset[str], comment: str, dialect: str) -> Column:
    constraints = [constraint.kind for constraint in definition.constraints]
    stated = next((kind for kind in constraints if isinstance(kind, exp.CommentColumnConstraint)), None)
    declared = definition.kind.sql(dialect) if definition.kind else ""
    in_key = definition.name.lower() in key
    required = any(
        isinstance(kind, exp.NotNullColumnConstraint) and not kind.args.get("allow_null")
        for kind in constraints
    )
    return Column(
        name=definition.name,
        type=declared,
        nullable=not required and not in_key,
        primary_key=in_key,
        comment=stated.this.name if stated else comment,
        family=family_of(declared, definition.name),
    )


def _primary_key(schema: exp.Schema) -> frozenset[str]:
    """Lower-cased names of the key's columns, whether they were marked inline or at the end of the table."""
    names: set[str] = set()
    for definition in schema.expressions:
        if isinstance(definition, exp.ColumnDef):
            kinds = (constraint.kind for constraint in definition.constraints)
            if any(isinstance(kind, exp.PrimaryKeyColumnConstraint) for kind in kinds):
                names.add(definition.name.lower())
        elif (primary := definition.find(exp.PrimaryKey)) is not None:
            names.update(part.unnest().name.lower() for part in primary.expressions)
    return frozenset(names)


def _foreign_keys(schema: exp.Schema) -> tuple[ForeignKey, ...]:
    keys: list[ForeignKey] = []
    for definition in schema.expressions:
        if isinstance(definition, exp.ColumnDef):
            keys.extend(
                _foreign_key((definition.name,), reference)
                for reference in definition.find_all(exp.Reference)
            )
        else:
            for foreign in definition.find_all(exp.ForeignKey):
                reference = foreign.args.get("reference")
                if isinstance(reference, exp.Reference):
                    keys.append(_foreign_key(tuple(part.name for part in foreign.expressions), reference))
    return tuple(keys)


def _foreign_key(columns: tuple[str, ...], reference: exp.Reference) -> ForeignKey:
    """The key as written; `ref_columns` is empty where the text leaves them to the parent's primary key."""
    target = reference.this
    if isinstance(target, exp.Schema):
        return ForeignKey(columns, target.this.name, tuple(part.name for part in target.expressions))
    return ForeignKey(columns, target.name, ())


def _reason(error: Exception) -> str:
    """The first line of the parser's message, without the colors it puts into the text it quotes."""
    return re.sub(r"\x1b\[[0-9;]*m", "", str(error).partition("\n")[0]).rstrip(".") or type(error).__name__
