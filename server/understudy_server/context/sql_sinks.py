"""Whether a Python string holds SQL: by the function that takes it, the name it is bound to, and how it reads."""

import re
from collections.abc import Sequence

from understudy_server.context.python_expression import Use

_SINKS = frozenset(
    "execute executemany executescript exec_driver_sql execute_sql execute_query execute_many sql text read_sql read_sql_query "
    "query run_query query_and_wait query_df query_arrow query_np fetch fetchrow fetchval fetchall fetchone fetch_all fetch_one "
    "fetch_val read_database read_database_uri from_query raw RawSQL SQL DDL mogrify prepare cursor_execute run_sql scalar scalars "
    "select_from_query extra get_records get_first get_df get_pandas_df select_sql literal_column validate_identity parse_one "
    "create_function execute_immediate".split()
)
# These take other things as often as SQL, so an empty string says nothing.
_VAGUE = frozenset(
    "query text fetch run_query from_query raw prepare SQL DDL scalar scalars extra literal_column cursor_execute "
    "get_first get_df parse_one validate_identity create_function".split()
)
# A text goes through these to what takes it.
_CARRIERS = frozenset("text SQL str literal DDL RawSQL Composed sql".split())
_CONNECTIONS = re.compile(
    r"(?:^|_)(?:con|conn|connection|client|db|database|duckdb|cursor|cur|engine|session|bq|bigquery|spark|warehouse|pool|tx)(?:\(\))?$"
)
_ARGUMENTS = frozenset(
    "sql query statement operation stmt clause sql_query select raw_sql sql_text querystring where".split()
)
_NAMED = re.compile(r"(?:^|_)(?:sqls?|quer(?:y|ies)|stmts?|ddl|dml|cte)(?:$|_|\d)", re.IGNORECASE)
_STARTERS = frozenset(
    "SELECT WITH INSERT REPLACE UPDATE DELETE MERGE CREATE ALTER DROP TRUNCATE EXPLAIN PRAGMA".split()
)
_COMMANDS = frozenset(
    "BEGIN COMMIT ROLLBACK SAVEPOINT RELEASE SET SHOW USE GRANT REVOKE VACUUM ANALYZE REINDEX ATTACH DETACH COPY CALL DESCRIBE DESC "
    "VALUES LOCK UNLOCK COMMENT REFRESH INSTALL LOAD EXEC EXECUTE DECLARE START LISTEN NOTIFY FROM OPTIMIZE CLUSTER UNLOAD EXPORT "
    "IMPORT PIVOT SUMMARIZE KILL RENAME RESET CHECKPOINT".split()
)
_LEADING = re.compile(rb"(?:\s+|--[^\n]*(?:\n|$)|/\*.*?(?:\*/|$))*", re.DOTALL)
_FIRST_WORD = re.compile(rb"[\s(]*([A-Za-z]+)(?![\w.])")
_STRUCTURE = re.compile(
    rb"""\(*\s*(?:
        (?:SELECT\b.*?\bFROM\s+[\w"`\[(] | select\b.*?\bfrom\s+[\w"`\[(])
      | (?i:with\s+(?:recursive\s+)?\w+\s*(?:\([^)]*\)\s*)?as\s*\()
      | (?i:insert\s+(?:or\s+\w+\s+)?into\s+[\w."`]+\s*[(sv]) | (?i:update\s+[\w."`]+\s+set\s+\w) | (?i:delete\s+from\s+[\w."`]+)
      | (?i:create\s+(?:or\s+replace\s+)?(?:temp(?:orary)?\s+)?(?:table|view|(?:unique\s+)?index)\s+\w)
    )""",
    re.VERBOSE | re.DOTALL,
)


def holds_sql(masked: bytes, use: Use, sink: str) -> bool:
    """Whether the text is SQL. A docstring or other bare string never is; the caller sees to that."""
    body = masked[_end_of_comments(masked) :]
    word = _FIRST_WORD.match(body)
    keyword = word.group(1).decode().upper() if word else ""
    if sink and (keyword in _STARTERS or _STRUCTURE.match(body)):
        return True
    if not body.strip() and _takes_empty(use, sink):
        return True
    if (
        sink
        and word
        and not body[word.end() :].strip()
        and any(name.startswith(keyword) for name in _STARTERS)
    ):
        return True
    if not sink and _is_bound_to_sql(use) and (keyword in _STARTERS or not body.strip()):
        return True
    return bool(_STRUCTURE.match(body))


def sink_of(use: Use) -> str:
    """Name of the function that takes the text as SQL, or empty."""
    for path, position in zip(use.calls, use.positions, strict=True):
        name = path.rpartition(".")[2]
        if name in _SINKS and (position == 0 or (position < 0 and use.keyword in _ARGUMENTS)):
            return name
        if name not in _CARRIERS:
            return ""
    return ""


def takes_parameters(use: Use, contents: Sequence[bytes]) -> bool:
    """Whether a driver fills `%s` or `%(name)s` of the text: it is executed with parameters and has a place for them."""
    if (
        use.arguments < 2
        or not use.calls
        or not use.calls[0].rpartition(".")[2].startswith(("execute", "read_sql"))
    ):
        return False
    return any(re.search(rb"%s|%\(\w+\)s", content) for content in contents)


def _end_of_comments(masked: bytes) -> int:
    match = _LEADING.match(masked)
    return match.end() if match else 0


def _takes_empty(use: Use, sink: str) -> bool:
    if not sink:
        return False
    if sink not in _VAGUE:
        return True
    outer = [path.rpartition(".")[2] for path in use.calls[1:]]
    if outer and outer[0] in _SINKS:
        return True
    receiver = use.calls[0].rpartition(".")[0].rpartition(".")[2]
    return bool(_CONNECTIONS.search(receiver.lower())) or (
        sink == "text" and receiver in ("sa", "sqlalchemy", "")
    )


def _is_bound_to_sql(use: Use) -> bool:
    return bool(_NAMED.search(use.variable))
