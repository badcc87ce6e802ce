"""Same-length masking: escapes and f-string holes become plain SQL of the same bytes, so offsets need no map."""

import re
import unicodedata

_NOT_IDENTIFIER = re.compile(rb"[^A-Za-z0-9_]")
_NOT_SPACE = re.compile(rb"[^\r\n]")
_SIMPLE_ESCAPES = {
    "n": "\n",
    "'": "'",
    '"': '"',
    "\\": "\\",
    "t": " ",
    "r": " ",
    "a": " ",
    "b": " ",
    "f": " ",
    "v": " ",
}


def blank(text: bytes) -> bytes:
    """Spaces of the same length; line ends stay, because they end comments."""
    return _NOT_SPACE.sub(b" ", text)


def mask_hole(hole: bytes) -> bytes:
    """An f-string hole with its braces as one identifier: `{table}` becomes `_table_`, also in the middle of a name."""
    return _NOT_IDENTIFIER.sub(b"_", hole)


def mask_escape(escape: bytes, opens: bool = False) -> bytes:
    """What a Python escape stands for, padded with spaces: behind it, or before it when it is a quote that closes.

    `opens` says whether a quote opens an SQL string: the padding must stay outside of the string's value.
    """
    value = _escape_value(escape.decode("utf-8", "replace")).encode("utf-8", "replace")[: len(escape)]
    if value in (b"'", b'"') and not opens:
        return value + b" " * (len(escape) - len(value))
    return b" " * (len(escape) - len(value)) + value


def _escape_value(escape: str) -> str:
    body = escape[1:]
    if body[:1] in ("\n", "\r"):
        return ""
    if body in _SIMPLE_ESCAPES:
        return _SIMPLE_ESCAPES[body]
    try:
        if body.startswith("N{"):
            return unicodedata.lookup(body[2:-1])
        if body[0] in "xuU":
            return chr(int(body[1:], 16))
        return chr(int(body, 8))
    except (KeyError, ValueError, IndexError, OverflowError):
        return " "
