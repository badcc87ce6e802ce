"""The statement around a Python string, parsed: with empty strings in place of all literals, and its brackets closed."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from functools import cache
from itertools import pairwise

import tree_sitter_python
from attrs import frozen
from tree_sitter import Language, Node, Parser

from understudy_server.context.python.lexer import advance
from understudy_server.context.python.marks import SPACE
from understudy_server.context.python.state import INITIAL, PythonString

MAX_BYTES = 6_000
"""At most this much code, without the contents of strings, is parsed."""
_NEAR_BYTES = 2_000
_SHORT_BYTES = 100
_CLOSING = {b"(": b")", b"[": b"]", b"{": b"}"}
_HEADER = re.compile(rb":[ \t]*(?:\#[^\r\n]*)?\s*\Z")


@frozen
class Code:
    """The source of one statement with empty strings in place of its literals, and where all of it stands in the text."""

    source: bytes
    target: int
    """Where in `source` the literal stands that was asked for."""
    written: tuple[tuple[int, bytes | None], ...]
    """(offset in `source`, content) of every literal; None for the content of the target, and of a long one.

    A short one may be the key of a dictionary, or what joins a list.
    """
    _strings: dict[int, PythonString]
    _moves: tuple[tuple[int, int], ...]
    """(offset in `source`, offset in the text) where each stretch that was copied begins."""

    def string_at(self, offset: int) -> PythonString:
        """The literal that stands there in `source`."""
        return self._strings[offset]

    def place(self, offset: int) -> int:
        """The text's offset of an offset of `source` outside of strings; at a string's start that of the string."""
        index = max(bisect_right(self._moves, (offset, 1 << 60)) - 1, 0)
        in_source, in_text = self._moves[index]
        return in_text + offset - in_source


@frozen
class Statement:
    """One parsed statement; all offsets are those of its source, whose literals are empty strings."""

    source: bytes
    literal: Node
    """The node of the string that was asked for."""
    _parents: dict[int, Node]
    _written: dict[int, bytes | None]

    def parent_of(self, node: Node) -> Node | None:
        """The parent of a node that the literal stands in, or of the literal itself."""
        return self._parents.get(node.id)

    def is_literal(self, node: Node) -> bool:
        """Whether a string node stands for a literal that the lexer found, too."""
        return node.start_byte in self._written

    def content_of(self, node: Node) -> bytes | None:
        """What a string node holds between its quotes, as written; None where it is long, or is the literal."""
        return self._written.get(node.start_byte)

    def text_of(self, node: Node) -> str:
        """The source of a node."""
        return self.source[node.start_byte : node.end_byte].decode("utf-8", "replace")


def code_of(
    text: bytes,
    strings: Sequence[PythonString],
    target: PythonString,
    start: int,
    end: int,
    *,
    cut: bool = False,
) -> Code | None:
    """The code of text[start:end], one logical statement with these `strings`; None where the target is not among them.

    `cut` says that it begins inside of brackets.
    """
    inside = list(strings)
    if len(inside) > 200 or end - start > MAX_BYTES:
        low, inside, end = _near(text, inside, target, start, end)
        cut = cut or low > start
        start = low
    space = SPACE.match(text, start, end)
    position = space.end() if space else start
    code = bytearray(b"[" if cut else b"")
    moves: list[tuple[int, int]] = []
    written: list[tuple[int, bytes | None]] = []
    at_offset: dict[int, PythonString] = {}
    target_at = -1
    for string in inside:
        moves.append((len(code), position))
        code += text[position : string.start]
        at = len(code)
        if string is target:
            target_at = at
        short = string is not target and string.content_end - string.content <= _SHORT_BYTES
        written.append((at, text[string.content : string.content_end] if short else None))
        at_offset[at] = string
        moves.append((at, string.start))
        code += b'""'
        position = string.end
    moves.append((len(code), position))
    code += text[position : max(end, position)]
    if target_at < 0:
        return None
    return Code(bytes(code), target_at, tuple(written), at_offset, tuple(moves))


def parse_statement(
    source: bytes, target: int, written: Sequence[tuple[int, bytes | None]]
) -> Statement | None:
    """Parse what `code_of` made, its brackets closed; None where the parser finds no string at `target`."""
    closed = _closed(source)
    path = _path_to(_parser().parse(closed).root_node, target)
    if path[-1].type != "string" or path[-1].start_byte != target:
        return None
    parents = {child.id: parent for parent, child in pairwise(path)}
    return Statement(closed, path[-1], parents, dict(written))


def _path_to(root: Node, offset: int) -> list[Node]:
    """The nodes from the root down to the string at the offset; `Node.parent` would search from the root at every step."""
    cursor = root.walk()
    path = [root]
    while path[-1].type != "string" and cursor.goto_first_child_for_byte(offset) is not None:
        node = cursor.node
        if node is None:
            break
        path.append(node)
    return path


def _near(
    text: bytes, inside: list[PythonString], target: PythonString, start: int, end: int
) -> tuple[int, list[PythonString], int]:
    """The part of a long statement that stands around the target; short where only the contents of strings are long."""
    code = end - start - sum(string.end - string.start for string in inside)
    if code <= MAX_BYTES and len(inside) <= 200:
        return start, inside, end
    index = inside.index(target)
    first = last = index
    while first > 0 and index - first < 50 and target.start - inside[first - 1].start < _NEAR_BYTES:
        first -= 1
    while last + 1 < len(inside) and last - index < 50 and inside[last + 1].end - target.end < _NEAR_BYTES:
        last += 1
    floor = inside[first - 1].end if first else start
    low = max(text.rfind(b"\n", floor, inside[first].start) + 1, floor, inside[first].start - _NEAR_BYTES)
    high = inside[last + 1].start if last + 1 < len(inside) else end
    high = min(high, inside[last].end + _NEAR_BYTES)
    return low, inside[first : last + 1], high


def _closed(code: bytes) -> bytes:
    """The code with the brackets closed that are open at its end, and a body for a header."""
    state = advance(code, INITIAL)
    closing = b"".join(_CLOSING.get(frame, b"") for frame in reversed(state.stack))
    if not state.stack and _HEADER.search(code):
        closing = b" pass"
    return code + closing


@cache
def _parser() -> Parser:
    return Parser(Language(tree_sitter_python.language()))
