"""A tolerant SQL tokenizer over bytes: never fails, knows no dialect, and keeps damage of an open quote to its line."""

import re
from collections.abc import Generator, Iterator
from functools import lru_cache
from typing import Literal, NamedTuple

TokenKind = Literal["word", "quoted", "string", "number", "comment", "parameter", "punctuation"]


class Token(NamedTuple):
    """One token; `start` and `end` are byte offsets into the text that was read, `text` is as written."""

    kind: TokenKind
    start: int
    end: int
    text: str
    keyword: str = ""
    """The word in upper case, empty for everything that is not a bare word."""

    @property
    def name(self) -> str:
        """The identifier without its quotes; empty when the token cannot be one."""
        if self.kind == "word":
            return self.text
        if self.kind != "quoted":
            return ""
        closing = {"[": "]"}.get(self.text[0], self.text[0])
        body = self.text[1:-1] if len(self.text) > 1 and self.text[-1] == closing else self.text[1:]
        return body.replace(closing * 2, closing)


# A string may hold newlines, but one that runs over a blank line or over a line that ends in `;` was left open:
# it ends with its own line, so that a quote being typed does not turn the rest of the file inside out.
# Commands of a client count as comments: psql's begin with a backslash, DELIMITER is mysql's and has a line of its own.
# Most tokens are words, so these are tried first; and what every token of a group begins with stands before the group.
# T-SQL's temporary tables begin with `#`; behind an operand that is an operator, and before a blank it begins a comment.
_NAME = (
    rb"(?P<word> (?: [ACDF-MO-WYZacdf-mo-wyz_\x80-\xff] | [BENXbenx](?!')"
    rb" | (?<![\w)\]\"`'\#$])\#\#?[A-Za-z_\x80-\xff] ) [A-Za-z0-9_$\x80-\xff]* )"
)
_OTHERS = rb"""
      (?P<comment> --[^\r\n]* | /\*.*?(?:\*/|\Z) | \#(?:[ \t!][^\r\n]*|(?=[\r\n]|\Z)) | \\[A-Za-z!?.][^\r\n]* )
    | (?P<string>
          [eE]'(?:[^'\\] | '' | \\.)*(?:'(?!')|\\?\Z)
        | [nNbBxX]?'(?:[^'\r\n;] | '' | ;(?![ \t]*(?:[\r\n]|\Z)) | (?:\r\n?|\n)(?![ \t]*[\r\n]))*'(?!')
        | [nNbBxX]?'(?:[^'\r\n;] | '' | ;(?![ \t]*(?:[\r\n]|\Z)))*
        | \$(?P<tag>(?:[A-Za-z_]\w*)?)\$.*?(?:\$(?P=tag)\$|\Z)
      )
    | (?P<quoted> "(?:[^"\r\n]|"")*"? | `(?:[^`\r\n]|``)*`? | (?<![\w\])])\[[A-Za-z_][^\[\]\r\n'",]*\]
          | (?<=\.)\[[A-Za-z_]\w* )
    | (?P<number> \d+(?:\.\d*)?(?:[eE][+-]?\d+)? | \.\d+(?:[eE][+-]?\d+)? )
    | (?P<parameter>
          \?\d* | (?<!:):[A-Za-z_]\w* | @{1,2}[A-Za-z_]\w* | \$[A-Za-z_0-9]\w*
        | (?<![\w)])%s\b | %\([^()\r\n]*\)s
      )
    | (?P<punctuation> :: | <> | [<>!=]= | \|\| | ->>? | [^\s] )
    """
# White space is read with the token behind it, the text's end with the last of it, or each of its bytes would be tried.
_TOKEN = re.compile(
    rb"\s*(?:" + _NAME + rb" | (?P<mark> [,();]) | " + _OTHERS + rb" | \Z)", re.VERBOSE | re.DOTALL
)
# A command of its own line.
_COMMAND = rb"(?P<command> (?:\A|(?<=[\r\n]))[ \t]*[dD][eE][lL][iI][mM][iI][tT][eE][rR][ \t]+(?P<given>\S+)[^\r\n]* )"
_KINDS: dict[str | None, TokenKind] = {
    "word": "word",
    "mark": "punctuation",
    "delimiter": "punctuation",
    "command": "comment",
    "comment": "comment",
    "string": "string",
    "quoted": "quoted",
    "number": "number",
    "parameter": "parameter",
    "punctuation": "punctuation",
}


def tokenize(text: bytes | bytearray, start: int = 0, end: int | None = None) -> list[Token]:
    """All tokens of text[start:end] in order, comments included. What is left open runs to the end, a quote to its line's end."""
    return list(each_token(text, start, end))


def each_token(text: bytes | bytearray, start: int = 0, end: int | None = None) -> Iterator[Token]:
    """The same one by one, for long texts: their tokens together take many times what they do."""
    end = len(text) if end is None else end
    if b"delimiter" not in bytes(text[start:end]).lower():
        yield from _read(_TOKEN, text, start, end)
        return
    delimiter = b";"
    while (command := (yield from _read(_with_delimiter(delimiter), text, start, end))) is not None:
        delimiter, start = command.group("given"), command.end()


def _read(
    pattern: "re.Pattern[bytes]", text: bytes | bytearray, start: int, end: int
) -> "Generator[Token, None, re.Match[bytes] | None]":
    """The tokens up to the end, or up to a command that changes the delimiter, which is the answer then."""
    kinds = _KINDS
    make = tuple.__new__  # Token(...) does the same in twice the time
    written = text.decode("ascii") if text.isascii() else None
    for match in pattern.finditer(text, start, end):
        group = match.lastgroup  # the outer group is the last to close
        if group is None:
            break
        begins, ends = match.span(group)
        raw = written[begins:ends] if written is not None else text[begins:ends].decode("utf-8", "replace")
        if group == "word":
            yield make(Token, ("word", begins, ends, raw, raw.upper()))
        else:
            yield make(Token, (kinds[group], begins, ends, raw, ""))
            if group == "command":
                return match
    return None


@lru_cache(maxsize=16)
def _with_delimiter(delimiter: bytes) -> "re.Pattern[bytes]":
    """The tokens where something else than `;` may end statements; `$$` then opens no string."""
    others = rb"|" + _OTHERS
    if delimiter == b";":
        return re.compile(_COMMAND + rb"|" + _NAME + others, re.VERBOSE | re.DOTALL)
    # White space means nothing in a verbose pattern, but a delimiter has none.
    first = rb"|(?P<delimiter> " + re.escape(delimiter) + rb" ) | "
    return re.compile(_COMMAND + first + _NAME.replace(b"_$", b"_") + others, re.VERBOSE | re.DOTALL)


def code_of(tokens: list[Token]) -> list[Token]:
    """The tokens without the comments."""
    return [token for token in tokens if token.kind != "comment"]


def in_comment(tokens: list[Token], cursor: int) -> bool:
    """Whether a cursor at the offset stands in a comment."""
    for token in tokens:
        if token.start >= cursor:
            return False
        if token.kind == "comment" and cursor <= token.end:
            # Behind `*/` code may follow; the end of a `--` line is still the comment.
            return cursor < token.end or not token.text.endswith("*/")
    return False
