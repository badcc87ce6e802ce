"""Which database the Python around a string talks to: imports, connections and the URLs of engines, read without a parser."""

import re
from collections.abc import Iterator
from functools import lru_cache

from understudy_server.context.dialect_names import dialect_named
from understudy_server.context.document import Document
from understudy_server.context.query_context import Span

HEAD_BYTES = 8_000
NEAR_BYTES = 8_000
BESIDE_BYTES = 120

_MODULES = {
    "sqlite3": "sqlite", "aiosqlite": "sqlite", "apsw": "sqlite", "sqlite_utils": "sqlite", "pysqlite3": "sqlite",
    "duckdb": "duckdb", "duckdb_engine": "duckdb",
    "psycopg": "postgres", "psycopg2": "postgres", "psycopg_pool": "postgres", "asyncpg": "postgres", "pg8000": "postgres",
    "aiopg": "postgres", "sqlalchemy.dialects.postgresql": "postgres", "django.contrib.postgres": "postgres",
    "airflow.providers.postgres": "postgres", "dagster_postgres": "postgres", "prefect_sqlalchemy.postgres": "postgres",
    "pymysql": "mysql", "MySQLdb": "mysql", "mysql": "mysql", "mysqlclient": "mysql", "aiomysql": "mysql", "asyncmy": "mysql",
    "mariadb": "mysql", "sqlalchemy.dialects.mysql": "mysql", "airflow.providers.mysql": "mysql",
    "google.cloud.bigquery": "bigquery", "pandas_gbq": "bigquery", "bigframes": "bigquery", "sqlalchemy_bigquery": "bigquery",
    "airflow.providers.google.cloud.operators.bigquery": "bigquery", "airflow.providers.google.cloud.hooks.bigquery": "bigquery",
    "dagster_gcp": "bigquery", "prefect_gcp.bigquery": "bigquery", "google.cloud.bigquery_storage": "bigquery",
    "snowflake.connector": "snowflake", "snowflake.snowpark": "snowflake", "snowflake.sqlalchemy": "snowflake",
    "airflow.providers.snowflake": "snowflake", "dagster_snowflake": "snowflake", "prefect_snowflake": "snowflake",
    "pymssql": "tsql", "pytds": "tsql", "aioodbc": "tsql", "mssql_python": "tsql", "sqlalchemy.dialects.mssql": "tsql",
    "airflow.providers.microsoft.mssql": "tsql",
    "pyspark": "spark", "delta": "spark", "databricks": "spark", "airflow.providers.apache.spark": "spark",
    "airflow.providers.databricks": "spark",
    "redshift_connector": "redshift", "airflow.providers.amazon.aws.hooks.redshift_sql": "redshift",
    "sqlalchemy.dialects.sqlite": "sqlite", "airflow.providers.sqlite": "sqlite",
}  # fmt: skip
# ODBC reaches any database; alone, most often SQL Server.
_LAST_RESORT = {"pyodbc": "tsql"}

_IMPORT = re.compile(
    rb"^[ \t>.]*(?:from[ \t]+([\w.]+)[ \t]+import[ \t]+(\([^)]*\)|[^\r\n#]+)|import[ \t]+([\w., \t]+))",
    re.MULTILINE,
)
_SCHEME = re.compile(rb"([A-Za-z]\w+)(?:\+\w+)?\Z")
_DRIVER = re.compile(rb"\bdriver(?:name)?[ \t]*=[ \t]*\{?[\"']?\{?([A-Za-z][\w ]+)", re.IGNORECASE)
_BINDING = re.compile(
    rb"[ \t]*(?P<name>[A-Za-z_][\w.]*)[ \t]*(?::[^=]{1,40})?=[ \t]*(?:await[ \t]+)?(?P<value>[A-Za-z_].*)"
)
_HELD = re.compile(
    rb"[ \t]*(?:async[ \t]+)?with[ \t]+(?:await[ \t]+)?(?P<value>[A-Za-z_].*?\))[ \t]+as[ \t]+(?P<name>\w+)"
)
_EXTENSION = re.compile(rb"^[ \t]*%(?:re)?load_ext[ \t]+([\w.]+)", re.MULTILINE)
_PATH = re.compile(rb"[A-Za-z_][\w.]*")
_CALLED_ON = {
    b"duckdb": "duckdb",
    b"spark": "spark",
    b"sqlite3": "sqlite",
    b"SparkSession": "spark",
    b"bigquery": "bigquery",
}
_TEXT_OF_INTEREST = tuple(
    sorted(
        {name.split(".")[-1].encode() for name in (*_MODULES, *_LAST_RESORT)} | {b"://", b"spark", b"river"}
    )
)


def dialect_beside(document: Document, literal: Span, code: bytes = b"") -> str:
    """The dialect that the Python around a string literal says, or ""; reads 16 KB above it and a line beside it.

    `code` stands above the document: that of a notebook's earlier cells.
    """
    line = document.line_at(literal.start)
    above = document.line_start(line)
    before = document.slice(max(above, literal.start - BESIDE_BYTES), literal.start)
    if not before.strip() and line:
        before = document.slice(
            max(document.line_start(line - 1), literal.start - BESIDE_BYTES), literal.start
        )
    after = document.slice(literal.end, min(literal.end + BESIDE_BYTES, len(document)))
    return dialect_of_code(code + code_above(document, above), before, after)


