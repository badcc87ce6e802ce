"""What left of the cursor is half typed, and what stands before that."""

import re
from collections.abc import Sequence

from attrs import frozen

from understudy_server.context.sql.lexer import Token

_CONTINUES = re.compile(r"[\w$'\"`]")


@frozen
class Place:
    """The tokens left of the cursor without the one that is being typed; `typed` is that one."""

    tokens: tuple[Token, ...]
    typed: str
    blank: bool
    """Whether white space stands before the cursor, or before what is being typed."""


def places(before: Sequence[Token], prefix: str, suffix: str) -> list[Place]:
    """How the place may be read, likeliest first: the word at the cursor may be half written, or whole.

    None where the suffix goes on with the very word, or with another one right at the cursor: no white space stays at a
    suggestion's end. None as well inside of a literal that goes on behind the cursor.
    """
    if _CONTINUES.match(suffix):
        return []
    place = _place(before, prefix)
    if before and is_open(before[-1]):
        return [] if suffix.strip() else [place]
    return [place, Place(tuple(before), "", blank=False)] if place.typed else [place]


def _place(tokens: Sequence[Token], prefix: str) -> Place:
    end = len(prefix.encode())
    if not tokens or tokens[-1].end < end:
        return Place(tuple(tokens), "", blank=True)
    last = tokens[-1]
    start = len(tokens)
    if last.kind in ("word", "number") or last.text == "." or is_open(last):
        start -= 1
        # A name being typed begins with its qualifier.
        while start and (tokens[start].text == "." or tokens[start - 1].text == "."):
            if tokens[start - 1].end != tokens[start].start:
                break
            start -= 1
    kept = tuple(tokens[:start])
    typed = prefix.encode()[tokens[start].start :].decode() if start < len(tokens) else ""
    begins = tokens[start].start if start < len(tokens) else end
    return Place(kept, typed, blank=not kept or kept[-1].end < begins)


def is_open(token: Token) -> bool:
    """Whether it is a literal or a quoted name whose end is missing."""
    if token.kind not in ("string", "quoted"):
        return False
    mark = {"[": "]"}.get(token.text[0], token.text[0])
    return len(token.text) < 2 or token.text[-1] != mark or token.text.count(mark) % 2 == (mark != "]")
