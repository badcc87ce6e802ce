"""The catalog of a PostgreSQL database, from its system tables in one read-only transaction."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from attrs import define, evolve

from understudy_knowledge.catalog.merge import resolve_keys
from understudy_knowledge.catalog.model import Catalog, Column, ForeignKey, Table
from understudy_knowledge.catalog.postgres_connection import connected
from understudy_knowledge.catalog.postgres_samples import Sampler
from understudy_knowledge.catalog.postgres_url import shown
from understudy_knowledge.catalog.samples import typed_family

if TYPE_CHECKING:
    from psycopg import Connection

MOST_TABLES = 10_000
SAMPLE_SECONDS = 3.0
_Key = int
"""The object id of a table."""

_TABLES = """
SELECT c.oid, n.nspname, c.relname, c.relkind::text, c.reltuples::float8, obj_description(c.oid, 'pg_class')
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
  AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
  AND (cardinality(%(schemas)s::text[]) = 0 OR n.nspname = ANY (%(schemas)s::text[]))
ORDER BY n.nspname, c.relname LIMIT %(most)s
"""
_COLUMNS = """
SELECT a.attrelid, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, col_description(a.attrelid, a.attnum),
  (SELECT array_agg(e.enumlabel::text ORDER BY e.enumsortorder) FROM pg_catalog.pg_enum e WHERE e.enumtypid = a.atttypid)
FROM pg_catalog.pg_attribute a
WHERE a.attrelid = ANY (%s::oid[]) AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attrelid, a.attnum
"""
_KEYS = """
SELECT k.conrelid, k.contype::text, k.confrelid,
  ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY AS part (number, place)
    JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = part.number ORDER BY part.place),
  ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY AS part (number, place)
    JOIN pg_catalog.pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = part.number ORDER BY part.place)
FROM pg_catalog.pg_constraint k
WHERE k.contype IN ('p', 'f') AND k.conrelid = ANY (%s::oid[])
ORDER BY k.conrelid, k.conname
"""
_MARK = """
SELECT md5(string_agg(concat_ws(',', a.attrelid, c.relname, c.relnamespace, a.attname, a.atttypid, a.atttypmod,
  a.attnotnull), ';' ORDER BY a.attrelid, a.attnum))
FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition AND a.attnum > 0 AND NOT a.attisdropped
  AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
"""


def read_postgres(
    url: str,
    *,
    password_env: str = "",
    samples: bool = True,
    samples_per_column: int = 200,
    schemas: Sequence[str] = (),
    seconds: float = 10.0,
) -> Catalog:
    """Tables, views and foreign tables with types, keys, comments, row estimates and sample values.

    `schemas` are the namespaces to read; none means all but the system's. Partitions are their parent's. Samples are the
    planner's statistics, and of tables that were never analyzed a few first rows; both need the right to read the table.
    Raises DataSourceError within `seconds`, whatever the server does.
    """
    started = time.monotonic()
    with connected(url, password_env=password_env, seconds=seconds) as connection:
        read = _Reading(connection, shown(url))
        tables, truncated = read.tables(schemas)
        if samples:
            deadline = min(time.monotonic() + SAMPLE_SECONDS, started + seconds * 0.8)
            tables = Sampler(connection, samples_per_column, deadline).sampled(tables)
        path = connection.execute("SELECT current_schemas(false)").fetchone()
    notes = (
        (f"{shown(url)} has more than {MOST_TABLES:,} tables; name the schemas to read in data.schemas.",)
        if truncated
        else ()
    )
    catalog = Catalog(
        tuple(tables),
        "postgres",
        notes,
        complete=not truncated and not schemas,
        search_path=tuple(path[0]) if path else (),
    )
    return resolve_keys(catalog)


def mark_of_postgres(url: str, *, password_env: str = "", seconds: float = 10.0) -> str:
    """A word that changes when a table, column or type does. Raises DataSourceError within `seconds`."""
    with connected(url, password_env=password_env, seconds=seconds) as connection:
        row = connection.execute(_MARK).fetchone()
    return str(row[0]) if row else ""


@define
class _Reading:
    connection: "Connection[Any]"
    source: str

    def tables(self, schemas: Sequence[str]) -> tuple[list[Table], bool]:
        """The tables by namespace and name, and whether there were too many."""
        listed = self.connection.execute(
            _TABLES, {"schemas": list(schemas), "most": MOST_TABLES + 1}
        ).fetchall()
        truncated, listed = len(listed) > MOST_TABLES, listed[:MOST_TABLES]
        paths = {oid: f"{schema}.{name}" for oid, schema, name, *_ in listed}
        columns = _by_table(self.connection.execute(_COLUMNS, (list(paths),)), _column)
        primary, foreign = self._keys(paths)
        return [
            Table(
                name,
                tuple(
                    evolve(column, primary_key=column.name in primary.get(oid, ())) for column in columns[oid]
                ),
                foreign_keys=tuple(foreign[oid]),
                # Before the first ANALYZE the estimate is -1, and 0 in servers before PostgreSQL 14.
                rows=int(estimate) if estimate > 0 else None,
                kind="view" if kind in "vm" else "table",
                comment=comment or "",
                source=self.source,
                namespace=schema,
            )
            for oid, schema, name, kind, estimate, comment in listed
        ], truncated

    def _keys(self, paths: dict[_Key, str]) -> tuple[dict[_Key, set[str]], dict[_Key, list[ForeignKey]]]:
        primary: dict[_Key, set[str]] = {}
        foreign: dict[_Key, list[ForeignKey]] = defaultdict(list)
        for oid, kind, parent, names, targets in self.connection.execute(_KEYS, (list(paths),)):
            if kind == "p":
                primary[oid] = set(names)
            elif parent in paths:
                foreign[oid].append(ForeignKey(tuple(names), paths[parent], tuple(targets)))
        return primary, foreign


def _by_table(rows: Iterable[tuple[Any, ...]], made: Callable[..., Column]) -> dict[_Key, list[Column]]:
    columns: dict[_Key, list[Column]] = defaultdict(list)
    for oid, *values in rows:
        columns[oid].append(made(*values))
    return columns


def _column(
    name: str, declared: str, required: bool, comment: str | None, labels: list[str] | None
) -> Column:
    # The labels of an enumeration are part of its type, so they are known without a look at the data.
    return Column(
        name,
        declared,
        nullable=not required,
        samples=tuple(labels or ()),
        samples_complete=bool(labels),
        comment=comment or "",
        family="text" if labels else typed_family(declared, name),
    )
