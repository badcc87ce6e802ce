"""Whether a Python string holds SQL: by the function that takes it, the name it is bound to, and how it reads."""

import re
from collections.abc import Iterable

from understudy_server.context.python.use import Use
from understudy_server.context.sql.lexer import Token, code_of
from understudy_server.context.sql.look import begins_clause, begins_command, begins_firm_clause, look_at
from understudy_server.context.sql.placeholder import with_placeholder

# These take SQL and nothing else.
_SURE = frozenset(
    "execute executemany executescript execute_many execute_sql execute_query execute_immediate exec_driver_sql mogrify copy_expert "
    "run_sql read_sql read_sql_query read_database read_database_uri query_and_wait query_df query_arrow query_np fetchrow "
    "fetchval fetch_all fetch_one fetch_val fetchall fetchone get_records get_pandas_df sql sqldf RawSQL".split()
)
# These take other things as often, so an empty string says nothing.
_VAGUE = frozenset(
    "query text fetch run_query from_query raw prepare SQL DDL scalar scalars extra literal_column get_first get_df parse_one "
    "transpile cursor_execute".split()
)
# A text goes through these to what takes it.
_CARRIERS = frozenset("text SQL str literal DDL RawSQL Composed sql".split())
_CONNECTIONS = re.compile(
    r"(?:^|_)(?:con|conn|connection|client|db|database|duckdb|cursor|cur|engine|session|bq|bigquery|spark|warehouse|pool|tx|objects)"
    r"(?:\(\))?$"
)
_ARGUMENTS = frozenset(
    "sql query statement operation stmt clause sql_query raw_sql sql_text querystring where params_sql".split()
)
_NAMED = re.compile(r"(?:^|_)(?:sqls?|quer(?:y|ies)|stmts?|ddl|dml)(?:$|_|\d)", re.IGNORECASE)
_LEADING = re.compile(rb"(?:\s+|--[^\n]*(?:\n|$)|/\*.*?(?:\*/|$))*", re.DOTALL)
_HOLE_FIRST = re.compile(rb"\s*\(?_\w*_\b")
_DRIVER_FIELD = re.compile(rb"%s|%\(\w+\)s")


def holds_sql(
    masked: bytes, use: Use, sink: str, tokens: list[Token] | None = None, cursor: int | None = None
) -> bool:
    """Whether the text, whose `tokens` may be known, is SQL. A docstring or other bare string never is; the caller sees to that.

    At a `cursor`, a byte offset into the text, a word may be missing: what is half typed is judged as if it were written.
    """
    if _is_of_frame(use):
        sink = ""
    leading = _LEADING.match(masked)
    body = masked[leading.end() if leading else 0 :]
    look = look_at(body, code_of(tokens) if tokens is not None else None)
    named = bool(_NAMED.search(use.variable) or use.keyword in _ARGUMENTS or _NAMED.search(use.keyword))
    if look == "statement":
        return True
    if look == "empty":
        return _takes_empty(use, sink) or (not use.calls and bool(_NAMED.search(use.variable)))
    if look == "begun":
        return bool(sink) or (named and _is_bound(use)) or _is_half_typed(masked, body, cursor)
    if look == "part":
        return not _is_of_frame(use)
    if sink in _SURE and (begins_command(body) or _HOLE_FIRST.match(body)):
        return True
    if named and begins_command(body):
        return body.lstrip()[:3].isupper()
    if begins_firm_clause(body) and (use.continues or body.lstrip()[:2].isupper()):
        return True
    return use.continues and begins_clause(body) and (named or bool(sink))


def sink_of(use: Use) -> str:
    """Name of the function that takes the text as SQL, or empty."""
    for path, position in zip(use.calls, use.positions, strict=True):
        name = path.rpartition(".")[2]
        if (name in _SURE or name in _VAGUE) and (
            position == 0 or (position < 0 and use.keyword in _ARGUMENTS)
        ):
            return name
        if name not in _CARRIERS:
            return ""
    return ""


def takes_parameters(use: Use, contents: Iterable[bytes]) -> bool:
    """Whether a driver fills `%s` or `%(name)s` of the text: it is executed with parameters and has a place for them."""
    if use.arguments < 2 or not use.calls:
        return False
    if not use.calls[0].rpartition(".")[2].startswith(("execute", "read_sql")):
        return False
    return any(_DRIVER_FIELD.search(content) for content in contents)


def _is_half_typed(masked: bytes, body: bytes, cursor: int | None) -> bool:
    """Whether the body, with which the text ends, is a statement once the word at the cursor is written."""
    at = -1 if cursor is None else cursor - (len(masked) - len(body))
    typed = with_placeholder(body, at) if at > 0 else None
    return typed is not None and look_at(typed) == "statement"


def _is_bound(use: Use) -> bool:
    """Whether the text is a value by itself rather than an argument of a function that is not known to take SQL."""
    return not use.calls or use.positions[0] < 0


def _is_of_frame(use: Use) -> bool:
    """Whether the text is an argument of `DataFrame.query` or `eval`, whose language is not SQL."""
    if not use.calls:
        return False
    receiver, _, name = use.calls[0].rpartition(".")
    return name in ("query", "eval") and not _CONNECTIONS.search(receiver.rpartition(".")[2].lower())


def _takes_empty(use: Use, sink: str) -> bool:
    if not sink:
        return False
    if sink not in _VAGUE:
        return True
    if len(use.calls) > 1 and use.calls[1].rpartition(".")[2] in _SURE | _VAGUE:
        return True
    receiver = use.calls[0].rpartition(".")[0].rpartition(".")[2]
    return bool(_CONNECTIONS.search(receiver.lower())) or (
        sink == "text" and receiver in ("sa", "sqlalchemy", "")
    )
