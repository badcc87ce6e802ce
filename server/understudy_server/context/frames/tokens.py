"""Tokens of the statement at the cursor, complete or not, and the expression that ends at one of them."""

import keyword
import re
from typing import Literal

from attrs import frozen

TokenKind = Literal["name", "string", "open string", "number", "open", "close", "other"]
_TOKEN = re.compile(
    r"""(?P<comment>\#[^\n]*)
      | (?P<string>[rRbBuUfFtT]{0,2}(?:\"\"\"(?:[^\\]|\\.)*?\"\"\"|'''(?:[^\\]|\\.)*?'''|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'))
      | (?P<open_string>[rRbBuUfFtT]{0,2}(?:\"\"\"|'''|"|'))
      | (?P<name>[^\W\d]\w*) | (?P<number>\d[\w.]*) | (?P<open>[(\[{]) | (?P<close>[)\]}]) | (?P<other>\S)
    """,
    re.VERBOSE | re.DOTALL,
)
_PAIRS = {")": "(", "]": "[", "}": "{"}


@frozen
class PythonToken:
    """A piece of a statement; `start` and `end` are characters of its text, `match` is the place of the opening bracket."""

    kind: TokenKind
    text: str
    start: int
    end: int
    match: int = -1


def tokens_of(text: str) -> tuple[list[PythonToken], list[int]]:
    """(the tokens, without comments; places of the brackets that are open at the end, outermost first)."""
    tokens: list[PythonToken] = []
    opened: list[int] = []
    at = 0
    while found := _TOKEN.search(text, at):
        kind = found.lastgroup
        at = found.end()
        if kind == "comment":
            continue
        if kind == "open_string":
            end = _line_end(text, found.end(), found.group())
            tokens.append(PythonToken("open string", text[found.start() : end], found.start(), end))
            at = end
            continue
        match = -1
        if kind == "open":
            opened.append(len(tokens))
        elif kind == "close" and opened and tokens[opened[-1]].text == _PAIRS[found.group()]:
            match = opened.pop()
        tokens.append(PythonToken(kind, found.group(), found.start(), found.end(), match))  # type: ignore[arg-type]
    return tokens, opened


def expression_before(tokens: list[PythonToken], place: int) -> int | None:
    """The place of the first token of the expression whose last token stands before `place`; None when none does.

    Names, calls, items and attributes belong to it, operators do not.
    """
    start = None
    at = place - 1
    while at >= 0:
        token = tokens[at]
        if token.kind == "close":
            if token.match < 0:
                return None
            at = start = token.match
            if at and _can_be_followed(tokens[at - 1]):
                at -= 1
                continue
            if token.text != ")" and token.text != "]":
                return start
        elif token.kind in ("name", "string", "number") and not keyword.iskeyword(token.text):
            start = at
        else:
            return start
        if at and tokens[at - 1].text == "." and at > 1:
            at -= 2
            continue
        return start
    return start


def is_subscript(tokens: list[PythonToken], place: int) -> bool:
    """Whether the opening bracket at the place belongs to what stands before it: an item or a call."""
    return place > 0 and _can_be_followed(tokens[place - 1])


def _can_be_followed(token: PythonToken) -> bool:
    if token.kind == "name":
        return not keyword.iskeyword(token.text)
    return token.kind in ("close", "string")


def _line_end(text: str, start: int, opening: str) -> int:
    """Where a string that nobody closed ends: at its line's end, or not at all."""
    if opening.endswith(('"""', "'''")):
        return len(text)
    end = text.find("\n", start)
    return len(text) if end < 0 else end
