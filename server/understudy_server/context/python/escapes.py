"""Same-length masking: escapes and f-string holes become plain SQL of the same bytes, so offsets need no map."""

import re
import unicodedata

_NOT_IDENTIFIER = re.compile(rb"[^A-Za-z0-9_]")
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


def mask_hole(hole: bytes) -> bytes:
    """An f-string hole with its braces as one identifier: `{table}` becomes `_table_`, also in the middle of a name."""
    return _NOT_IDENTIFIER.sub(b"_", hole)


def mask_escape(escape: bytes, opens: bool = False) -> bytes:
    """What a Python escape stands for, padded with spaces: behind it, or before it when it is a quote that closes.

    `opens` says whether a quote opens an SQL string: the padding must stay outside of the string's value.
    """
    value = _escape_value(escape.decode("utf-8", "replace"))
    if "\ud800" <= value <= "\udfff":  # half a pair: no text, and `?` would be a parameter
        value = "\ufffd"
    written = value.encode()[: len(escape)]
    if written in (b"'", b'"') and not opens:
        return written + b" " * (len(escape) - len(written))
    return b" " * (len(escape) - len(written)) + written


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
