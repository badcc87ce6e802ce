"""The changes that make a statement read as another text of it does: only tokens that differ change, layout and comments stay."""

from collections.abc import Sequence
from difflib import SequenceMatcher

from understudy_server.actions.changes import Change
from understudy_server.actions.declined import DeclinedError
from understudy_server.actions.statements import SourceStatement
from understudy_server.context.sql.lexer import Token, code_of, tokenize

_WORDS = ("word", "number", "quoted", "string", "parameter")
_MOST_TOKENS = 6_000


def changes_to(statement: SourceStatement, sql: str) -> list[Change]:
    """The least changes after which the statement has the tokens of `sql`, which has no comments.

    Raises DeclinedError where a comment stands among tokens that go.
    """
    old, written = statement.tokens, sql.encode()
    new = code_of(tokenize(written))
    if len(old) + len(new) > _MOST_TOKENS:
        raise DeclinedError("the statement is too long")
    matcher = SequenceMatcher(
        None, [_key(token) for token in old], [_key(token) for token in new], autojunk=False
    )
    changes = []
    for kind, i1, i2, j1, j2 in matcher.get_opcodes():
        if kind == "equal":
            continue
        text = written[new[j1].start : new[j2 - 1].end].decode() if j1 < j2 else ""
        if i1 == i2:
            changes.append(_insertion(statement, i1, text, written, new, (j1, j2)))
        else:
            changes.append(_replacement(statement, (i1, i2), text))
    return changes


def _key(token: Token) -> str:
    return token.keyword or token.text


def _insertion(
    statement: SourceStatement, index: int, text: str, sql: bytes, new: Sequence[Token], at: tuple[int, int]
) -> Change:
    first, last = at
    before = " " if first and new[first - 1].end < new[first].start else ""
    after = " " if last < len(new) and new[last - 1].end < new[last].start else ""
    if index == len(statement.tokens):
        end = statement.tokens[-1].end
        return Change(end, end, (before + text,))
    start = statement.tokens[index].start
    gap = index and statement.tokens[index - 1].end < start
    return Change(start, start, (("" if gap else before) + text + after,))


def _replacement(statement: SourceStatement, which: tuple[int, int], text: str) -> Change:
    """The tokens `which` become the text; with tokens that go, the white space on one side goes too."""
    tokens, sql = statement.tokens, statement.sql.encode()
    first, last = tokens[which[0]], tokens[which[1] - 1]
    start, end = first.start, last.end
    if any(token.kind == "comment" for token in tokenize(sql[start:end])):
        raise DeclinedError("a comment stands in what would change")
    before = tokens[which[0] - 1] if which[0] else None
    after = tokens[which[1]] if which[1] < len(tokens) else None
    if text:
        left = " " if before and before.end == start and _meets(before, text[0]) else ""
        right = " " if after and after.start == end and _meets(after, text[-1]) else ""
        return Change(start, end, (left + text + right,))
    above = sql[before.end : start] if before else b"x"
    below = sql[end : after.start] if after else b"\n"
    if before and not above.strip() and (b"\n" in below or not after or not below):
        apart = bool(below) or not after or not (before.kind in _WORDS and after.kind in _WORDS)
        return Change(before.end if apart else start, end, ())
    if after and not below.strip():
        touches = before and not above and before.kind in _WORDS and after.kind in _WORDS
        return Change(start, end if touches else after.start, ())
    return Change(start, end, ())


def _meets(token: Token, mark: str) -> bool:
    """Whether the token and the text that it touches would read as one word."""
    return token.kind in _WORDS and (mark.isalnum() or mark in "_\"'`")
