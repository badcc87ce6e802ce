"""What each keyword left of the cursor does to the level that it stands in."""

from collections.abc import Callable

from understudy_server.completion.grammar.position import Case, Expects, Level, UnknownError
from understudy_server.context.sql.lexer import Token

_JOINS = frozenset("LEFT RIGHT FULL INNER CROSS NATURAL OUTER".split())
_SETS = frozenset("UNION EXCEPT INTERSECT MINUS".split())
_LIKE = frozenset("LIKE ILIKE GLOB REGEXP RLIKE ESCAPE".split())

Word = Callable[[Level, Token], bool]
"""Reads a keyword; False where it is a name there."""


def _clause(clause: str, expects: Expects, *, condition: bool = False) -> Word:
    def read(level: Level, token: Token) -> bool:
        if level.kind != "query":
            raise UnknownError("a clause outside of a query")
        level.begin_item()
        level.clause, level.expects, level.condition, level.items = clause, expects, condition, 0
        level.cases.clear()
        level.has_from = level.has_from or clause == "from"
        return True

    return read


def _select(level: Level, token: Token) -> bool:
    opened = level.kind in ("group", "list", "derived") and level.expects in ("start", "operand")
    if not opened and level.expects not in ("start", "query", "done") and level.clause != "other":
        return False
    if opened:
        # The parenthesis holds a query: this level is that query from here on.
        level.kind = "query"
    level.begin_item()
    level.clause, level.condition, level.items = "select", False, 0
    level.selected, level.relations, level.has_from, level.aggregate = [], [], False, False
    return True


def _with(level: Level, token: Token) -> bool:
    if level.kind not in ("query", "derived") or level.expects != "start":
        raise UnknownError("WITH in the middle")
    level.kind, level.clause, level.expects = "query", "with", "cte name"
    return True


def _recursive(level: Level, token: Token) -> bool:
    return level.expects == "cte name"


def _united(level: Level, token: Token) -> bool:
    if level.kind != "query" or level.clause in ("", "with"):
        raise UnknownError("a set operation outside of a query")
    level.clause, level.expects, level.united = "", "query", True
    level.selected, level.relations = [], []
    return True


def _distinct(level: Level, token: Token) -> bool:
    if level.expects in ("is", "is not"):
        raise UnknownError("IS DISTINCT FROM is not read")
    level.distinct = level.expects == "operand" and token.keyword == "DISTINCT"
    return level.expects in ("operand", "query")


def _join(level: Level, token: Token) -> bool:
    if level.clause not in ("from", "on") or level.kind != "query":
        if token.keyword in ("LEFT", "RIGHT"):
            return False
        raise UnknownError("a join outside of FROM")
    level.clause, level.condition, level.compared = "from", False, False
    level.expects = "relation" if token.keyword == "JOIN" else "join"
    return True


def _on(level: Level, token: Token) -> bool:
    if level.clause != "from" or level.kind != "query":
        raise UnknownError("ON outside of FROM")
    level.clause, level.condition = "on", token.keyword == "ON"
    level.begin_item()
    level.expects = "operand" if level.condition else "using"
    return True


def _by(level: Level, token: Token) -> bool:
    if level.expects != "by":
        return False
    level.begin_item()
    return True


def _group_or_order(level: Level, token: Token) -> bool:
    if level.kind == "window":
        level.clause, level.expects, level.items = token.keyword.lower() + " by", "by", 0
        return True
    if level.kind != "query" or token.keyword == "PARTITION":
        raise UnknownError("an order in the middle of a call")
    return _clause(token.keyword.lower() + " by", "by")(level, token)


def _and(level: Level, token: Token) -> bool:
    if level.expects != "operator":
        raise UnknownError("AND without a left side")
    if level.between and token.keyword == "AND":
        level.between = False
    else:
        level.compared, level.condition = False, True
    level.expects = "operand"
    return True


def _not(level: Level, token: Token) -> bool:
    if level.expects == "operator":
        level.expects = "negated"
    elif level.expects == "is":
        level.expects = "is not"
    elif level.expects == "operand":
        level.denied = True
    else:
        raise UnknownError("NOT where none is known")
    return True


