"""Which database the Python around a string talks to: imports, connections and the URLs of engines, read without a parser."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from attrs import frozen

from understudy_server.context.dialect.names import dialect_named
from understudy_server.context.query_context import Span
from understudy_server.context.text.document import Document

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
    rb"[ \t>.]*(?:from[ \t]+([\w.]+)[ \t]+import[ \t]+(\([^)]*\)|[^\r\n#]+)|import[ \t]+([\w., \t]+))"
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
# On lines with these something may be connected to, whatever is imported.
_CONNECTING = (b"connect", b"create_engine", b"Client(", b"://", *(name + b"." for name in _CALLED_ON))


@frozen
class _Evidence:
    """What code says: the dialects of names in it, of what is connected to, of what is imported."""

    names: tuple[tuple[bytes, str], ...] = ()
    said: frozenset[str] = frozenset()
    imported: frozenset[str] = frozenset()
    last_resort: frozenset[str] = frozenset()


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
    return dialect_of_code((code, *code_above(document, above)), before, after)


def code_above(document: Document, end: int) -> tuple[bytes, bytes]:
    """The head of the document, and what stands right above the line that begins at `end`: whole lines, at most 16 KB."""
    if end <= HEAD_BYTES:
        return document.slice(0, end), b""
    head = document.slice(0, HEAD_BYTES)
    near = document.slice(max(end - NEAR_BYTES, HEAD_BYTES), end)
    cut = near.find(b"\n") + 1 if end - NEAR_BYTES > HEAD_BYTES else 0
    return (head, near) if not cut else (head[: head.rfind(b"\n") + 1], near[cut:])


def dialect_of_code(code: Sequence[bytes], before: bytes = b"", after: bytes = b"") -> str:
    """The dialect that code above a string says, or ""; `before` and `after` stand beside the string in its statement.

    `code` is read in portions, each remembered. A connection that is named beside the string decides, the nearest first;
    else what all of the code agrees on.
    """
    evidence = _Evidence()
    for portion in code:
        evidence = _read(portion, evidence) if portion else evidence
    names = dict(evidence.names)
    beside = [*reversed(_PATH.findall(before)), *_PATH.findall(after)]
    for path in beside:
        if found := _resolve(path, names) or _CALLED_ON.get(path.partition(b".")[0], ""):
            return found
    for agreed in (evidence.said, evidence.imported, evidence.last_resort):
        if agreed:
            return next(iter(agreed)) if len(agreed) == 1 else ""
    return ""


@lru_cache(32)
def _read(code: bytes, above: _Evidence) -> _Evidence:
    """What the code says together with what stands above it."""
    names = dict(above.names)
    imported, last_resort = _imports(code, names)
    said = set(_schemes(code))
    for match in _DRIVER.finditer(code) if b"river" in code else ():
        if found := _of_driver(match.group(1)):
            said.add(found)
    lines: dict[int, bytes] = {}
    words = [*_CONNECTING, *names]
    while words:
        word = words.pop()
        for start, line in _lines_with(code, word if word in _CONNECTING else b" " + word + b"."):
            if start not in lines:
                lines[start] = line
                name, found = _binding(line, names)
                if found and name not in names:
                    names[name] = found
                    words.append(name)
    for start in sorted(lines):
        name, found = _binding(lines[start], names)
        if found:
            names[name] = found
            said.add(found)
    return _Evidence(
        tuple(names.items()),
        above.said | said,
        above.imported | imported,
        above.last_resort | last_resort,
    )


def _lines_with(code: bytes, word: bytes) -> Iterator[tuple[int, bytes]]:
    """(start, text) of the lines that hold the word."""
    position = 0
    while (position := code.find(word, position)) >= 0:
        start = code.rfind(b"\n", 0, position) + 1
        end = code.find(b"\n", position + 1)
        position = len(code) if end < 0 else end
        yield start, code[start:position]


def _binding(line: bytes, names: dict[bytes, str]) -> tuple[bytes, str]:
    """(name, dialect) of what a line assigns or holds open; the dialect is empty where it is no connection."""
    binding = _BINDING.match(line) or _HELD.match(line)
    if binding is None or b"(" not in binding["value"]:
        return b"", ""
    return binding["name"], _of_value(binding["value"], names)


def _imports(code: bytes, names: dict[bytes, str]) -> tuple[set[str], set[str]]:
    """(dialects of imported modules, those of modules that reach any); `names` gets what they are bound to."""
    imported: set[str] = set()
    last_resort: set[str] = set()
    for start, _ in _lines_with(code, b"import"):
        match = _IMPORT.match(code, start)
        if match is None:
            continue
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
    return imported, last_resort


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
