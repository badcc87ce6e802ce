"""Magics: what a `%` line of a notebook makes of the text behind it, and the SQL there masked to its own bytes."""

import re
from typing import Literal

from attrs import frozen

from understudy_server.context.dialect.names import dialect_named
from understudy_server.context.jinja.masked import mask_jinja

Becomes = Literal["sql", "python", "other"]
"""What a cell magic makes of its cell."""

_SQL_MAGICS = {
    b"sql": "", b"sqlcmd": "", b"read_sql": "", b"execsql": "", b"ksql": "", b"trino": "trino",
    b"bigquery": "bigquery", b"bq": "bigquery", b"bqsql": "bigquery", b"bigquery_sql": "bigquery",
    b"duckdb": "duckdb", b"dql": "duckdb", b"sqlite": "sqlite", b"sqlite3": "sqlite", b"postgres": "postgres",
    b"postgresql": "postgres", b"psql": "postgres", b"mysql": "mysql", b"tsql": "tsql", b"mssql": "tsql",
    b"snowflake": "snowflake", b"redshift": "redshift", b"athena": "athena", b"clickhouse": "clickhouse",
    b"spark.sql": "spark", b"sparksql": "spark", b"spark_sql": "spark", b"sqlspark": "spark",
}  # fmt: skip
# Their cells are Python all the same.
_PYTHON_MAGICS = frozenset(
    b"time timeit capture prun memit mprun lprun debug python python3 pypy notify heat snakeviz scalene px autopx chime local ".split()
)
_MAGIC = re.compile(
    rb"(?P<indent>[ \t]*)(?P<percent>%%?|\#!)(?P<name>[A-Za-z][\w.-]*)(?=\s|\Z)(?P<rest>[^\r\n]*)"
)
_LINE_MAGIC = re.compile(
    rb"[ \t]*(?:[A-Za-z_][\w., \t]*(?:\[[^\]\r\n]*\])?[ \t]*=[ \t]*)?%(?P<name>[A-Za-z][\w.]*)(?=[ \t]|\r|\n|\Z)(?P<rest>[^\r\n]*)"
)
_BEGINS_SQL = re.compile(
    rb"(?<![\w\-./=:'\"])(?:select|with|insert|replace|update|delete|merge|create|alter|drop|truncate|explain|pragma|describe|show|use|set"
    rb"|call|copy|attach|install|load|summarize|pivot|from|values)(?=\s|\*|\(|\Z)",
    re.IGNORECASE,
)
_GOES_ON_IN_SQL = re.compile(
    rb"[ \t]*(?:from|where|join|left|inner|group|order|limit|having|union|on|and|or|as|,|\)|select|values|set)\b",
    re.IGNORECASE,
)
_URL = re.compile(rb"(?<![\w+])([A-Za-z]\w+)(?:\+\w+)?://")
_VARIABLE = re.compile(
    rb"\$\{[^{}\r\n]*\}|\{[A-Za-z_][\w.]*(?:\[[^\]{}\r\n]*\]|\([^(){}\r\n]*\))*(?:![rs])?\}|(?<![\w$])\$(?=[A-Za-z_]\w*(?![\w$]))"
)
_NOT_IDENTIFIER = re.compile(rb"[^A-Za-z0-9_]")
_NOT_LINE_END = re.compile(rb"[^\r\n]")
_SHELL_LINE = re.compile(rb"^[ \t]*(?:%|!|\?|[\w.]+\?\??[ \t]*\r?$)", re.MULTILINE)
_ASSIGNED_MAGIC = re.compile(rb"^[ \t]*[A-Za-z_][\w., \t]*=[ \t]*(?P<magic>[%!][^\r\n]*)", re.MULTILINE)


@frozen
class Magic:
    """The magic that a cell begins with. `body` is where its text begins: below the line, or behind its options."""

    becomes: Becomes
    body: int
    dialect: str = ""
    """What the magic or its connection says; empty where neither does."""
    line: bytes = b""
    """The magic's line."""


@frozen
class SqlText:
    """SQL behind a magic. `masked` begins at `start` of the text that was read, byte for byte."""

    start: int
    masked: bytes
    dialect: str = ""
    one_line: bool = False
    """Whether it ends with its line."""
    margin: str = ""
    """What its lines begin with where it stands in comments."""


def magic_of_cell(text: bytes) -> Magic | None:
    """The magic on the first line of a cell that is not blank, or a comment; None when it is plain code."""
    at = _first_line(text)
    found = _MAGIC.match(text, at)
    if found is None:
        return None
    name, rest = found["name"], found["rest"]
    end = found.end()
    below = _next_line(text, end)
    if found["percent"] == b"%" and not _is_whole_cell(text, name, rest, below):
        return None
    if name.lower() in _PYTHON_MAGICS:
        return Magic("python", below, line=found.group())
    if not _takes_sql(name, rest):
        return Magic("other", below, line=found.group())
    return Magic("sql", _body(text, found.start("rest"), end, below), _dialect_of(name, rest), found.group())


