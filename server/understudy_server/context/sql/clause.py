"""The clause at the cursor, from tokens alone: works on text that does not parse."""

from collections.abc import Sequence

from attrs import define

from understudy_server.context.query_context import Clause
from understudy_server.context.sql.lexer import Token
from understudy_server.context.sql.relation_tree import SET_OPERATORS, compares_distinct

_SWITCH: dict[str, Clause] = {
    "SELECT": "select",
    "FROM": "from",
    "JOIN": "join",
    "APPLY": "join",
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
_OTHER = frozenset(("CREATE", "ALTER", "DROP", "PRAGMA", "TRUNCATE"))
_RELATIONS = frozenset(("from", "join", "on"))


@define
class _Level:
    clause: Clause
    query: bool
    """Whether clause keywords count here: not inside of calls and windows, where FROM and ORDER BY mean other things."""
    opening: str = ""
    """The word that the statement began with, where it is one of those that change rows."""


def clause_at(tokens: Sequence[Token], offset: int) -> Clause:
    """The clause that a word typed at the offset would belong to; inside a subquery that of the subquery.

    `tokens` are the statement's; a word that touches the offset is still being typed and counts for nothing.
    """
    levels = [_Level("statement", True)]
    previous = ""
    for index, token in enumerate(tokens):
        if token.start >= offset or token.end > offset or (token.end == offset and token.kind == "word"):
            break
        level = levels[-1]
        if token.text == "(":
            # The body of a CTE is a query of its own; every other parenthesis goes on with its clause until it says SELECT.
            fresh = level.clause == "with" and previous in ("AS", "MATERIALIZED")
            levels.append(_Level("statement" if fresh else level.clause, fresh))
        elif token.text == ")":
            if len(levels) > 1:
                levels.pop()
        elif token.text == "," and level.query and level.clause in _RELATIONS:
            level.clause = "from"
        elif token.kind == "word" and not (previous == "." and tokens[index - 1].end == token.start):
            _read(tokens, index, previous, level)
        previous = token.keyword or token.text
    return levels[-1].clause


def _read(tokens: Sequence[Token], index: int, previous: str, level: _Level) -> None:
    word = tokens[index].keyword
    if word in ("SELECT", "WITH", "VALUES", "FROM") and not level.query and previous == "(":
        if word == "FROM" and level.clause not in _RELATIONS and level.clause != "statement":
            return
        level.query = True
        level.clause = "statement"
    if level.clause == "statement" and word in _OPENING:
        level.clause = _OPENING[word]
        level.opening = word
    elif level.clause == "statement" and word in _OTHER:
        level.clause = "other"
    elif word == "USING" and level.opening in ("MERGE", "DELETE") and level.clause not in ("join", "on"):
        level.clause = "from"
    elif word in ("ON", "USING") and level.clause in _RELATIONS:
        level.clause = "on"
    elif word == "ON" and level.opening in ("INSERT", "REPLACE") and level.query:
        level.clause = "other"  # ON CONFLICT, ON DUPLICATE KEY
    elif word == "JOIN" and level.clause in (*_RELATIONS, "update"):
        level.clause = "join"
    elif word == "SET" and level.clause in ("update", "other", *_RELATIONS):
        level.clause = "set"
    elif word == "UPDATE" and (
        previous in ("DO", "KEY") or (level.opening == "MERGE" and previous == "THEN")
    ):
        level.clause = "set" if previous == "KEY" else "update"
    elif word == "INSERT" and level.opening == "MERGE" and previous == "THEN":
        level.clause = "insert"
    elif word == "INTO" and level.clause == "select":
        level.clause = "other"
    elif word == "OUTPUT" and level.opening and level.query:
        level.clause = "select"
    elif level.query and word in _SWITCH and not _means_something_else(tokens, index, previous, level):
        level.clause = _SWITCH[word]


def _means_something_else(tokens: Sequence[Token], index: int, previous: str, level: _Level) -> bool:
    """Whether the word is no clause here: IS DISTINCT FROM, WITHIN GROUP, WITH OFFSET, `* EXCEPT (a)`, VALUES(a)."""
    word = tokens[index].keyword
    if word == "FROM":
        return compares_distinct(tokens, index)
    if word in SET_OPERATORS:
        following = tokens[index + 1] if index + 1 < len(tokens) else None
        return level.clause == "select" and (
            previous == "*" or (following is not None and following.text == "(" and previous == "SELECT")
        )
    return (previous, word) in (("WITHIN", "GROUP"), ("WITH", "OFFSET")) or (
        (word == "OFFSET" and previous == "[") or (word == "VALUES" and previous in ("=", ",", "+"))
    )
