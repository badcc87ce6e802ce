"""SQL inside Python strings: the literal at the cursor, masked to SQL of the same bytes, and what stands around it."""

import re
from functools import cache

import tree_sitter_python
from attrs import field, frozen
from tree_sitter import Language, Node, Parser

from understudy_server.context.document import Document
from understudy_server.context.masking import mask_escape, mask_hole
from understudy_server.context.python_window import python_window
from understudy_server.context.query_context import Span, StringForm
from understudy_server.context.sql_sinks import holds_sql


@frozen
class StringPart:
    """One literal of an implicit concatenation; the span is that of its content, between the quotes."""

    span: Span
    form: StringForm
    holes: tuple[Span, ...] = ()


@frozen
class PythonRegion:
    """One string that holds SQL. All offsets are of the document, except those into `masked`, which begins at `span.start`."""

    span: Span
    """From the first content byte to the last one; quotes between implicitly concatenated parts lie inside."""
    masked: bytes
    parts: tuple[StringPart, ...]
    literal: Span
    """The whole expression, quotes included."""
    sink: str = ""
    """Name of the function that takes the string, empty when it is not an argument of one."""
    node: Node = field(kw_only=True, eq=False, repr=False)
    base: int = field(kw_only=True, default=0)
    """Offset of the parsed window in the document; node offsets count from here."""

    @property
    def has_holes(self) -> bool:
        """Whether an f-string hole is part of it."""
        return any(part.holes for part in self.parts)

    def part_at(self, offset: int) -> StringPart | None:
        """The literal whose content holds the offset; None in its holes and between the literals."""
        for part in self.parts:
            if part.span.start <= offset <= part.span.end:
                inside_hole = any(hole.start < offset < hole.end for hole in part.holes)
                return None if inside_hole else part
        return None


def find_region(document: Document, offset: int) -> PythonRegion | None:
    """The SQL string around the offset, or None. Parses a window of at most 64 KB, not the file."""
    bounds = python_window(document.buffer, offset)
    if bounds is None:
        return None
    start, end = bounds
    window = document.slice(start, end)
    region = _region_at(window, start, offset)
    if region is None and (mended := _with_closed_quote(window, offset - start)) is not None:
        region = _region_at(mended, start, offset)
    return region


def all_regions(source: bytes) -> list[PythonRegion]:
    """Every SQL string of a file, in order."""
    regions = []
    pending = [_parser().parse(source).root_node]
    while pending:
        node = pending.pop()
        if node.type in ("string", "concatenated_string"):
            if (region := _as_region(node, source, 0)) is not None:
                regions.append(region)
        else:
            pending.extend(reversed(node.children))
    return regions


@cache
def _parser() -> Parser:
    return Parser(Language(tree_sitter_python.language()))


def _region_at(window: bytes, base: int, offset: int) -> PythonRegion | None:
    local = offset - base
    root = _parser().parse(window).root_node
    node: Node | None = root.descendant_for_byte_range(local, local)
    while node is not None and node.type != "string":
        if node.type == "interpolation" and node.start_byte < local < node.end_byte:
            return None
        node = node.parent
    if node is None:
        return None
    if node.parent is not None and node.parent.type == "concatenated_string":
        node = node.parent
    region = _as_region(node, window, base)
    return region if region is not None and region.part_at(offset) is not None else None


def _as_region(node: Node, source: bytes, base: int) -> PythonRegion | None:
    strings = node.children if node.type == "concatenated_string" else [node]
    strings = [child for child in strings if child.type == "string"]
    if not strings or any(len(child.children) < 2 for child in strings):
        return None
    if any(b"b" in _prefix(child, source).lower() for child in strings):
        return None
    first, last = strings[0].children[0].end_byte, strings[-1].children[-1].start_byte
    masked = bytearray(b" " * (last - first))
    parts = []
    for child in strings:
        start, end = child.children[0].end_byte, child.children[-1].start_byte
        content, holes = _mask_content(child, source, start, end)
        masked[start - first : end - first] = content
        opening = source[child.start_byte : start].decode()
        prefix = opening.rstrip("'\"")
        form = StringForm(prefix, opening[len(prefix) :])
        parts.append(
            StringPart(
                Span(base + start, base + end), form, tuple(Span(base + a, base + b) for a, b in holes)
            )
        )
    accepted, sink = holds_sql(node, bytes(masked))
    if not accepted:
        return None
    return PythonRegion(
        Span(base + first, base + last),
        bytes(masked),
        tuple(parts),
        Span(base + node.start_byte, base + node.end_byte),
        sink,
        node=node,
        base=base,
    )


def _prefix(string: Node, source: bytes) -> bytes:
    opening = string.children[0]
    return source[opening.start_byte : opening.end_byte]


def _mask_content(string: Node, source: bytes, start: int, end: int) -> tuple[bytes, list[tuple[int, int]]]:
    masked = bytearray(source[start:end])
    holes = []
    opens = {b"'": True, b'"': True}
    for child in string.children[1:-1]:
        if child.type == "interpolation":
            a, b = child.start_byte, child.end_byte
            holes.append((a, b))
            masked[a - start : b - start] = mask_hole(source[a:b])
        for escape in child.children if child.type == "string_content" else ():
            a, b = escape.start_byte, escape.end_byte
            raw = source[a:b]
            if escape.type == "escape_interpolation":
                masked[a - start : b - start] = raw[:1] + b" "
            elif escape.type == "escape_sequence":
                mark = raw[1:]
                masked[a - start : b - start] = mask_escape(raw, opens.get(mark, False))
                if mark in opens:
                    opens[mark] = not opens[mark]
    return bytes(masked), holes


def _with_closed_quote(window: bytes, offset: int) -> bytes | None:
    """The window with the quote that is open at the cursor closed at its line's end; None when none is open there."""
    line_start = window.rfind(b"\n", 0, offset) + 1
    mark = b""
    for match in re.finditer(rb"\\.|\"\"\"|'''|[\"'#]", window[line_start:offset]):
        found = match.group()
        if mark:
            mark = b"" if found == mark else mark
        elif found == b"#" or len(found) == 3:
            return None
        elif found in (b'"', b"'"):
            mark = found
    if not mark:
        return None
    line_end = window.find(b"\n", offset)
    line_end = len(window) if line_end < 0 else line_end
    if line_end > offset and window[line_end - 1 : line_end] == b"\r":
        line_end -= 1
    tail = window[offset:line_end]
    # Closers that an editor paired already belong to the call, not to the string.
    close = offset + len(tail.rstrip(b" \t)],:"))
    head = window[line_start:offset]
    missing = head.count(b"(") - head.count(b")") - window.count(b")", close, line_end)
    return window[:close] + mark + b")" * max(missing, 0) + window[close:]
