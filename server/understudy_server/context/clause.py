"""The clause at the cursor, from tokens alone: works on text that does not parse."""

from collections.abc import Sequence

from attrs import define

from understudy_server.context.query_context import Clause
from understudy_server.context.sql_lexer import Token

_SWITCH: dict[str, Clause] = {
    "SELECT": "select",
    "FROM": "from",
    "JOIN": "join",
    "WHERE": "where",
    "GROUP": "group by",
    "HAVING": "having",
    "QUALIFY": "having",
    "ORDER": "order by",
    "LIMIT": "limit",
    "OFFSET": "limit",
    "FETCH": "limit",
    "RETURNING": "select",
    "WINDOW": "other",
    "VALUES": "values",
    "UNION": "statement",
    "EXCEPT": "statement",
    "INTERSECT": "statement",
    "MINUS": "statement",
}
_OPENING: dict[str, Clause] = {
    "WITH": "with",
    "INSERT": "insert",
    "REPLACE": "insert",
    "UPDATE": "update",
    "DELETE": "from",
    "MERGE": "insert",
    "EXPLAIN": "statement",
}


@define
class _Level:
    clause: Clause
    query: bool
    """Whether clause keywords count here: not inside of calls and windows, where FROM and ORDER BY mean other things."""


def clause_at(tokens: Sequence[Token], offset: int) -> Clause:
    """The clause that a word typed at the offset would belong to; inside a subquery that of the subquery.

    `tokens` are the statement's; a word that touches the offset is still being typed and counts for nothing.
    """
    levels = [_Level("statement", True)]
    previous = ""
    for token in tokens:
        if token.end > offset or (token.end == offset and token.kind == "word"):
            break
        level = levels[-1]
        if token.text == "(":
            # The body of a CTE is a query of its own; every other parenthesis goes on with its clause until it says SELECT.
            fresh = level.clause == "with" and previous in ("AS", "MATERIALIZED")
            levels.append(_Level("statement" if fresh else level.clause, fresh))
        elif token.text == ")":
            if len(levels) > 1:
                levels.pop()
        elif token.kind == "word" and previous != ".":
            _read(token.keyword, previous, level)
        previous = token.keyword or token.text
    return levels[-1].clause


def _read(word: str, previous: str, level: _Level) -> None:
    if word in ("SELECT", "WITH", "VALUES") and not level.query and previous == "(":
        level.query = True
        level.clause = "statement"
    if level.clause == "statement" and word in _OPENING:
        level.clause = _OPENING[word]
    elif level.clause == "statement" and word in ("CREATE", "ALTER", "DROP", "PRAGMA", "TRUNCATE"):
        level.clause = "other"
    elif word in ("ON", "USING") and level.clause in ("from", "join", "on"):
        level.clause = "on"
    elif word == "JOIN" and level.clause in ("from", "join", "on"):
        level.clause = "join"
    elif word == "SET" and level.clause in ("update", "other", "from", "join", "on"):
        level.clause = "set"
    elif word == "INTO" and level.clause == "select":
        level.clause = "other"
    elif level.query and word in _SWITCH and not (word == "FROM" and previous == "DISTINCT"):
        level.clause = _SWITCH[word]
