"""The content of a Python string masked to SQL of the same bytes: one offset is one place, in the source and in the SQL."""

import re
from collections.abc import Sequence
from functools import cache

from understudy_server.context.jinja.masked import has_jinja, mask_jinja
from understudy_server.context.python.escapes import mask_escape, mask_hole
from understudy_server.context.query_context import StringForm

_ESCAPE = rb"\\(?:N\{[^{}\r\n]*\}|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{1,3}|\r\n|[\\'\"abfnrtv\r\n])"
_BRACES = rb"\{\{|\}\}"
_FIELD = rb"\{[^{}\r\n]*(?:\{[^{}\r\n]*\}[^{}\r\n]*)*\}"
_CONVERSION = rb"%%|%(?:\([^)\r\n]*\))?[#0\- +]*(?:\*|\d+)?(?:\.(?:\*|\d+))?[diouxXeEfFgGcrsa]"
# A template that is filled elsewhere; inside of an SQL string braces may be anything.
_FIELD_OF_TEMPLATE = re.compile(rb"'(?:[^'\r\n]|'')*'|\{[A-Za-z_]?[\w.]*(?:\[\w*\])?(?:![rsa])?\}")

Hole = tuple[int, int]


def mask_content(content: bytes, form: StringForm, holes: Sequence[Hole] = ()) -> tuple[bytes, list[Hole]]:
    """(masked content of the same length, its holes in order). `holes` are those of an f-string; offsets count from the content.

    An escape becomes what it stands for, padded with spaces; a hole, a field of `format` or `%`, or a tag of a template
    becomes an identifier.
    """
    masked = bytearray(content)
    found = list(holes)
    quotes = {b"'": True, b'"': True}
    position = 0
    pattern = _pattern(form.raw, form.formatted, form.template)
    for start, end in [*holes, (len(content), len(content))]:
        for match in pattern.finditer(content, position, start) if pattern else ():
            _mask_one(match, masked, found, quotes)
        masked[start:end] = mask_hole(content[start:end])
        position = max(position, end)
    if not form.formatted and not form.template:
        _mask_template(masked, found)
    return bytes(masked), sorted(found)


@cache
def _pattern(raw: bool, braces: bool, template: str) -> "re.Pattern[bytes] | None":
    parts = [] if raw else [_ESCAPE]
    if braces or template == "format":
        parts.append(_BRACES)
    if template == "format":
        parts.append(_FIELD)
    if template == "percent":
        parts.append(_CONVERSION)
    return re.compile(b"|".join([*parts, rb"['\"]"]), re.DOTALL) if parts else None


def _mask_one(
    match: "re.Match[bytes]", masked: bytearray, found: list[Hole], quotes: dict[bytes, bool]
) -> None:
    written, start, end = match.group(), match.start(), match.end()
    if written in quotes:
        quotes[written] = not quotes[written]
    elif written[:1] == b"\\":
        mark = written[1:]
        masked[start:end] = mask_escape(written, quotes.get(mark, False))
        if mark in quotes:
            quotes[mark] = not quotes[mark]
    elif written in (b"{{", b"}}", b"%%"):
        masked[start:end] = written[:1] + b" "
    else:
        masked[start:end] = mask_hole(written)
        found.append((start, end))


def _mask_template(masked: bytearray, found: list[Hole]) -> None:
    if has_jinja(bytes(masked)):
        masked[:] = mask_jinja(bytes(masked))
        return
    if b"{" not in masked:
        return
    for match in _FIELD_OF_TEMPLATE.finditer(bytes(masked)):
        if match.group()[:1] == b"{":
            masked[match.start() : match.end()] = mask_hole(match.group())
            found.append((match.start(), match.end()))
