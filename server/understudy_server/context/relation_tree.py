"""Tokens of a statement as nested parentheses, mended where one is missing."""

from collections.abc import Sequence

from attrs import define, field

from understudy_server.context.sql_lexer import Token

_QUERY = frozenset(("SELECT", "WITH", "VALUES"))
_SET_OPERATORS = frozenset(("UNION", "ALL", "DISTINCT", "EXCEPT", "INTERSECT", "MINUS", "AS"))
# Calls that have FROM or WHERE between their parentheses without being a query.
_OWN_CLAUSES = frozenset(("FILTER", "EXTRACT", "TRIM", "SUBSTRING", "SUBSTR", "OVERLAY", "POSITION"))
_ENDS_CALL = frozenset(("FROM", "WHERE", "GROUP", "HAVING", "LIMIT"))


@define
class Group:
    """What stands between one pair of parentheses, or at the top; `start` and `end` are offsets inside of them."""

    start: int
    end: int
    items: list["Token | Group"] = field(factory=list)
    opener: str = ""
    """The word before the parenthesis in upper case, as of a call."""

    @property
    def is_query(self) -> bool:
        """Whether it begins as a query does; a doubled parenthesis counts as what it holds."""
        first = self.items[0] if self.items else None
        if isinstance(first, Group):
            return len(self.items) == 1 and first.is_query
        return first is not None and first.keyword in _QUERY

    def holds(self, offset: int) -> bool:
        """Whether a cursor at the offset stands inside."""
        return self.start <= offset <= self.end


def nest(tokens: Sequence[Token], end: int) -> Group:
    """The tokens as a tree. When parentheses stay open, those that a clause keyword cannot stand in are closed before it."""
    opened = sum((token.text == "(") - (token.text == ")") for token in tokens)
    missing = max(opened, 0)
    top = Group(tokens[0].start if tokens else 0, end)
    stack = [top]
    previous = ""
    for token in tokens:
        while missing and len(stack) > 1 and _cannot_stand(token, previous, stack[-1]):
            stack.pop().end = token.start
            missing -= 1
        if token.text == "(":
            group = Group(token.end, end, opener=previous)
            stack[-1].items.append(group)
            stack.append(group)
        elif token.text == ")":
            if len(stack) > 1:
                stack.pop().end = token.start
        else:
            stack[-1].items.append(token)
        previous = token.keyword or token.text
    return top


def _cannot_stand(token: Token, previous: str, group: Group) -> bool:
    word = token.keyword
    if not group.is_query:
        if word == "JOIN":
            return group.opener not in ("FROM", "JOIN", ",", "(")
        return (
            word in _ENDS_CALL and group.opener not in _OWN_CLAUSES and previous not in ("", ".", "DISTINCT")
        )
    if word == "SELECT" and previous not in _SET_OPERATORS and previous != "(":
        words = [item.keyword for item in group.items if isinstance(item, Token)]
        return "SELECT" in words
    return False
