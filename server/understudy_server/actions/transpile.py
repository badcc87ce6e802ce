"""A statement in another dialect, where the two are known to mean the same."""

import logging
from collections.abc import Iterator

import sqlglot
from sqlglot import exp
from sqlglot.errors import ErrorLevel, SqlglotError

from understudy_knowledge.catalog.model import Catalog
from understudy_server.actions.declined import DeclinedError
from understudy_server.actions.grouping import ungrouped
from understudy_server.actions.statements import SourceStatement

TARGETS = ("duckdb", "postgres", "sqlite")
"""Those that are offered besides the project's own; the command takes any."""
NAMES = {
    "bigquery": "BigQuery", "clickhouse": "ClickHouse", "databricks": "Databricks", "duckdb": "DuckDB", "hive": "Hive",
    "mysql": "MySQL", "oracle": "Oracle", "postgres": "PostgreSQL", "redshift": "Redshift", "snowflake": "Snowflake",
    "spark": "Spark", "sqlite": "SQLite", "trino": "Trino", "tsql": "T-SQL",
}  # fmt: skip
# There LIKE does not tell capitals from small letters.
_LIKE_IGNORES_CASE = frozenset(("sqlite", "mysql", "tsql"))
# There a value of any type stands in any column, and is compared as what it is.
_LOOSE_TYPES = frozenset(("sqlite",))
_GROUPS_LOOSELY = frozenset(("sqlite", "mysql"))
_LETTER = str.isalpha


def transpiled(statement: SourceStatement, source: str, target: str, catalog: Catalog) -> str:
    """The statement in the dialect `target`. Raises DeclinedError where it would mean something else there, or may.

    That it is read back as what it was is necessary, and checked; beyond it known differences of the engines are looked at.
    """
    if source == target:
        raise DeclinedError(f"it is {NAMES.get(target, target)} already")
    try:
        tree = sqlglot.parse_one(statement.sql, read=source or None)
        sql = _written(tree, target)
        back = _written(sqlglot.parse_one(sql, read=target), source)
        again = _written(sqlglot.parse_one(back, read=source or None), target)
    except (SqlglotError, RecursionError, ValueError) as error:
        raise DeclinedError(f"{NAMES.get(target, target)} has no way to say it") from error
    if not isinstance(tree, exp.Query):
        raise DeclinedError("only queries are converted")
    if reason := next(_differences(tree, source, target, catalog), None):
        raise DeclinedError(reason)
    if back != _written(tree, source) and again != sql:
        raise DeclinedError(f"read back from {NAMES.get(target, target)} it is not the same")
    return sql


def _written(tree: exp.Expr, dialect: str) -> str:
    # What cannot be said is an error here, and a warning in the log of nobody.
    logging.getLogger("sqlglot").setLevel(logging.ERROR)
    return tree.sql(dialect=dialect or None, comments=False, unsupported_level=ErrorLevel.RAISE)


def _differences(tree: exp.Expr, source: str, target: str, catalog: Catalog) -> Iterator[str]:
    """What the two engines answer differently although they are asked the same."""
    if (source in _LIKE_IGNORES_CASE) != (target in _LIKE_IGNORES_CASE):
        for like in tree.find_all(exp.Like):
            pattern = like.expression
            if not isinstance(pattern, exp.Literal) or any(map(_LETTER, pattern.name)):
                yield "one of the two dialects tells capitals apart in LIKE and the other does not"
    if source in _GROUPS_LOOSELY and target not in _GROUPS_LOOSELY and any(ungrouped(tree)):
        yield f"it shows a column that it does not group by, which {NAMES.get(target, target)} refuses"
    if source in _LOOSE_TYPES and target not in _LOOSE_TYPES:
        yield from _loose(tree, catalog)
    if "sqlite" in (source, target) and tree.find(exp.Div, exp.IntDiv):
        yield "the two dialects divide whole numbers differently"
    for call in tree.find_all(exp.Anonymous):
        yield f"{call.name} is not known to mean the same in both dialects"


def _loose(tree: exp.Expr, catalog: Catalog) -> Iterator[str]:
    """Values that are of another type than the column they are compared with, and text in the quotes of names."""
    columns = {column.name.lower(): column for table in catalog.tables for column in table.columns}
    given = {name.lower() for select in tree.find_all(exp.Select) for name in select.named_selects}
    for column in tree.find_all(exp.Column):
        quoted = isinstance(column.this, exp.Identifier) and column.this.args.get("quoted")
        if quoted and column.name.lower() not in columns.keys() | given:
            yield f"“{column.name}” may be a text in the quotes of a name"
    for compared in tree.find_all(exp.Binary):
        for one, value in ((compared.left, compared.right), (compared.right, compared.left)):
            if isinstance(one, exp.Column) and isinstance(value, exp.Literal):
                known = columns.get(one.name.lower())
                family = known.family if known is not None and known.family != "unknown" else ""
                if (family == "text" and not value.is_string) or (
                    family in ("integer", "number") and value.is_string
                ):
                    yield f"{one.name} is compared with a value of another type, which only SQLite takes"
