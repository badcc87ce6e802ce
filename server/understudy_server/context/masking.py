"""Same-length masking: escapes, f-string holes and Jinja become plain SQL of the same bytes, so offsets need no map."""

import re
import unicodedata

_JINJA = re.compile(
    rb"\{\{-?(?P<expression>.*?)-?(?:\}\}|(?=[\r\n])|\Z)|\{%.*?(?:%\}|\Z)|\{#.*?(?:#\}|\Z)", re.DOTALL
)
_REF = re.compile(
    rb"""\s*(?:ref|source)\s*\(\s*(?:['"][^'"]*['"]\s*,\s*)?['"]([^'"]*)['"]\s*(?:,[^)]*)?\)\s*"""
)
_CONFIG = re.compile(rb"\s*config\s*\(")
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


def mask_jinja(text: bytes) -> bytes:
    """`{{ ref('x') }}` and `{{ source('a', 'x') }}` become `x`, other expressions an identifier, the rest spaces."""
    return _JINJA.sub(_mask_jinja_part, text) if b"{{" in text or b"{%" in text or b"{#" in text else text


def inside_jinja(text: bytes, offset: int) -> bool:
    """Whether the offset stands between the delimiters of a Jinja tag, where SQL has no place."""
    if b"{{" not in text and b"{%" not in text and b"{#" not in text:
        return False
    return any(match.start() < offset < match.end() for match in _JINJA.finditer(text))


def _mask_jinja_part(match: "re.Match[bytes]") -> bytes:
    whole, expression = match.group(), match.group("expression")
    if expression is None or _CONFIG.match(expression):
        return blank(whole)
    if (reference := _REF.fullmatch(expression)) and b"\n" not in whole:
        return _NOT_IDENTIFIER.sub(b"_", reference.group(1)).ljust(len(whole))
    return _NOT_IDENTIFIER.sub(b"_", whole)


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
