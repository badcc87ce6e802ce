"""Whether a Python string holds SQL: by the function that takes it, the name it is bound to, and how it reads."""

import re

from tree_sitter import Node

_SINKS = frozenset(
    (
        "execute",
        "executemany",
        "executescript",
        "exec_driver_sql",
        "sql",
        "text",
        "read_sql",
        "read_sql_query",
        "query",
        "run_query",
        "fetch",
        "fetchrow",
        "fetchval",
        "fetchall",
        "fetchone",
        "fetch_all",
        "fetch_one",
        "read_database",
        "read_database_uri",
        "from_query",
    )
)
# These take other things as often as SQL, so an empty string says nothing.
_VAGUE = frozenset(("query", "text", "fetch", "run_query", "from_query"))
_CONNECTIONS = re.compile(
    r"(?:^|_)(?:con|conn|connection|client|db|duckdb|cursor|cur|engine|session|bq|warehouse)$"
)
_ARGUMENTS = frozenset(("sql", "query", "statement", "operation", "stmt", "clause"))
_NAMED = re.compile(r"(?:^|_)(?:sql|query|stmt)(?:$|_)", re.IGNORECASE)
_STARTERS = (
    "SELECT", "WITH", "INSERT", "REPLACE", "UPDATE", "DELETE", "MERGE", "CREATE", "ALTER", "DROP", "TRUNCATE", "EXPLAIN", "PRAGMA",
)  # fmt: skip
_LEADING = re.compile(rb"(?:\s+|--[^\n]*(?:\n|$)|/\*.*?(?:\*/|$))*", re.DOTALL)
_FIRST_WORD = re.compile(rb"\(*\s*([A-Za-z]+)(?![\w.])")
_STRUCTURE = re.compile(
    rb"""\(*\s*(?:
        (?:SELECT\b.*?\bFROM\s+[\w"`\[(] | select\b.*?\bfrom\s+[\w"`\[(])
      | (?i:with\s+(?:recursive\s+)?\w+\s*(?:\([^)]*\)\s*)?as\s*\()
      | (?i:insert\s+(?:or\s+\w+\s+)?into\s+[\w."`]+\s*[(sv]) | (?i:update\s+[\w."`]+\s+set\s+\w) | (?i:delete\s+from\s+[\w."`]+)
      | (?i:create\s+(?:or\s+replace\s+)?(?:temp(?:orary)?\s+)?(?:table|view|(?:unique\s+)?index)\s+\w)
    )""",
    re.VERBOSE | re.DOTALL,
)


def holds_sql(literal: Node, masked: bytes) -> tuple[bool, str]:
    """(whether the literal is SQL, the sink that takes it or ""). A docstring or other bare string never is."""
    node, parent = literal, literal.parent
    while parent is not None and parent.type in (
        "parenthesized_expression",
        "binary_operator",
        "conditional_expression",
    ):
        node, parent = parent, parent.parent
    if parent is None or parent.type in ("expression_statement", "module", "block"):
        return False, ""
    body = masked[_end_of_comments(masked) :]
    word = _FIRST_WORD.match(body)
    keyword = word.group(1).decode().upper() if word else ""
    sink = _sink(node)
    if sink and (keyword in _STARTERS or _STRUCTURE.match(body)):
        return True, sink
    if not body.strip() and _takes_empty(node, sink):
        return True, sink
    if (
        sink
        and word
        and not body[word.end() :].strip()
        and any(name.startswith(keyword) for name in _STARTERS)
    ):
        return True, sink
    if not sink and _is_bound_to_sql(node) and (keyword in _STARTERS or not body.strip()):
        return True, ""
    return bool(_STRUCTURE.match(body)), sink


def variable_of(literal: Node) -> str:
    """Name of the variable or keyword argument the literal is bound to, or ""."""
    node, parent = literal, literal.parent
    while parent is not None and parent.type in (
        "parenthesized_expression", "binary_operator", "call", "argument_list", "attribute", "keyword_argument",
    ):  # fmt: skip
        node, parent = parent, parent.parent
    if parent is not None and parent.type == "assignment" and parent.child_by_field_name("left") != node:
        left = parent.child_by_field_name("left")
        if left is not None and left.type == "identifier" and left.text is not None:
            return left.text.decode("utf-8", "replace")
    return ""


def _end_of_comments(masked: bytes) -> int:
    match = _LEADING.match(masked)
    return match.end() if match else 0


def _call_of(node: Node) -> Node | None:
    """The call whose first positional, or fitting keyword, argument the node is."""
    parent = node.parent
    if parent is not None and parent.type == "keyword_argument":
        name = parent.child_by_field_name("name")
        if name is None or name.text is None or name.text.decode("utf-8", "replace") not in _ARGUMENTS:
            return None
        node, parent = parent, parent.parent
    elif parent is not None and parent.type == "argument_list":
        first = next((child for child in parent.named_children if child.type != "comment"), None)
        if first != node:
            return None
    if parent is None or parent.type != "argument_list":
        return None
    call = parent.parent
    return call if call is not None and call.type == "call" else None


def _called(call: Node) -> tuple[str, str]:
    """(function name, name of what it is called on), each the last part of a dotted path."""
    function = call.child_by_field_name("function")
    path = function.text.decode("utf-8", "replace") if function is not None and function.text else ""
    receiver, _, name = path.rpartition(".")
    return name, receiver.rpartition(".")[2].partition("(")[0]


def _sink(node: Node) -> str:
    call = _call_of(node)
    if call is None:
        return ""
    name, _ = _called(call)
    return name if name in _SINKS else ""


def _takes_empty(node: Node, sink: str) -> bool:
    if not sink:
        return False
    call = _call_of(node)
    if call is None or sink not in _VAGUE:
        return call is not None
    if _sink(call):
        return True
    _, receiver = _called(call)
    return bool(_CONNECTIONS.search(receiver.lower())) or (
        sink == "text" and receiver in ("sa", "sqlalchemy", "")
    )


def _is_bound_to_sql(node: Node) -> bool:
    return bool(_NAMED.search(variable_of(node)))
