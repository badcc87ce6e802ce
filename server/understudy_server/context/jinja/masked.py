"""dbt's Jinja in SQL, masked to SQL of the same bytes: a reference becomes its name, other expressions an identifier,
comments comments of SQL, tags spaces.

What branches say stays visible, all of it: no template is rendered, so nothing says which branch will be taken.
"""

import re
from collections.abc import Iterator

from attrs import frozen

from understudy_server.context.query_context import Span

_OPENS = re.compile(rb"\{[{%#]")
# Strings of a tag may hold what looks like its end; one that is left open ends with its line.
_INSIDE = {
    b"{{": re.compile(rb"\"(?:[^\"\\\r\n]|\\.)*\"|'(?:[^'\\\r\n]|\\.)*'|\{[{%#]|[{}]"),
    b"{%": re.compile(rb"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|%\}|\{[{%#]", re.DOTALL),
}
_LINE_END = re.compile(rb"[\r\n]|\Z")
_KEYWORD = re.compile(rb"\{%[-+]?\s*(\w+)")
_END_OF_RAW = re.compile(rb"\{%[-+]?\s*endraw\b")

_NAME = rb"""(?:"[^"]*"|'[^']*')"""
_REFERENCE = re.compile(
    rb"\s*(?:builtins\s*\.\s*)?(?:ref|source)\s*\(\s*(?:%b\s*,\s*)?%b\s*(?:,\s*(?:v|version)\s*=[^)]*)?,?\s*\)\s*"
    % (_NAME, rb"""(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)')"""),
    re.DOTALL,
)
_ALL_COLUMNS = re.compile(rb"\s*(?:dbt_utils\s*\.\s*)?star\s*\(")
# Calls for their effect; what they write is no SQL.
_SILENT = re.compile(rb"\s*(?:config|log|print|return|set_sql_header|exceptions\s*\.\s*\w+|docs?)\s*\(")
_NOT_IDENTIFIER = re.compile(rb"[^A-Za-z0-9_]")
_NOT_SPACE = re.compile(rb"[^\r\n]")
_TAKES_RELATION = re.compile(rb"\b(?:from|join)\s*\Z", re.IGNORECASE)
_ENDS_RELATION = re.compile(rb"[\w\"`\])]\s*\Z")
_KEYWORDS_AFTER = frozenset(
    b"where join inner left right full cross natural on using group order having limit union from select and or".split()
)
_NEXT_WORD = re.compile(rb"\s*(?:[\w\"`\[(]|\{\{)")


@frozen
class Tag:
    """One tag: `{{ … }}`, `{% … %}` or `{# … #}`. Left open while it is typed, it ends with its line and is not `closed`."""

    span: Span
    opener: bytes
    closed: bool = True


def has_jinja(text: bytes) -> bool:
    """Whether a tag may stand in the text."""
    return b"{" in text and (b"{{" in text or b"{%" in text or b"{#" in text)


def jinja_tags(text: bytes) -> Iterator[Tag]:
    """The tags in order. What stands between `{% raw %}` and `{% endraw %}` is none."""
    position = 0
    while opens := _OPENS.search(text, position):
        start, opener = opens.start(), opens.group()
        end = _end_of(text, start, opener)
        if end is None:
            # `'{%'` in a string of plain SQL is no tag that someone types.
            if text[start + 2 : start + 3] in (b"'", b'"') and opener != b"{{":
                position = start + 2
                continue
            found = _LINE_END.search(text, start)
            position = found.start() if found else len(text)
            yield Tag(Span(start, position), opener, closed=False)
            continue
        yield Tag(Span(start, end), opener)
        position = end
        if opener == b"{%" and _keyword(text, start) == b"raw" and (raw := _END_OF_RAW.search(text, end)):
            position = raw.start()