def code_above(document: Document, end: int) -> bytes:
    """The head of the document and what stands right above the line that begins at `end`: whole lines, at most 16 KB."""
    if end <= HEAD_BYTES + NEAR_BYTES:
        return document.slice(0, end)
    head = document.slice(0, HEAD_BYTES)
    near = document.slice(end - NEAR_BYTES, end)
    return head[: head.rfind(b"\n") + 1] + near[near.find(b"\n") + 1 :]


def dialect_of_code(code: bytes, before: bytes = b"", after: bytes = b"") -> str:
    """The dialect that code above a string says, or ""; `before` and `after` stand beside the string in its statement.

    A connection that is named beside the string decides, the nearest first; else what all of the code agrees on.
    """
    names, said, imported = _read(code)
    beside = [*reversed(_PATH.findall(before)), *_PATH.findall(after)]
    for path in beside:
        if found := _resolve(path, names) or _CALLED_ON.get(path.partition(b".")[0], ""):
            return found
    for evidence in (said, imported):
        if len(evidence) == 1:
            return next(iter(evidence))
    return ""


@lru_cache(32)
def _read(code: bytes) -> tuple[dict[bytes, str], frozenset[str], frozenset[str]]:
    """(dialects of names, dialects that are connected to, dialects that are imported) in the code."""
    if not any(word in code for word in _TEXT_OF_INTEREST):
        return {}, frozenset(), frozenset()
    names: dict[bytes, str] = {}
    imported = _imports(code, names)
    said = set(_schemes(code))
    for match in _DRIVER.finditer(code) if b"river" in code else ():
        if found := _of_driver(match.group(1)):
            said.add(found)
    for line in code.split(b"\n"):
        if b"=" in line or b" as " in line:
            binding = _BINDING.match(line) or _HELD.match(line)
            if binding and (found := _of_value(binding["value"], names)):
                names[binding["name"]] = found
                if b"(" in binding["value"]:
                    said.add(found)
    return names, frozenset(said), frozenset(imported)


def _imports(code: bytes, names: dict[bytes, str]) -> set[str]:
    """The dialects of imported modules; `names` gets what they are bound to."""
    imported: set[str] = set()
    last_resort: set[str] = set()
    for match in _IMPORT.finditer(code) if b"import" in code else ():
        source, bound, modules = match.groups()
        pairs = (
            [(source + b"." + name, alias) for name, alias in _aliases(bound.strip(b"()"))]
            if source
            else _aliases(modules)
        )
        for path, alias in pairs:
            if found := _of_module(path):
                imported.add(found)
                names[alias] = found
            elif other := _LAST_RESORT.get(path.decode("ascii", "ignore")):
                last_resort.add(other)
    for match in _EXTENSION.finditer(code) if b"load_ext" in code else ():
        if found := _of_module(match.group(1)):
            imported.add(found)
    return imported or last_resort


def _aliases(names: bytes) -> list[tuple[bytes, bytes]]:
    pairs = []
    for part in names.split(b","):
        words = part.split()
        if words:
            pairs.append((words[0], words[2] if len(words) > 2 and words[1] == b"as" else words[0]))
    return pairs


def _of_module(path: bytes) -> str:
    """The dialect of a dotted module path, by its longest known beginning."""
    name = path.decode("ascii", "ignore")
    while name:
        if found := _MODULES.get(name):
            return found
        name = name.rpartition(".")[0]
    return ""


def _of_value(value: bytes, names: dict[bytes, str]) -> str:
    """The dialect of what is assigned: a call on a known name, or one that takes an engine's URL."""
    if b"://" in value:
        return next(_schemes(value), "")
    path = value.partition(b"(")[0].strip()
    return (
        _resolve(path, names)
        or (_of_module(path) if b"." in path else "")
        or _CALLED_ON.get(path.partition(b".")[0], "")
    )


def _resolve(path: bytes, names: dict[bytes, str]) -> str:
    """The dialect of a dotted name, by its longest beginning that is known."""
    while path:
        if found := names.get(path):
            return found
        path = path.rpartition(b".")[0]
    return ""


def _schemes(code: bytes) -> Iterator[str]:
    """The dialects of the URLs in the code."""
    position = 0
    while (position := code.find(b"://", position)) >= 0:
        scheme = _SCHEME.search(code, max(position - 40, 0), position)
        if scheme and (found := dialect_named(scheme.group(1).decode("ascii", "ignore"))):
            yield found
        position += 3


def _of_driver(name: bytes) -> str:
    """The dialect of an ODBC driver or of `URL.create(drivername=…)`."""
    words = name.decode("ascii", "ignore").lower()
    for part, dialect in (("sql server", "tsql"), ("postgres", "postgres"), ("mysql", "mysql"), ("redshift", "redshift"),
                          ("snowflake", "snowflake"), ("sqlite", "sqlite"), ("mssql", "tsql"), ("spark", "spark")):  # fmt: skip
        if part in words:
            return dialect
    return ""
