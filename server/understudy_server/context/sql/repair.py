"""Parentheses that do not balance, mended by tokens of no width, so that everything behind can be read as it was meant."""

from collections.abc import Sequence

import sqlglot
from attrs import define
from sqlglot.errors import SqlglotError

from understudy_server.context.sql.lexer import Token
from understudy_server.context.sql.relation_tree import OWN_CLAUSES, compares_distinct

# The second opinion costs what a parse costs: none of longer statements, and none of deep ones, on which sqlglot recurses.
_LONGEST = 3_000
_DEEPEST = 20
_MOST_JOINS = 50
_BEFORE_SELECT = frozenset(
    ("UNION", "ALL", "DISTINCT", "EXCEPT", "INTERSECT", "MINUS", "AS", "(", "NAME", "MATERIALIZED")
)
_ENDS_CALL = frozenset(("FROM", "WHERE", "GROUP", "HAVING", "LIMIT", "SELECT"))
_FROM_OPENERS = frozenset(("FROM", "JOIN", ",", "(", "LATERAL", "UPDATE", "APPLY"))
_QUERY = frozenset(("SELECT", "WITH", "VALUES", "FROM"))
_PLACEHOLDER = "x"
# Of other statements sqlglot takes anything for one that it need not understand.
_PARSED = frozenset(("SELECT", "WITH", "INSERT", "UPDATE", "DELETE", "MERGE", "FROM", "("))
# sqlglot raises more than its own errors on text that it does not foresee.
_ERRORS = (SqlglotError, RecursionError, ValueError, KeyError, AttributeError, TypeError, IndexError)


def balance(tokens: Sequence[Token]) -> tuple[int, int]:
    """(parentheses that nothing closes, closing ones that nothing opened)."""
    depth = unopened = 0
    for token in tokens:
        if token.text == "(":
            depth += 1
        elif token.text == ")":
            if depth:
                depth -= 1
            else:
                unopened += 1
    return depth, unopened


def mend(tokens: Sequence[Token], offset: int, dialect: str = "") -> Sequence[Token]:
    """The tokens with the parentheses put in that are missing; those that the end of the text leaves open stay open.

    What is missing is most likely missing at the cursor: if sqlglot takes the statement with it put in there, it was.
    Otherwise a parenthesis is closed before a keyword that cannot stand in it.
    """
    missing, unopened = balance(tokens)
    if not missing and not unopened:
        return tokens
    at = next((index for index, token in enumerate(tokens) if token.start >= offset), len(tokens))
    if unopened and not missing:
        return _opened_at(tokens, at, unopened, offset)
    if at < len(tokens) and missing <= _open_before(tokens, at) and not unopened:
        closing = [Token("punctuation", offset, offset, ")")] * missing
        mended = [*tokens[:at], *closing, *tokens[at:]]
        if _parses(tokens[:at], [*closing, *tokens[at:]], dialect):
            return mended
    return _closed_before_keywords(tokens, missing)


def _open_before(tokens: Sequence[Token], at: int) -> int:
    return balance(tokens[:at])[0]


def _opened_at(tokens: Sequence[Token], at: int, unopened: int, offset: int) -> Sequence[Token]:
    """Open behind the cursor what is closed below it."""
    _, above = balance(tokens[:at])
    if above or at >= len(tokens):
        return tokens
    start = max(tokens[at].start, offset + 1)
    return [*tokens[:at], *[Token("punctuation", start, start, "(")] * unopened, *tokens[at:]]


def _parses(before: Sequence[Token], after: Sequence[Token], dialect: str) -> bool:
    """Whether it is a statement, with an identifier at the cursor or without one."""
    texts = [token.text for token in before], [token.text for token in after]
    words = [text.upper() for text in (*texts[0], *texts[1])]
    too_long = sum(map(len, words)) + len(words) > _LONGEST
    if too_long or words.count("JOIN") > _MOST_JOINS or _depth(words) > _DEEPEST:
        return False
    if words[0] not in _PARSED:
        return False
    for placeholder in ([_PLACEHOLDER], []):
        sql = " ".join([*texts[0], *placeholder, *texts[1]])
        try:
            sqlglot.parse_one(sql, read=dialect or None)
        except _ERRORS:
            continue
        return True
    return False


def _depth(words: Sequence[str]) -> int:
    depth = deepest = 0
    for word in words:
        depth += (word == "(") - (word == ")")
        deepest = max(deepest, depth)
    return deepest


@define
class _Open:
    """An open parenthesis: the word before it, the first word in it, and which clauses it has had."""

    opener: str
    first: str | None = None
    selects: bool = False
    froms: bool = False

    @property
    def is_query(self) -> bool:
        return self.first in _QUERY or (self.froms and self.opener not in OWN_CLAUSES)


def _closed_before_keywords(tokens: Sequence[Token], missing: int) -> Sequence[Token]:
    mended: list[Token] = []
    stack: list[_Open] = []
    previous = ""
    for index, token in enumerate(tokens):
        while missing and stack and _cannot_stand(tokens, index, previous, stack[-1]):
            mended.append(Token("punctuation", token.start, token.start, ")"))
            stack.pop()
            missing -= 1
        mended.append(token)
        word = token.keyword
        if stack and stack[-1].first is None and token.text != "(":
            stack[-1].first = word or token.text
        if token.text == "(":
            stack.append(_Open(previous))
        elif token.text == ")":
            if stack:
                stack.pop()
        elif stack and previous != ".":
            stack[-1].selects = stack[-1].selects or word == "SELECT"
            opens_from = word == "FROM" and not compares_distinct(tokens, index)
            stack[-1].froms = stack[-1].froms or opens_from
        previous = word or token.text
    return mended


def _cannot_stand(tokens: Sequence[Token], index: int, previous: str, group: _Open) -> bool:
    word = tokens[index].keyword
    if group.opener in ("AS", "MATERIALIZED") and group.first and _begins_cte(tokens, index):
        return True
    if not word or previous in (".", "", "("):
        return False
    if not group.is_query:
        if word in ("JOIN", "ON"):
            return group.opener not in _FROM_OPENERS
        if word == "LIMIT" and group.opener.endswith(("AGG", "CONCAT", "ARRAY")):
            return False
        ends = word in _ENDS_CALL and group.opener not in OWN_CLAUSES
        return ends and not compares_distinct(tokens, index)
    return word == "SELECT" and previous not in _BEFORE_SELECT and group.selects


def _begins_cte(tokens: Sequence[Token], index: int) -> bool:
    """Whether `, name AS (` or `, name (columns) AS (` stands here."""
    if tokens[index].text != "," or index + 2 >= len(tokens) or not tokens[index + 1].name:
        return False
    after = index + 2
    if tokens[after].text == "(":
        while after < len(tokens) and tokens[after].text != ")":
            after += 1
        after += 1
    return [token.keyword or token.text for token in tokens[after : after + 2]] == ["AS", "("]
