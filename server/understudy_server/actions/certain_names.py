"""Which unknown names are certainly unknown: a false alarm costs more than a misspelling that execution finds anyway."""

from collections.abc import Iterator
from typing import Literal

from attrs import evolve, frozen
from sqlglot import exp

from understudy_knowledge.catalog.model import Catalog, Table
from understudy_server.actions.own_tables import OwnTables, WithOwn
from understudy_server.actions.owners import owner_of
from understudy_server.actions.statements import SourceStatement
from understudy_server.completion.unknown_names import UnknownName, unknown_names
from understudy_server.completion.unlisted_names import names_rows

Judged = exp.Query | exp.Insert | exp.Update | exp.Delete
_QUOTED_IS_TEXT = frozenset(("sqlite", "mysql"))


@frozen
class UnknownPart:
    """An unknown name and what part of the statement it is."""

    name: UnknownName
    part: Literal["table", "relation", "column", "ambiguous"]
    """A table read from, what stands before a column's dot, a column, or one that is known of several relations."""
    owner: tuple[int, int, str] | None = None
    """Of a column that another relation of the query has: characters of its qualifier, and the name that it should be."""


def certainly_unknown(
    tree: Judged, statement: SourceStatement, catalog: Catalog, dialect: str, own: OwnTables
) -> Iterator[UnknownPart]:
    """The unknown names that no hole and no peculiarity of the dialect explains.

    `own` are tables that the document itself gives the statement.
    """
    if _is_open(tree, statement):
        return
    identifiers = {node.meta.get("start"): node for node in tree.find_all(exp.Identifier)}
    tables = WithOwn(own, catalog)
    read = {table: _meant(table, tables) for table in tree.find_all(exp.Table)}
    fields = {column.name.lower() for known in read.values() if known for column in known.columns}
    outputs = _outputs(tree) | {name.lower() for table in read for name in (table.name, table.alias)}
    # A hole among the outputs may name what other clauses use.
    loose = _holds_bare_hole(tree, statement)
    for unknown in unknown_names(tree, statement.sql, tables, listed=tables.names, dialect=dialect):
        identifier = identifiers.get(unknown.start)
        if identifier is None or _in_hole(unknown, statement):
            continue
        parent, name = identifier.parent, unknown.name.lower()
        if isinstance(parent, exp.Table):
            if not parent.db:
                yield UnknownPart(unknown, "table")
        elif not isinstance(parent, exp.Column):
            continue
        elif unknown.owners:
            if not loose and not _is_text(identifier, dialect):
                yield UnknownPart(unknown, "ambiguous")
        elif identifier.arg_key == "table":
            # A column may be a record, and what stands behind its dot a field.
            if name not in fields and not names_rows(name):
                meant = unknown.meant or owner_of(parent, tables)
                yield UnknownPart(evolve(unknown, meant=meant), "relation")
        elif parent.table:
            if not loose:
                yield UnknownPart(unknown, "column", _owner(parent, tables))
        elif not loose and name not in outputs and not _is_text(identifier, dialect):
            yield UnknownPart(unknown, "column")


def _owner(column: exp.Column, tables: WithOwn) -> tuple[int, int, str] | None:
    qualifier, meant = column.args["table"], owner_of(column, tables)
    start, end = qualifier.meta.get("start"), qualifier.meta.get("end")
    return (start, end + 1, meant) if meant is not None and start is not None and end is not None else None


def _meant(named: exp.Table, tables: WithOwn) -> Table | None:
    parts = [part.name for part in named.parts]
    return tables.table(".".join(parts)) if all(parts) else None


def _is_open(tree: Judged, statement: SourceStatement) -> bool:
    """Whether something in it may bring relations that nobody sees."""
    if tree.find(exp.Pivot, exp.Lateral, exp.MatchRecognize) is not None:
        return True
    columns = {
        (node.meta.get("start"), node.meta.get("end"))
        for column in tree.find_all(exp.Column)
        if isinstance(node := column.this, exp.Identifier) and not column.table
    }
    texts = [token for token in statement.tokens if token.kind == "string"]
    for hole in statement.holes:
        in_text = any(token.start < hole.start and hole.end < token.end for token in texts)
        start, end = (len(statement.sql.encode()[:at].decode()) for at in (hole.start, hole.end))
        # A hole for a table may hold joins as well; one beside a table reads like its alias.
        if not in_text and (start, end - 1) not in columns:
            return True
    return False


def _holds_bare_hole(tree: Judged, statement: SourceStatement) -> bool:
    """Whether a hole stands as an output of a query: it may give names that other clauses use."""
    starts = {len(statement.sql.encode()[: hole.start].decode()) for hole in statement.holes}
    return bool(starts) and any(
        column.this.meta.get("start") in starts
        for column in tree.find_all(exp.Column)
        if isinstance(column.parent, exp.Select)
    )


def _outputs(tree: Judged) -> set[str]:
    """Names that the statement gives without AS: of parameters, and of outputs that a dialect names after their function."""
    names = {identifier.name.lower() for each in tree.find_all(exp.Lambda) for identifier in each.expressions}
    for call in tree.find_all(exp.Func):
        names |= {
            name.lower() for name in ((call.name,) if isinstance(call, exp.Anonymous) else call.sql_names())
        }
    if tree.find(exp.Values) is not None:
        names |= {f"column{number}" for number in range(1, 30)}
    return names


def _is_text(identifier: exp.Identifier, dialect: str) -> bool:
    """Whether it is no column but text in the wrong quotes."""
    return bool(identifier.args.get("quoted")) and dialect in _QUOTED_IS_TEXT


def _in_hole(unknown: UnknownName, statement: SourceStatement) -> bool:
    start = len(statement.sql[: unknown.start].encode())
    end = len(statement.sql[: unknown.end].encode())
    return any(start < hole.end and hole.start < end for hole in statement.holes)
