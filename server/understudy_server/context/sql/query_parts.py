"""A query's parts: what WITH defines, the branches between set operators, and what stands behind the last of them."""

from collections.abc import Sequence

from attrs import frozen

from understudy_server.context.sql.lexer import Token
from understudy_server.context.sql.relation_tree import SET_OPERATORS, Group, keyword_of, text_of
from understudy_server.context.sql.words import RESERVED

Items = Sequence[Token | Group]
DML = frozenset(("INSERT", "REPLACE", "UPDATE", "DELETE", "MERGE"))
_STARTS = DML | {"SELECT", "WITH", "FROM", "VALUES"}
_DML_FOLLOWERS = frozenset(("INTO", "OR", "OVERWRITE", "IGNORE", "FROM"))
_DEFINES = frozenset(("CREATE", "ALTER", "DECLARE"))
_TAIL = frozenset(("ORDER", "LIMIT", "OFFSET", "FETCH"))
_QUERY = frozenset(("SELECT", "WITH", "VALUES", "FROM"))


@frozen
class Cte:
    """One query of a WITH; `columns` are those of its list, None where it has none."""

    name: str
    columns: tuple[str, ...] | None
    body: Group


@frozen
class QueryParts:
    """`branches` has at least one; each but the first begins with its set operator, or with the SELECT that lacks one.

    `tail` is what follows the last branch of a set operation and belongs to all: ORDER BY, LIMIT; empty without one.
    """

    ctes: tuple[Cte, ...]
    recursive: bool
    start: int
    """Offset at which the query begins, its WITH included."""
    body: int
    """Offset at which what follows the WITH begins."""
    branches: tuple[Items, ...]
    tail: Items = ()

    def branch_at(self, offset: int) -> Items:
        """The branch that a cursor at the offset is in: behind its set operator, or before the next one."""
        chosen = self.branches[0]
        for branch in self.branches[1:]:
            first = branch[0]
            operator = keyword_of(first) in SET_OPERATORS
            if (first.end < offset) if operator else (first.start <= offset):
                chosen = branch
        return chosen


def read_parts(items: Items) -> QueryParts:
    """The parts of a query or of a statement that holds one, as CREATE VIEW and EXPLAIN do."""
    items = items[_lead(items) :]
    ctes, recursive, behind = _read_with(items)
    body = items[behind].start if behind < len(items) else (items[-1].end + 1 if items else 0)
    branches = _branches(items[behind:])
    tail: Items = ()
    if len(branches) > 1:
        last = branches[-1]
        begins = next((index for index, item in enumerate(last) if item.keyword in _TAIL), len(last))
        branches[-1], tail = last[:begins] or last, last[begins:] if begins else ()
    return QueryParts(tuple(ctes), recursive, items[0].start if items else 0, body, tuple(branches), tail)


def inserted_query(items: Items) -> tuple[int, int]:
    """Indices [begin, end) of the query that an INSERT takes its rows from; empty where there is none."""
    begin = next(
        (
            index
            for index, item in enumerate(items[1:], start=1)
            if keyword_of(item) in ("SELECT", "WITH", "FROM")
            or (isinstance(item, Group) and _is_source(items, index))
        ),
        len(items),
    )
    end = next(
        (index for index in range(begin, len(items)) if _ends_inserted(items, index)),
        len(items),
    )
    return begin, end


def _is_source(items: Items, index: int) -> bool:
    group = items[index]
    return isinstance(group, Group) and group.is_query and keyword_of(items[index - 1]) != "VALUES"


def _ends_inserted(items: Items, index: int) -> bool:
    word = keyword_of(items[index])
    following = keyword_of(items[index + 1]) if index + 1 < len(items) else ""
    return word == "RETURNING" or (word == "ON" and following in ("CONFLICT", "DUPLICATE"))


def _lead(items: Items) -> int:
    """Index of the word that the query begins with; 0 where there is none, or where it is the first."""
    first = keyword_of(items[0]) if items else ""
    if not items or first in _STARTS or first == "INTO" or isinstance(items[0], Group) or _begins_cte(items):
        return 0
    if first in _DEFINES:
        for index, item in enumerate(items):
            following = items[index + 1] if index + 1 < len(items) else None
            begins = keyword_of(following) in _QUERY or (isinstance(following, Group) and following.is_query)
            if keyword_of(item) in ("AS", "FOR") and begins:
                return index + 1
        return 0
    for index, item in enumerate(items):
        word = keyword_of(item)
        following_word = keyword_of(items[index + 1]) if index + 1 < len(items) else ""
        if word in DML and (word == "UPDATE" or following_word in _DML_FOLLOWERS):
            return index
        if word in ("SELECT", "WITH") and text_of(items[index - 1]) != ".":
            return index
        if (
            word == "FROM" or word in SET_OPERATORS
        ):  # a query without its SELECT, not something that holds one
            return 0
    return 0


