"""A tolerant SQL tokenizer over bytes: never fails, knows no dialect, and keeps damage of an open quote to its line."""

import re
from functools import lru_cache
from typing import Literal, NamedTuple

TokenKind = Literal["word", "quoted", "string", "number", "comment", "parameter", "punctuation"]


class Token(NamedTuple):
    """One token; `start` and `end` are byte offsets into the text that was read, `text` is as written."""

    kind: TokenKind
    start: int
    end: int
    text: str

    @property
    def keyword(self) -> str:
        """The word in upper case, empty for everything that is not a bare word."""
        return self.text.upper() if self.kind == "word" else ""

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
_TOKEN_PARTS = rb"""
      (?P<comment> --[^\r\n]* | /\*.*?(?:\*/|\Z) | \#(?:[ \t!][^\r\n]*|(?=[\r\n]|\Z)) | \\[A-Za-z!?.][^\r\n]*
          | (?:\A|(?<=[\r\n]))[ \t]*[dD][eE][lL][iI][mM][iI][tT][eE][rR][ \t]+\S[^\r\n]* )
    | (?P<string>
          [eE]'(?:[^'\\] | '' | \\.)*(?:'(?!')|\Z)
        | [nNbBxX]?'(?:[^'\r\n;] | '' | ;(?![ \t]*(?:[\r\n]|\Z)) | (?:\r\n?|\n)(?![ \t]*[\r\n]))*'(?!')
        | [nNbBxX]?'(?:[^'\r\n;] | '' | ;(?![ \t]*(?:[\r\n]|\Z)))*
        | \$(?P<tag>(?:[A-Za-z_]\w*)?)\$.*?(?:\$(?P=tag)\$|\Z)
      )
    | (?P<quoted> "(?:[^"\r\n]|"")*"? | `(?:[^`\r\n]|``)*`? | (?<![\w\])])\[[A-Za-z_][^\[\]\r\n'",]*\] )
    | (?P<number> \d+(?:\.\d*)?(?:[eE][+-]?\d+)? | \.\d+(?:[eE][+-]?\d+)? )
    | (?P<word> [A-Za-z_\x80-\xff][\w$\x80-\xff]* )
    | (?P<parameter>
          \?\d* | (?<!:):[A-Za-z_]\w* | @{1,2}[A-Za-z_]\w* | \$[A-Za-z_0-9]\w*
        | (?<![\w)])%s\b | %\([^)\r\n]*\)s
      )
    | (?P<punctuation> :: | <> | [<>!=]= | \|\| | ->>? | [^\s] )
    """
_TOKEN = re.compile(_TOKEN_PARTS, re.VERBOSE | re.DOTALL)
_DELIMITER = re.compile(rb"(?:\A|(?<=[\r\n]))[ \t]*delimiter[ \t]+(\S+)[^\r\n]*", re.IGNORECASE)


def tokenize(text: bytes | bytearray, start: int = 0, end: int | None = None) -> list[Token]:
    """All tokens of text[start:end] in order, comments included. What is left open runs to the end, a quote to its line's end."""
    end = len(text) if end is None else end
    tokens: list[Token] = []
    if b"delimiter" in bytes(text[start:end]).lower():
        pattern = _TOKEN
        for command in _DELIMITER.finditer(text, start, end):
            _read(pattern, text, start, command.end(), tokens)
            pattern, start = _with_delimiter(command.group(1)), command.end()
        _read(pattern, text, start, end, tokens)
    else:
        _read(_TOKEN, text, start, end, tokens)
    return tokens


def _read(
    pattern: "re.Pattern[bytes]", text: bytes | bytearray, start: int, end: int, tokens: list[Token]
) -> None:
    keep = tokens.append
    make = tuple.__new__  # Token(...) does the same in twice the time
    for match in pattern.finditer(text, start, end):
        kind: TokenKind = match.lastgroup  # type: ignore[assignment]  # the outer group is the last to close
        if match.lastgroup == "delimiter":
            kind = "punctuation"
        keep(make(Token, (kind, *match.span(), match.group().decode("utf-8", "replace"))))


@lru_cache(maxsize=16)
def _with_delimiter(delimiter: bytes) -> "re.Pattern[bytes]":
    """The tokens where something else than `;` ends statements; `$$` then opens no string."""
    if delimiter == b";":
        return _TOKEN
    # White space means nothing in a verbose pattern, but a delimiter has none.
    first = rb"(?P<delimiter> " + re.escape(delimiter) + rb" ) | "
    names = _TOKEN_PARTS.replace(rb"[\w$\x80-\xff]*", rb"[\w\x80-\xff]*")
    return re.compile(first + names, re.VERBOSE | re.DOTALL)


def code_of(tokens: list[Token]) -> list[Token]:
    """The tokens without the comments."""
    return [token for token in tokens if token.kind != "comment"]
