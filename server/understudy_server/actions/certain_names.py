"""Which unknown names are certainly unknown: a false alarm costs more than a misspelling that execution finds anyway."""

import re
from collections.abc import Iterator
from typing import Literal

from attrs import frozen
from sqlglot import exp

from understudy_knowledge.catalog.model import Catalog
from understudy_server.actions.statements import SourceStatement
from understudy_server.completion.unknown_names import UnknownName, unknown_names

Judged = exp.Query | exp.Insert | exp.Update | exp.Delete
_ROW_IDS = frozenset("rowid oid _rowid_ ctid tableoid xmin xmax cmin cmax rownum rank filename".split())
_ROWS = frozenset(("excluded", "new", "old", "inserted", "deleted"))
"""What upserts and triggers call the rows they work on."""
_UNITS = frozenset(
    "year quarter month week day hour minute second millisecond microsecond dow doy epoch".split()
)
_SYSTEM = re.compile(r"sqlite_|pg_|information_schema|duckdb_", re.IGNORECASE)
_FILE = re.compile(r"[./\\*]")
"""What a table's name has that is the path of a file, or a pattern of paths: `'data/x.csv'`."""
_QUOTED_IS_TEXT = frozenset(("sqlite", "mysql"))


@frozen
class UnknownPart:
    """An unknown name and what part of the statement it is."""

    name: UnknownName
    part: Literal["table", "relation", "column"]
    """A table read from, what stands before a column's dot, or a column."""


def certainly_unknown(
    tree: Judged, statement: SourceStatement, catalog: Catalog, dialect: str, made: frozenset[str]
) -> Iterator[UnknownPart]:
    """The unknown names that no hole and no peculiarity of the dialect explains.

    `made` are tables, in lower case, that the document makes or changes itself: of those nothing is certain.
    """
    if _is_open(tree, statement):
        return
    identifiers = {node.meta.get("start"): node for node in tree.find_all(exp.Identifier)}
    tables = {table: catalog.meant(table) for table in tree.find_all(exp.Table)}
    fields = {column.name.lower() for known in tables.values() if known for column in known.columns}
    outputs = _outputs(tree) | {name.lower() for table in tables for name in (table.name, table.alias)}
    # Of some tables not all columns are known, and a hole among the outputs may name others.
    loose = _holds_bare_hole(tree, statement) or any(
        table.name.lower() in made or (known and (known.partial or not known.columns))
        for table, known in tables.items()
    )
    for unknown in unknown_names(tree, catalog):
        identifier = identifiers.get(unknown.start)
        if identifier is None or _in_hole(unknown, statement):
            continue
        parent, name = identifier.parent, unknown.name.lower()
        if isinstance(parent, exp.Table):
            is_index = parent.arg_key == "indexed"
            elsewhere = parent.db or _SYSTEM.match(name) or _FILE.search(name) or name in made
            if not is_index and not elsewhere:
                yield UnknownPart(unknown, "table")
        elif not isinstance(parent, exp.Column):
            continue
        elif identifier.arg_key == "table":
            # A column may be a record, and what stands behind its dot a field.
            if name not in _ROWS | fields:
                yield UnknownPart(unknown, "relation")
        elif parent.table:
            if not loose and name not in _ROW_IDS:
                yield UnknownPart(unknown, "column")
        elif not loose and name not in _ROW_IDS | outputs and not _is_word(parent, identifier, dialect):
            yield UnknownPart(unknown, "column")


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


def _is_word(column: exp.Column, identifier: exp.Identifier, dialect: str) -> bool:
    """Whether it is no column at all: a unit of time given to a function, or text in the wrong quotes."""
    if identifier.args.get("quoted"):
        return dialect in _QUOTED_IS_TEXT
    return column.name.lower() in _UNITS and isinstance(column.parent, exp.Func)


def _in_hole(unknown: UnknownName, statement: SourceStatement) -> bool:
    start = len(statement.sql[: unknown.start].encode())
    end = len(statement.sql[: unknown.end].encode())
    return any(start < hole.end and hole.start < end for hole in statement.holes)
