"""Which tables and columns a statement touches. Tolerant: what cannot be resolved is left out, nothing raises."""

import sqlglot
from sqlglot import exp
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, traverse_scope

from understudy_knowledge.catalog import Catalog
from understudy_knowledge.memory.records import Lineage
from understudy_knowledge.memory.tokens import masked_tokens, too_deep


def lineage(sql: str, catalog: Catalog, dialect: str = "sqlite") -> Lineage:
    """Tables as written or, without parsing, as the catalog knows them; columns only where their table is certain."""
    if not too_deep(sql):
        try:
            tree = sqlglot.parse_one(sql, read=dialect)
        except Exception:  # sqlglot fails on odd input in many ways
            return _from_tokens(sql, catalog)
        if not isinstance(tree, exp.Command):
            return _from_tree(tree, catalog, dialect)
    return _from_tokens(sql, catalog)


def _from_tree(tree: exp.Expr, catalog: Catalog, dialect: str) -> Lineage:
    ctes = {cte.alias.lower() for cte in tree.find_all(exp.CTE)}
    tables = {table.name.lower() for table in tree.find_all(exp.Table) if table.name} - ctes
    # Only the statement's tables: building sqlglot's schema for a whole warehouse costs far more than the statement.
    schema: dict[str, object] = {
        table.name: {column.name: column.type or "TEXT" for column in table.columns}
        for table in map(catalog.table, sorted(tables))
        if table is not None
    }
    try:
        qualified = qualify(
            tree.copy(),
            schema=schema,
            dialect=dialect,
            validate_qualify_columns=False,
            quote_identifiers=False,
        )
        columns = {name for scope in traverse_scope(qualified) for name in _columns_of(scope)}
    except Exception:  # not every statement can be qualified
        columns = _unscoped_columns(tree, tables, catalog)
    if not columns:
        columns = _unscoped_columns(tree, tables, catalog)  # UPDATE and DELETE have no scopes
    return Lineage(tuple(sorted(tables)), tuple(sorted(columns)))


def _columns_of(scope: Scope) -> set[str]:
    columns = set()
    for column in scope.columns:
        source = scope.sources.get(column.table)
        if isinstance(source, exp.Table) and not isinstance(column.this, exp.Star):
            columns.add(f"{source.name}.{column.name}".lower())
    return columns


def _unscoped_columns(tree: exp.Expr, tables: set[str], catalog: Catalog) -> set[str]:
    aliases = {table.alias_or_name.lower(): table.name.lower() for table in tree.find_all(exp.Table)}
    columns = set()
    for column in tree.find_all(exp.Column):
        named = aliases.get(column.table.lower(), "") if column.table else ""
        owners = [each for each in ({named} if named else tables) if catalog.column(each, column.name)]
        if len(owners) == 1:
            columns.add(f"{owners[0]}.{column.name}".lower())
    return columns


def _from_tokens(sql: str, catalog: Catalog) -> Lineage:
    names = set(masked_tokens(sql, keep_names=True).lower().split())
    tables = {name for name in names if catalog.table(name) is not None}
    columns = set()
    for name in names:
        owners = [table for table in tables if catalog.column(table, name)]
        if len(owners) == 1:
            columns.add(f"{owners[0]}.{name}")
    return Lineage(tuple(sorted(tables)), tuple(sorted(columns)))