def _compares(expects: Expects) -> Word:
    def read(level: Level, token: Token) -> bool:
        if level.expects not in ("operator", "negated"):
            return False
        level.expects, level.compared = expects, True
        level.between = token.keyword == "BETWEEN"
        return True

    return read


def _exists(level: Level, token: Token) -> bool:
    if level.expects != "operand":
        return False
    level.expects = "exists"
    return True


def _case(level: Level, token: Token) -> bool:
    if level.expects != "operand":
        return False
    level.cases.append(Case("case", level.condition, level.compared))
    level.condition, level.compared, level.expects = False, False, "case"
    return True


def _branch(level: Level, token: Token) -> bool:
    if not level.cases:
        return False
    case = level.cases[-1]
    word = token.keyword
    simple = case.part.startswith("simple") or (
        word == "WHEN" and case.part == "case" and level.expects == "operator"
    )
    case.part = ("simple " if simple else "") + word.lower()
    level.condition, level.compared = word == "WHEN" and not simple, False
    level.expects = "operand"
    return True


def _end(level: Level, token: Token) -> bool:
    if not level.cases:
        return False
    case = level.cases.pop()
    level.condition, level.compared, level.expects = case.condition, case.compared, "operator"
    return True


def _as(level: Level, token: Token) -> bool:
    if level.kind == "cast":
        level.expects = "type"
    elif level.expects == "cte":
        return True
    elif level.expects in ("operator", "source"):
        level.expects = "alias"
    else:
        raise UnknownError("AS where none is known")
    return True


def _ordered(level: Level, token: Token) -> bool:
    if level.clause != "order by":
        return False
    level.expects = "nulls" if token.keyword == "NULLS" else "ordered"
    return True


def _over(level: Level, token: Token) -> bool:
    if level.expects != "operator":
        return False
    level.expects, level.aggregate = "over", True
    return True


def _is(level: Level, token: Token) -> bool:
    if level.expects != "operator":
        return False
    level.expects, level.compared = "is", True
    return True


def _other(level: Level, token: Token) -> bool:
    """A word with which something begins that is no query, or of which this reader knows nothing."""
    if level.expects in ("operand", "operator", "named") and token.keyword in ("REPLACE", "VALUES", "SET"):
        return False
    raise UnknownError(f"{token.keyword} is not read")


WORDS: dict[str, Word] = {
    "SELECT": _select,
    "WITH": _with,
    "RECURSIVE": _recursive,
    "DISTINCT": _distinct,
    "ALL": _distinct,
    "FROM": _clause("from", "relation"),
    "WHERE": _clause("where", "operand", condition=True),
    "HAVING": _clause("having", "operand", condition=True),
    "QUALIFY": _clause("qualify", "operand", condition=True),
    "GROUP": _group_or_order,
    "ORDER": _group_or_order,
    "PARTITION": _group_or_order,
    "BY": _by,
    "LIMIT": _clause("limit", "operand"),
    "OFFSET": _clause("offset", "operand"),
    "JOIN": _join,
    "ON": _on,
    "USING": _on,
    "AND": _and,
    "OR": _and,
    "NOT": _not,
    "IS": _is,
    "IN": _compares("in"),
    "BETWEEN": _compares("operand"),
    "EXISTS": _exists,
    "CASE": _case,
    "WHEN": _branch,
    "THEN": _branch,
    "ELSE": _branch,
    "END": _end,
    "AS": _as,
    "ASC": _ordered,
    "DESC": _ordered,
    "NULLS": _ordered,
    "OVER": _over,
    **dict.fromkeys(_JOINS, _join),
    **dict.fromkeys(_SETS, _united),
    **dict.fromkeys(_LIKE, _compares("operand")),
    **dict.fromkeys(
        "INSERT UPDATE DELETE MERGE CREATE DROP ALTER VALUES SET WINDOW FETCH LATERAL TOP PIVOT UNPIVOT INTO"
        " RETURNING TABLESAMPLE FILTER".split(),
        _other,
    ),
}