def _read_with(items: Items) -> tuple[list[Cte], bool, int]:
    """The CTEs, whether they may be recursive, and the index of what follows them."""
    stated = bool(items) and keyword_of(items[0]) == "WITH"
    if not stated and not _begins_cte(items):
        return [], False, 0
    ctes: list[Cte] = []
    index = int(stated)
    recursive = index < len(items) and keyword_of(items[index]) == "RECURSIVE"
    index += recursive
    while index < len(items):
        name = items[index]
        if keyword_of(name) in DML or keyword_of(name) == "SELECT" or text_of(name) == ")":
            break
        given = isinstance(name, Token) and bool(name.name) and name.keyword != "AS"
        at = index + given
        columns = None
        if at < len(items) and isinstance(listed := items[at], Group) and not listed.is_query:
            columns = tuple(item.name for item in listed.items if isinstance(item, Token) and item.name)
            at += 1
        while at < len(items) and keyword_of(items[at]) in ("AS", "NOT", "MATERIALIZED"):
            at += 1
        if at >= len(items) or not isinstance(body := items[at], Group):
            index = at if at >= len(items) else index
            break
        ctes.append(Cte(name.name if given and isinstance(name, Token) else "", columns or None, body))
        index = at + 1
        while index < len(items) and keyword_of(items[index]) in ("SEARCH", "CYCLE"):
            index = _behind_search(items, index)
        if index < len(items) and text_of(items[index]) == ",":
            index += 1
    return ctes, recursive, index


def _begins_cte(items: Items) -> bool:
    """Whether `name AS (query)` stands at the start: a WITH list without its WITH."""
    index = int(bool(items) and keyword_of(items[0]) == "RECURSIVE")
    first = items[index] if index < len(items) else None
    if not isinstance(first, Token) or not first.name or first.keyword in RESERVED:
        return False
    index += 1
    if index < len(items) and isinstance(items[index], Group):
        index += 1
    if index >= len(items) or keyword_of(items[index]) != "AS":
        return False
    while index < len(items) and keyword_of(items[index]) in ("AS", "NOT", "MATERIALIZED"):
        index += 1
    body = items[index] if index < len(items) else None
    return isinstance(body, Group) and body.is_query


def _behind_search(items: Items, index: int) -> int:
    index += 1
    while (
        index < len(items)
        and text_of(items[index]) != ","
        and keyword_of(items[index]) not in (_STARTS | {"SEARCH", "CYCLE"})
    ):
        index += 1
    return index


def _branches(items: Items) -> list[Items]:
    """The items between set operators. A SELECT where there already was one begins a branch whose operator is missing."""
    branches: list[list[Token | Group]] = [[]]
    selects = froms = False
    for index, item in enumerate(items):
        word = item.keyword
        if not word:
            pass
        elif word in SET_OPERATORS and not _is_star_modifier(items, index, froms):
            branches.append([])
            selects = froms = False
        elif word == "SELECT" and text_of(items[index - 1] if index else None) != ".":
            if selects:
                branches.append([])
                froms = False
            selects = True
        elif word == "FROM":
            froms = True
        branches[-1].append(item)
    return list(branches)


def _is_star_modifier(items: Items, index: int, froms: bool) -> bool:
    """Whether the word is no operator: `* EXCEPT (a)`, or a name such as `minus` that nothing follows as a query would.

    `froms` says whether the branch has had its FROM.
    """
    following = items[index + 1] if index + 1 < len(items) else None
    listed = isinstance(following, Group) and not following.is_query
    if not froms and keyword_of(items[0]) != "VALUES" and (listed or _ends_select_list(items, index)):
        return True
    return keyword_of(items[index]) == "MINUS" and not (
        following is None
        or isinstance(following, Group)
        or keyword_of(following) in ("SELECT", "ALL", "DISTINCT", "WITH")
    )


def _ends_select_list(items: Items, index: int) -> bool:
    """Whether nothing follows the word and a star stands before it."""
    return index == len(items) - 1 and text_of(items[index - 1] if index else None) == "*"
