"""Lines of Python joined to statements: over open brackets, open triple quotes and backslashes; mends what is left open."""

import re

from attrs import frozen

MAX_BYTES = 32_000
"""A longer statement is data; it is cut, so that nothing reads it."""

_TOKEN = re.compile(rb"[rRbBuUfFtT]{0,2}(?:\"\"\"|'''|\"|')|#")
_ENDS = {quote: re.compile(rb"(?:[^\\]|\\.)*?" + quote, re.DOTALL) for quote in (b'"""', b"'''")}
_ONE_LINE = {
    b'"': re.compile(rb"(?:[^\"\\\n]|\\.)*(?:\"|(?=\n)|$)"),
    b"'": re.compile(rb"(?:[^'\\\n]|\\.)*(?:'|(?=\n)|$)"),
}
# Left of or at the statement's own indentation these cannot stand inside of its brackets.
_STATEMENT = re.compile(
    rb"(?:def|class|import|from|return|for|while|with|try|if|elif|else|@)\b|@\w|\w[\w.]*(?:\[[^\]\n]*\])?[ \t]+=[ \t](?!.*,\s*$)"
)


@frozen
class Begun:
    """A statement that goes on below: its text so far, its indentation, and what is open in it."""

    text: bytes = b""
    indent: int = 0
    quote: bytes = b""
    depth: int = 0
    size: int = 0
    """Bytes from its first to here; more than the text has where that was cut."""


def logical_lines(text: bytes, begun: Begun) -> tuple[list[tuple[bytes, int]], Begun]:
    """([(statement without its indentation, indentation)], what is begun at the end). `text` is whole lines."""
    found: list[tuple[bytes, int]] = []
    head, indent, quote, depth, size = begun.text, begun.indent, begun.quote, begun.depth, begun.size
    for line in text.splitlines(keepends=True):
        bare = line.strip()
        if head and (quote or not breaks_off(line, indent)):
            if len(head) < MAX_BYTES:
                head += line
            size += len(line)
            quote, depth = after_line(line, quote, depth)
            if not quote and depth <= 0 and not bare.endswith(b"\\"):
                found.append((head.rstrip(), indent))
                head = b""
            continue
        if head:
            found.append((head.rstrip(), indent))
            head = b""
        if not bare or bare[:1] == b"#":
            continue
        indent = len(line) - len(line.lstrip())
        quote, depth = after_line(bare, b"", 0)
        if quote or depth > 0 or bare.endswith(b"\\"):
            head, size = line[indent:], len(line) - indent
        else:
            found.append((bare, indent))
    return found, Begun(head, indent, quote, max(depth, 0), size) if head else Begun()


def after_line(line: bytes, quote: bytes, depth: int) -> tuple[bytes, int]:
    """(the triple quote that is open after the line or b"", how many brackets are)."""
    if not quote and b'"' not in line and b"'" not in line and b"#" not in line:
        return b"", depth + _nesting(line)
    at = 0
    if quote:
        end = _ENDS[quote].match(line)
        if end is None:
            return quote, depth
        at = end.end()
    while True:
        token = _TOKEN.search(line, at)
        depth += _nesting(line[at : token.start()] if token else line[at:])
        if token is None or token.group() == b"#":
            return b"", depth
        mark = token.group().lstrip(b"rRbBuUfFtT")
        if len(mark) == 3:
            end = _ENDS[mark].match(line, token.end())
            if end is None:
                return mark, depth
        else:
            end = _ONE_LINE[mark].match(line, token.end())
        at = end.end() if end else len(line)


def _nesting(code: bytes) -> int:
    opened = len(code) - len(code.translate(None, b"([{"))
    return opened - (len(code) - len(code.translate(None, b")]}")))


def breaks_off(line: bytes, indent: int) -> bool:
    """Whether a new statement begins although brackets are open: one of them was never closed."""
    bare = line.lstrip()
    return len(line) - len(bare) <= indent and _STATEMENT.match(bare) is not None
