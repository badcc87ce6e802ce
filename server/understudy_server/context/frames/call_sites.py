"""Where a file calls its own functions: an index that each block of the text keeps, so that an edit costs one block."""

import ast
import re
from collections.abc import Iterator

from understudy_server.context.frames.syntax import parse_expression
from understudy_server.context.text.blocks import Block, Stretch
from understudy_server.context.text.document import Document

MAX_BYTES = 2_000
"""Of a call with its arguments."""
_CALLED = re.compile(rb"(?<![\w.])([^\W\d]\w*)\(")
_TOKEN = re.compile(rb"\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'|#[^\n]*|[()\[\]{}]")


def call_sites(document: Document, name: bytes) -> Iterator[tuple[int, bytes]]:
    """(offset, text) of each call of that name in the file, from the top."""
    base = 0
    for stretch in document.stretches():
        if _may_be_called(stretch, name):
            for block, start in zip(stretch.blocks, stretch.offsets, strict=False):
                if name in _called(block):
                    yield from _in_block(document, block, base + start, name)
        base += stretch.offsets[-1]


def _in_block(document: Document, block: Block, start: int, name: bytes) -> Iterator[tuple[int, bytes]]:
    for found in _CALLED.finditer(block.text):
        if found[1] != name:
            continue
        line = block.text[block.text.rfind(b"\n", 0, found.start()) + 1 : found.start()]
        if not line.rstrip().endswith(b"def"):
            text = _call_text(document, start + found.start(), len(name))
            if text:
                yield start + found.start(), text


def parsed_call(text: bytes) -> ast.Call | None:
    """The call; None when the text is none."""
    node = parse_expression(text)
    return node if isinstance(node, ast.Call) else None


def _called(block: Block) -> frozenset[bytes]:
    names: frozenset[bytes] | None = block.notes.get(_called)
    if names is None:
        names = block.notes[_called] = frozenset(_CALLED.findall(block.text))
    return names


def _may_be_called(stretch: Stretch, name: bytes) -> bool:
    """Whether a block of it calls the name; true of a stretch that is new, for those at the cursor are new at each keystroke."""
    names: frozenset[bytes] | None = stretch.notes.get(_called)
    if names is None:
        # Asked for the second time, it is worth its collection.
        is_new = _called not in stretch.notes
        stretch.notes[_called] = None if is_new else frozenset().union(*map(_called, stretch.blocks))
        return True
    return name in names


def _call_text(document: Document, start: int, opening: int) -> bytes:
    """`name(…)` up to its closing parenthesis; empty when that is too far."""
    text = document.slice(start, start + MAX_BYTES)
    depth = 0
    for token in _TOKEN.finditer(text, opening):
        mark = token.group()
        depth += (mark in (b"(", b"[", b"{")) - (mark in (b")", b"]", b"}"))
        if not depth:
            return text[: token.end()]
    return b""
