"""What of a piece of SQL is code: quotes and comments are skipped. Knows no grammar, so half-written text is fine.

One filter after the other looks at the same text, so the last ones are remembered.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

# A quote or comment that is never closed runs to the end of the text: while typing, that is the usual case.
_SKIPPED = re.compile(
    r"""'(?:[^']|'')*(?:'|\Z) | "(?:[^"]|"")*(?:"|\Z) | `[^`]*(?:`|\Z) | --[^\n]* | /\*.*?(?:\*/|\Z)""",
    re.VERBOSE | re.DOTALL,
)
_PARENTHESIS = re.compile(r"[()]")
_TOKEN = re.compile(r"\w+|[^\w\s]")


@lru_cache(maxsize=8)
def blanked(sql: str) -> str:
    """The text with every character of quotes and comments made a space, newlines kept: offsets stay the same."""
    return _SKIPPED.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), sql)


def inside_quotes(sql: str) -> bool:
    """Whether the end of the text stands in a quote that is still open."""
    return bool(open_quote(sql)[0])


@lru_cache(maxsize=8)
def open_quote(sql: str) -> tuple[str, int]:
    """The quote that is still open at the end of the text, and its offset; ("", -1) when there is none."""
    for start, piece in literals(sql):
        if start + len(piece) == len(sql) and piece.count(piece[0]) % 2 == 1:
            return piece[0], start
    return "", -1


def literals(sql: str) -> Iterator[tuple[int, str]]:
    """(offset, text with its quotes) of everything in quotes."""
    for found in _SKIPPED.finditer(sql):
        if found[0][0] in "'\"`":
            yield found.start(), found[0]


def tokens(text: str) -> list[tuple[str, int, int]]:
    """Words and single signs, lower-cased, each with its start and end; blanks are left out."""
    return [(found[0].lower(), found.start(), found.end()) for found in _TOKEN.finditer(text)]


def parentheses(code: str) -> Iterator[tuple[int, str, int]]:
    """(offset, parenthesis, how many are open behind it) of each in blanked text."""
    depth = 0
    for found in _PARENTHESIS.finditer(code):
        depth += 1 if found[0] == "(" else -1
        yield found.start(), found[0], depth
