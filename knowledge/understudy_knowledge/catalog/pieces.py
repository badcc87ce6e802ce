"""SQL text cut into code, quoted pieces and comments; knows no grammar, so no syntax error can stop it."""

import re
from collections.abc import Iterator
from typing import Literal, cast

from attrs import frozen

PieceKind = Literal["code", "quoted", "comment", "newline"]

_BACKSLASH_DIALECTS = frozenset(("mysql", "bigquery", "spark", "databricks", "snowflake"))
"""Where a backslash in a string escapes what follows it."""

# Whatever may stay open runs to the end of the text or is bounded, so that no text takes quadratic time.
_PATTERN = r"""(?P<comment>--[^\n]*|/\*.*?(?:\*/|\Z)%s)
      | (?P<quoted>[eE]'[^'\\]*(?:(?:\\.|'')[^'\\]*)*'|%s|"[^"]*(?:""[^"]*)*"|`[^`]*(?:``[^`]*)*`|\[[^\]\n]{0,300}\]
        |(?<!\w)\$(?P<tag>\w*)\$.*?(?:\$(?P=tag)\$|\Z))
      | (?P<newline>\n)
      | (?P<code>[(),;]|[^\s'"`\[\]$(),;/\-]+|[^\s])"""
_PLAIN = re.compile(_PATTERN % ("", r"'[^']*(?:''[^']*)*'"), re.VERBOSE | re.DOTALL)
_BACKSLASHED = re.compile(
    _PATTERN % (r"|(?<!\S)\#[^\n]*", r"'[^'\\]*(?:(?:\\.|'')[^'\\]*)*'"), re.VERBOSE | re.DOTALL
)
_COMMENT_MARKS = re.compile(r"^(?:--+|/\*+)\s?|\s*\*+/$")


@frozen
class Piece:
    """`text` stands at code point `start`, on the 0-based `line`, which begins at code point `line_start`."""

    kind: PieceKind
    text: str
    start: int
    line: int
    line_start: int

    @property
    def end(self) -> int:
        """The code point after the last one."""
        return self.start + len(self.text)


def pieces(text: str, dialect: str = "") -> Iterator[Piece]:
    """Every piece of `text` in order, white space left out. An unclosed quote is one character of code.

    The dialect says whether a backslash escapes a quote and whether `#` begins a comment.
    """
    line = line_start = 0
    pattern = _BACKSLASHED if dialect in _BACKSLASH_DIALECTS else _PLAIN
    for match in pattern.finditer(text):
        piece = match[0]
        yield Piece(cast("PieceKind", match.lastgroup), piece, match.start(), line, line_start)
        breaks = piece.count("\n")
        if breaks:
            line += breaks
            line_start = match.start() + piece.rindex("\n") + 1


def statements(text: str, dialect: str = "") -> Iterator[tuple[Piece, ...]]:
    """The pieces of each statement, without its semicolon; comments above a statement belong to it.

    A comment that follows a semicolon on the same line belongs to the statement it closes. Line breaks are left out.
    """
    current: list[Piece] = []
    closed: list[Piece] | None = None
    for piece in pieces(text, dialect):
        if closed is not None:
            if piece.kind == "comment" and piece.line == closed[-1].line:
                closed.append(piece)
                continue
            yield tuple(closed)
            closed = None
        if piece.text == ";":
            if any(kept.kind != "comment" for kept in current):
                closed = current
            current = []
        elif piece.kind != "newline":
            current.append(piece)
    if closed:
        yield tuple(closed)
    if any(kept.kind != "comment" for kept in current):
        yield tuple(current)


def comment_text(comment: str) -> str:
    """The words of a comment without its marks, on one line."""
    lines = (
        _COMMENT_MARKS.sub("", line.strip()).strip().lstrip("*").strip() for line in comment.splitlines()
    )
    return " ".join(line for line in lines if line)


def unquoted(name: str) -> str:
    """An identifier as the engine knows it: without its quotes, doubled ones made single."""
    if len(name) >= 2 and name[0] in '"`[':
        closing = "]" if name[0] == "[" else name[0]
        return name[1:-1].replace(closing * 2, closing)
    return name