def mask_jinja(text: bytes) -> bytes:
    """The text with every tag masked, of the same length, its line ends kept."""
    if not has_jinja(text):
        return text
    masked = bytearray(text)
    openings: list[int] = []
    for tag in jinja_tags(text):
        start, end = tag.span.start, tag.span.end
        keyword = _keyword(text, start) if tag.opener == b"{%" else b""
        if keyword == b"if":
            openings.append(start)
        elif keyword == b"endif" and openings:
            openings.pop()
        masked[start:end] = _mask(text[start:end], tag)
        if keyword in (b"else", b"elif") and openings and _parts_relations(masked, openings[-1], start, end):
            masked[start] = 0x2C
    return bytes(masked)


def inside_jinja(text: bytes, offset: int) -> bool:
    """Whether the offset stands between the delimiters of a tag, where SQL has no place."""
    if not has_jinja(text):
        return False
    for tag in jinja_tags(text):
        if offset <= tag.span.start:
            return False
        if offset < tag.span.end or (offset == tag.span.end and not tag.closed):
            return True
    return False


def _end_of(text: bytes, start: int, opener: bytes) -> int | None:
    """Behind the tag's end, or None where another tag or the text's end comes first."""
    if opener == b"{#":
        end = text.find(b"#}", start + 2)
        return end + 2 if end >= 0 else None
    braces = 0
    position = start + 2
    while found := _INSIDE[opener].search(text, position):
        position = found.end()
        mark = found.group()
        if mark == b"{":
            braces += 1
        elif mark == b"}" and braces:
            braces -= 1
        elif mark == b"%}":
            return position
        elif mark == b"}" and text[position : position + 1] == b"}":
            return position + 1
        elif mark in _INSIDE or mark == b"{#":
            return None
    return None


def _keyword(text: bytes, start: int) -> bytes:
    match = _KEYWORD.match(text, start)
    return match.group(1) if match else b""


def _mask(tag: bytes, found: Tag) -> bytes:
    if found.opener == b"{#" and found.closed:
        # A comment stays one, for what it asks.
        return b"/*" + tag[2:-2].replace(b"*/", b"  ") + b"*/"
    if found.opener != b"{{":
        return _blank(tag)
    expression = tag[2:-2] if found.closed else tag[2:]
    expression = expression.removeprefix(b"-").removesuffix(b"-")
    if _SILENT.match(expression):
        return _blank(tag)
    if reference := (_REFERENCE.fullmatch if found.closed else _REFERENCE.match)(expression):
        name = reference.group("double") or reference.group("single") or b"_"
        return _named(_NOT_IDENTIFIER.sub(b"_", name), tag)
    if _ALL_COLUMNS.match(expression):
        return _named(b"*", tag)
    line = _LINE_END.search(tag)
    first = tag[: line.start()] if line else tag
    return _named(_NOT_IDENTIFIER.sub(b"_", first), tag)


def _named(name: bytes, tag: bytes) -> bytes:
    """The name, then spaces; the line ends of the tag stay where they are behind it."""
    line = _LINE_END.search(tag)
    if line and line.start() < len(name):
        # The tag's first line is shorter than the name, so the name stands in for its line ends too.
        return name + _blank(tag[len(name) :])
    return name + _blank(tag)[len(name) :]


def _blank(text: bytes) -> bytes:
    return _NOT_SPACE.sub(b" ", text)


def _parts_relations(text: bytearray, opening: int, start: int, end: int) -> bool:
    """Whether `FROM {% if … %} a {% else %} b {% endif %}` stands here: then both are relations, and a comma parts them."""
    if not _TAKES_RELATION.search(text, max(opening - 40, 0), opening):
        return False
    if not _ENDS_RELATION.search(text, max(start - 200, 0), start):
        return False
    following = _NEXT_WORD.match(text, end)
    if following is None:
        return False
    word = re.match(rb"\s*(\w*)", text[end : end + 40])
    return word is None or word.group(1).lower() not in _KEYWORDS_AFTER
