"""What a lexer of Python looks for: in code, in holes of f-strings, in strings."""

import re
from functools import cache

from understudy_server.context.python.state import quote_of

# Code outside of all strings, in strides: line ends with the white space around them, a comment, a literal of one line; a
# pair of brackets with nothing of these in it is passed over. What means nothing is read with the mark behind it, or each
# of its bytes would be tried; so some mark, or the text's end, must fit behind it.
STRIDE = re.compile(
    rb"""[^()\[\]{}"'\#\r\n\\]*
    (?: ((?:\r\n?|\n)[ \t\f]*(?:(?:\r\n?|\n)[ \t\f]*)*) | (\#[^\r\n]*)
      | [(][^()\[\]{}"'\#\r\n\\]*[)] | \[[^()\[\]{}"'\#\r\n\\]*\] | ([(\[{]) | ([)\]}])
      | ( "(?!")[^"\\\r\n]*(?:\\(?:\r\n|.)[^"\\\r\n]*)*" | ""(?!") | '(?!')[^'\\\r\n]*(?:\\(?:\r\n|.)[^'\\\r\n]*)*' | ''(?!') )
      | (["']) | (\\(?:\r\n?|\n)) | \\ | \Z )""",
    re.VERBOSE | re.DOTALL,
)
LINE_END, COMMENT, OPENING, CLOSING, LITERAL, QUOTE = 1, 2, 3, 4, 5, 6
"""Its groups; the last is a line end behind a backslash."""
LETTERS = frozenset(b"rRbBuUfFtT")
CODE = re.compile(rb"""["'()\[\]{}]|\#[^\r\n]*|\r\n?|\n|\\(?:\r\n?|\n)""")
HOLE = re.compile(rb"""["'()\[\]{}:]|\#[^\r\n]*|\r\n?|\n|\\(?:\r\n?|\n)""")
FORMAT = re.compile(rb"[{}]|\r\n?|\n|\"{3}|'{3}|[\"']")
CLOSES = {b")": b"(", b"]": b"[", b"}": b"{"}
HOLES = (b"{", b"{\n")
PREFIX = re.compile(rb"(?<![A-Za-z0-9_\x80-\xff])(?:[bB][rR]?|[rR][bBfFtT]?|[uU]|[fFtT][rR]?)\Z")
REST_IS_BLANK = re.compile(rb"[ \t]*(?:\r|\n)")
SPACE = re.compile(rb"[ \t\f]*")
UNCLOSED_HOLE = re.compile(rb"\{[\w.]*")


@cache
def text_pattern(frame: bytes, in_line: bool) -> "re.Pattern[bytes]":
    """What matters inside of a string: escapes, holes, its end. One that is `in_line` may not go on below its line."""
    quote = quote_of(frame)
    prefix = frame[: len(frame) - len(quote)]
    parts = [rb"\\[^\r\n]" if in_line else rb"\\(?:\r\n|.)"]
    if b"f" in prefix or b"t" in prefix:
        parts = [rb"\\[^{}\r\n]" if in_line else rb"\\(?:\r\n|[^{}])", rb"\{\{|\}\}", rb"\{"]
        if b"r" not in prefix:
            parts.insert(0, rb"\\N\{[^{}\r\n]*\}")
    parts.append(quote)
    if in_line:
        parts += rb"\\(?=[\r\n])", rb"\r", rb"\n"
    elif len(quote) == 1:
        parts += rb"\r", rb"\n"
    return re.compile(b"|".join(parts), re.DOTALL)
