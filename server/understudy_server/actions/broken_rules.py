"""What a statement's dialect certainly refuses although every name in it is known: grouping, types, functions of others."""

import re
from collections.abc import Iterator

from sqlglot import exp

from understudy_server.actions.foreign_functions import foreign_functions
from understudy_server.actions.grouping import ungrouped
from understudy_server.actions.own_tables import WithOwn
from understudy_server.actions.problem import Problem
from understudy_server.actions.statements import SourceStatement

# Those that refuse a column which is neither grouped by nor aggregated; MySQL can be set to take it, SQLite takes it.
_GROUP_STRICTLY = frozenset(
    ("postgres", "duckdb", "bigquery", "snowflake", "tsql", "redshift", "oracle", "trino", "presto")
)
# There the rows of a group agree in all columns of a table whose key is grouped by.
_KEYS_COUNT = frozenset(("postgres",))
_NO_TEXT_AS_NUMBER = frozenset(("postgres", "bigquery", "trino", "presto"))
_NO_SUM_OF_TEXT = _NO_TEXT_AS_NUMBER | {"duckdb"}
_TEXT = re.compile(r"(?:n?(?:var)?char|character|text|string|clob)\b", re.IGNORECASE)
_AGGREGATES = (exp.Count, exp.Sum, exp.Avg, exp.Min, exp.Max)
_COMPARES = (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE)


def broken_rules(
    tree: exp.Expr, statement: SourceStatement, tables: WithOwn, dialect: str
) -> Iterator[Problem]:
    """The problems, spans counted from the statement's beginning. Silent where a hole may change what is meant."""
    for start, end, message in foreign_functions(statement, dialect):
        yield Problem(statement.place(start, end), message, "dialect")
    if statement.holes or tree.find(exp.Pivot, exp.Lateral) is not None:
        return
    yield from _misplaced(tree, statement)
    if dialect in _GROUP_STRICTLY:
        yield from _ungrouped(tree, statement, tables, dialect)
    if dialect in _NO_SUM_OF_TEXT:
        yield from _types(tree, statement, tables, dialect)


def _misplaced(tree: exp.Expr, statement: SourceStatement) -> Iterator[Problem]:
    """Aggregates in WHERE: rows are chosen before they are grouped."""
    for where in tree.find_all(exp.Where):
        query = where.parent
        # Below another query an aggregate may be one of that query's groups.
        if not isinstance(query, exp.Select) or query.find_ancestor(exp.Select) is not None:
            continue
        for call in where.find_all(*_AGGREGATES):
            # Of several arguments SQLite's MAX and MIN are no aggregates.
            plain = not call.expressions and not isinstance(call.parent, exp.Window)
            column = call.find(exp.Column)
            if plain and column is not None and call.find_ancestor(exp.Select) is query:
                name = call.sql_name()
                message = (
                    f"{name} stands in WHERE, where rows are not grouped yet; put the condition into HAVING"
                )
                yield from _at(column, statement, message, "misplaced aggregate")


def _ungrouped(
    tree: exp.Expr, statement: SourceStatement, tables: WithOwn, dialect: str
) -> Iterator[Problem]:
    for column in ungrouped(tree):
        if dialect in _KEYS_COUNT and _follows_from_key(column, tables):
            continue
        message = f"{column.name} is neither grouped by nor aggregated; add it to GROUP BY, or aggregate it"
        yield from _at(column, statement, message, "ungrouped column")


def _follows_from_key(column: exp.Column, tables: WithOwn) -> bool:
    """Whether the key of a table that has the column may be grouped by, or no key of it is known."""
    query = column.find_ancestor(exp.Select)
    group = query.args.get("group") if query is not None else None
    grouped = {key.name.lower() for key in group.expressions} if group is not None else set()
    for table in query.find_all(exp.Table) if query is not None else ():
        known = tables.table(table.name)
        if known is None or not known.primary_key or {key.lower() for key in known.primary_key} <= grouped:
            return bool(grouped)
    return False


def _types(tree: exp.Expr, statement: SourceStatement, tables: WithOwn, dialect: str) -> Iterator[Problem]:
    """Columns of text that are compared with numbers or added up, where all relations are tables with known types."""
    sources = list(tree.find_all(exp.Table))
    if tree.find(exp.CTE, exp.Subquery) is not None or not all(tables.table(each.name) for each in sources):
        return
    for column in tree.find_all(exp.Column):
        around = column.parent
        if around is None or not _TEXT.match(_type(column, sources, tables)):
            continue
        other = around.args.get("expression" if column.arg_key == "this" else "this")
        compared = isinstance(around, _COMPARES) and isinstance(other, exp.Literal) and not other.is_string
        if compared and dialect in _NO_TEXT_AS_NUMBER:
            yield from _at(column, statement, f"{column.name} is text and is compared with a number", "type")
        elif isinstance(around, exp.Sum | exp.Avg):
            message = f"{column.name} is text, of which there is no {around.sql_name()}"
            yield from _at(column, statement, message, "type")


def _type(column: exp.Column, sources: list[exp.Table], tables: WithOwn) -> str:
    """What the column is declared as, where it is of one table for certain; empty elsewhere."""
    owner, found = column.table.lower(), []
    for source in sources:
        if not owner or source.alias_or_name.lower() == owner:
            table = tables.table(source.name)
            known = table.column(column.name) if table is not None else None
            found += [known] if known is not None else []
    return found[0].type if len(found) == 1 else ""


def _at(column: exp.Expr, statement: SourceStatement, message: str, kind: str) -> Iterator[Problem]:
    start, end = column.this.meta.get("start"), column.this.meta.get("end")
    if start is not None and end is not None:
        yield Problem(statement.place(start, end + 1), message, kind)  # type: ignore[arg-type]