def sql_of_cell(text: bytes, magic: Magic | None) -> SqlText:
    """The SQL of a whole cell: what stands below its magic, its variables masked to identifiers."""
    start = magic.body if magic else 0
    return SqlText(start, mask_variables(text[start:]), magic.dialect if magic else "")


def sql_of_line(text: bytes, offset: int) -> SqlText | None:
    """The SQL of a line magic at the offset: `%sql SELECT …`, also assigned, also over lines that end in a backslash."""
    start = text.rfind(b"\n", 0, offset) + 1
    while start and text[:start].rstrip(b"\r\n").endswith(b"\\"):
        start = text.rfind(b"\n", 0, start - 1) + 1
    found = _LINE_MAGIC.match(text, start)
    if found is None or not _takes_sql(found["name"], found["rest"]):
        return None
    end = found.end()
    while text[start:end].endswith(b"\\") and end < len(text):
        following = text.find(b"\n", end + 2)
        end = len(text) if following < 0 else following
        end -= text[end - 1 : end] == b"\r"
    body = _body(text, found.start("rest"), found.end(), found.end())
    if not body <= offset <= end:
        return None
    return SqlText(
        body,
        mask_variables(text[body:end].replace(b"\\\r\n", b" \r\n").replace(b"\\\n", b" \n")),
        _dialect_of(found["name"], found["rest"]),
        one_line=True,
    )


def mask_variables(sql: bytes) -> bytes:
    """`{{name}}`, `{name}`, `${name}` and `$name` as identifiers of the same length; `:name` stays the parameter it is."""
    masked = mask_jinja(sql)
    if b"{" in masked or b"$" in masked:
        masked = _VARIABLE.sub(lambda match: _NOT_IDENTIFIER.sub(b"_", match.group()), masked)
    return masked


def blank_magics(text: bytes) -> bytes:
    """Python with its magics, shell lines and questions blanked: the same bytes, and nothing in them that Python lacks."""
    if b"%" not in text and b"!" not in text and b"?" not in text:
        return text
    blanked = bytearray(text)
    done = 0
    for match in _SHELL_LINE.finditer(text):
        start = match.start()
        if start < done:
            continue
        done = _end_of_line(text, start)
        while done < len(text) and text[done - 1 : done] == b"\\":
            done = _end_of_line(text, _next_line(text, done))
        blanked[start:done] = _NOT_LINE_END.sub(b" ", text[start:done])
    for match in _ASSIGNED_MAGIC.finditer(blanked):
        start, end = match.span("magic")
        # Something has to be assigned.
        blanked[start:end] = b"0" + b" " * (end - start - 1)
    return bytes(blanked)


def _end_of_line(text: bytes, at: int) -> int:
    """The end of the line, before its line end."""
    end = text.find(b"\n", at)
    end = len(text) if end < 0 else end
    return end - 1 if end > at and text[end - 1 : end] == b"\r" else end


def _first_line(text: bytes) -> int:
    """Where the first line begins that is neither blank nor a comment."""
    at = 0
    while at < len(text):
        end = _next_line(text, at)
        line = text[at:end].strip()
        if line and (not line.startswith((b"#", b"--")) or line.startswith(b"#!")):
            break
        at = end
    return at


def _next_line(text: bytes, at: int) -> int:
    end = text.find(b"\n", at)
    return len(text) if end < 0 else end + 1


def _is_whole_cell(text: bytes, name: bytes, rest: bytes, below: int) -> bool:
    """Whether a magic of one percent sign takes the lines below too, as Databricks has it."""
    if (
        name.lower() in (b"md", b"sh", b"scala", b"r", b"fs", b"run", b"pip")
        or name.lower() not in _SQL_MAGICS
    ):
        return name.lower() in (b"md", b"sh", b"scala", b"r")
    following = text[below:].lstrip()
    if rest.strip():
        return bool(_BEGINS_SQL.search(rest)) and bool(_GOES_ON_IN_SQL.match(following))
    return bool(_BEGINS_SQL.match(following)) or following[:2] in (b"--", b"/*") or not following


def _takes_sql(name: bytes, rest: bytes) -> bool:
    lowered = name.lower()
    if lowered == b"spark":
        return b"-c sql" in rest
    return lowered in _SQL_MAGICS or lowered.startswith((b"sql-", b"sql_"))


def _body(text: bytes, rest: int, end: int, below: int) -> int:
    """Where the SQL begins on the magic's line, `rest` to `end`; else `below` it."""
    assigned = text.find(b"<<", rest, end)
    if assigned >= 0:
        behind = assigned + 2
        return behind if text[behind:end].strip() else below
    found = _BEGINS_SQL.search(text, rest, end)
    if found:
        return found.start()
    # `%sql ` with nothing behind it yet, or with a word being typed.
    return below if below > end else min(rest + 1, end)


def _dialect_of(name: bytes, rest: bytes) -> str:
    if url := _URL.search(rest):
        return dialect_named(url.group(1).decode("ascii", "ignore"))
    return "spark" if name.lower() == b"spark" else _SQL_MAGICS.get(name.lower(), "")
