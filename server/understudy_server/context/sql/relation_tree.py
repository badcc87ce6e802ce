"""Tokens of a statement as nested parentheses."""

from collections.abc import Sequence
from typing import ClassVar

from attrs import define, field

from understudy_server.context.sql.lexer import Token

MAX_DEPTH = 100
"""Parentheses deeper than this are read as if they were not there: nobody wrote them to be read."""
SET_OPERATORS = frozenset(("UNION", "EXCEPT", "INTERSECT", "MINUS"))
OWN_CLAUSES = frozenset(
    ("FILTER", "EXTRACT", "TRIM", "SUBSTRING", "SUBSTR", "OVERLAY", "POSITION", "CEIL", "FLOOR")
)
"""Calls that have FROM or WHERE between their parentheses without being a query."""
_QUERY = frozenset(("SELECT", "WITH", "VALUES", "FROM"))
_AFTER_QUERY = SET_OPERATORS | {"ORDER", "LIMIT", "OFFSET", "FETCH"}


@define
class Group:
    """What stands between one pair of parentheses, or at the top; `start` and `end` are offsets inside of them."""

    start: int
    end: int
    items: list["Token | Group"] = field(factory=list)
    opener: str = ""
    """The word or sign before the parenthesis in upper case, as of a call."""
    keyword: ClassVar[str] = ""
    text: ClassVar[str] = ""
    """As a token has them, so that nobody need ask which of the two an item is."""

    @property
    def is_query(self) -> bool:
        """Whether it is one, also one whose SELECT is missing; a doubled parenthesis counts as what it holds."""
        first = self.items[0] if self.items else None
        if isinstance(first, Group):
            follows = len(self.items) == 1 or keyword_of(self.items[1]) in _AFTER_QUERY
            return follows and first.is_query
        if first is None:
            return False
        if first.keyword == "FROM":
            return self.opener not in OWN_CLAUSES
        return first.keyword in _QUERY or (self.opener not in OWN_CLAUSES and self._has_from())

    def _has_from(self) -> bool:
        """Whether FROM stands in it as a clause, and not as in IS DISTINCT FROM or behind a dot."""
        return any(
            item.keyword == "FROM"
            and not compares_distinct(self.items, index)
            and text_of(self.items[index - 1]) != "."
            for index, item in enumerate(self.items)
        )

    def holds(self, offset: int) -> bool:
        """Whether a cursor at the offset stands inside."""
        return self.start <= offset <= self.end


def nest(tokens: Sequence[Token], end: int) -> Group:
    """The tokens as a tree; a parenthesis that nothing closes reaches to `end`, one that nothing opened is left out."""
    top = Group(tokens[0].start if tokens else 0, end)
    stack = [top]
    previous: Token | None = None
    flat = 0
    for token in tokens:
        text = token.text
        if text == "(":
            if len(stack) > MAX_DEPTH:
                flat += 1
            else:
                opener = (previous.keyword or previous.text) if previous else ""
                group = Group(token.end, end, opener=opener)
                stack[-1].items.append(group)
                stack.append(group)
        elif text == ")":
            if flat:
                flat -= 1
            elif len(stack) > 1:
                stack.pop().end = token.start
        else:
            stack[-1].items.append(token)
        previous = token
    return top


def keyword_of(item: "Token | Group | None") -> str:
    """The bare word in upper case; empty for everything else."""
    return item.keyword if item is not None else ""


def text_of(item: "Token | Group | None") -> str:
    """The token as written; empty for a group."""
    return item.text if item is not None else ""


def compares_distinct(items: Sequence["Token | Group"], index: int) -> bool:
    """Whether the word at the index is the FROM of IS [NOT] DISTINCT FROM."""
    return (
        index > 1
        and items[index].keyword == "FROM"
        and items[index - 1].keyword == "DISTINCT"
        and items[index - 2].keyword in ("IS", "NOT")
    )


def group_at(items: Sequence["Token | Group"], offset: int) -> Group | None:
    """The group among the items in which a cursor at the offset stands."""
    for item in items:
        if item.end >= offset and isinstance(item, Group) and item.start <= offset:
            return item
    return None
