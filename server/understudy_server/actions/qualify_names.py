"""Every column with the relation it is of: `total` as `o.total`."""

from collections.abc import Iterator

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from understudy_knowledge.catalog.model import Catalog
from understudy_server.actions.changes import Change, changed_sql
from understudy_server.actions.declined import DeclinedError
from understudy_server.actions.meaning import same_meaning
from understudy_server.actions.qualified import qualified
from understudy_server.actions.statements import SourceStatement


def qualify_names(statement: SourceStatement, catalog: Catalog, dialect: str) -> list[Change]:
    """The changes. Raises DeclinedError where it is not certain of which relation each bare column is, or none is bare."""
    try:
        tree = sqlglot.parse_one(statement.sql, read=dialect or None)
        named = qualified(tree, catalog, dialect, certain=False)
    except (SqlglotError, RecursionError) as error:
        raise DeclinedError("the statement is not understood") from error
    bare = {column.this.meta.get("start") for column in tree.find_all(exp.Column) if _is_bare(column)}
    if not bare:
        raise DeclinedError("every column says already what it is of")
    changes = list(_changes(tree, named, bare, statement, dialect))
    if not changes or not same_meaning(statement.sql, changed_sql(statement, changes), catalog, dialect):
        raise DeclinedError("it is not certain which relation each column is of")
    return changes


def has_bare_columns(tree: exp.Expr) -> bool:
    """Whether there is something to qualify."""
    return any(_is_bare(column) for column in tree.find_all(exp.Column))


def _is_bare(column: exp.Column) -> bool:
    return isinstance(column.this, exp.Identifier) and not column.table


def _changes(
    tree: exp.Expr, named: exp.Expr, bare: set[int | None], statement: SourceStatement, dialect: str
) -> Iterator[Change]:
    merged = {name.name.lower() for join in tree.find_all(exp.Join) for name in join.args.get("using") or ()}
    called = {source.alias_or_name.lower(): source for source in _sources(tree)}
    for column in named.find_all(exp.Column):
        start = column.this.meta.get("start") if isinstance(column.this, exp.Identifier) else None
        owner = called.get(column.table.lower())
        if start not in bare or start is None or owner is None or column.name.lower() in merged:
            continue
        if _is_given(column):
            continue
        at = len(statement.sql[:start].encode())
        yield Change(at, at, (f"{_name(owner).sql(dialect=dialect or None)}.",))


def _is_given(column: exp.Column) -> bool:
    """Whether the query gives something else that name, so that engines differ in which of both is meant."""
    query = column.find_ancestor(exp.Select)
    clause: exp.Expr = column
    while clause.parent is not None and clause.parent is not query:
        clause = clause.parent
    if query is None or clause.arg_key == "expressions":
        return False
    for output in query.expressions:
        if output.alias_or_name.lower() == column.name.lower():
            given = output.unalias()
            return not (isinstance(given, exp.Column) and given.name.lower() == column.name.lower())
    return False


def _sources(tree: exp.Expr) -> Iterator[exp.Expr]:
    yield from tree.find_all(exp.Table)
    yield from tree.find_all(exp.Subquery)


def _name(source: exp.Expr) -> exp.Expr:
    """What the source goes by, as it is written: an alias, or the table's name."""
    alias = source.args.get("alias")
    name: exp.Expr = alias.this if alias is not None and alias.this is not None else source.this
    return name
