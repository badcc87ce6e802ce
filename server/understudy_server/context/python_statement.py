"""The statement around a Python string, parsed: with empty strings in place of all literals, and its brackets closed."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from functools import cache
from itertools import pairwise

import tree_sitter_python
from attrs import frozen
from tree_sitter import Language, Node, Parser

from understudy_server.context.python_lexer import advance
from understudy_server.context.python_state import INITIAL, PythonString

MAX_BYTES = 6_000
"""At most this much code, without the contents of strings, is parsed."""
_NEAR_BYTES = 2_000
_CLOSING = {b"(": b")", b"[": b"]", b"{": b"}"}
_HEADER = re.compile(rb":[ \t]*(?:\#[^\r\n]*)?\s*\Z")


@frozen
class Statement:
    """One parsed statement. Offsets outside of `code` are those of the text that was lexed."""

    code: bytes
    """The source that was parsed."""
    literal: Node
    """The node of the string that was asked for."""
    _strings: dict[int, PythonString]
    _moves: tuple[tuple[int, int], ...]
    """(offset in `code`, offset in the text) where each stretch that was copied begins."""
    _text: bytes
    _parents: dict[int, Node]

    def parent_of(self, node: Node) -> Node | None:
        """The parent of a node that the literal stands in, or of the literal itself."""
        return self._parents.get(node.id)

    def string_of(self, node: Node) -> PythonString | None:
        """The literal that a string node stands for."""
        return self._strings.get(node.start_byte)

    def content_of(self, node: Node) -> str:
        """What a string node holds between its quotes, as written; empty where it is long."""
        string = self.string_of(node)
        if string is None or string.content_end - string.content > 100:
            return ""
        return self._text[string.content : string.content_end].decode("utf-8", "replace")

    def place(self, offset: int) -> int:
        """The text's offset of an offset of `code` outside of strings; at a string's start that of the string."""
        index = max(bisect_right(self._moves, (offset, 1 << 60)) - 1, 0)
        in_code, in_text = self._moves[index]
        return in_text + offset - in_code

    def text_of(self, node: Node) -> str:
        """The source of a node."""
        return self.code[node.start_byte : node.end_byte].decode("utf-8", "replace")


def parse_statement(
    text: bytes,
    strings: Sequence[PythonString],
    target: PythonString,
    start: int,
    end: int,
    *,
    cut: bool = False,
) -> Statement | None:
    """Parse text[start:end], one logical statement with these `strings`; None where the parser finds the target no string.

    `cut` says that it begins inside of brackets.
    """
    code = bytearray()
    moves: list[tuple[int, int]] = []
    at_offset: dict[int, PythonString] = {}
    inside = list(strings)
    if len(inside) > 200 or end - start > MAX_BYTES:
        low, inside, end = _near(text, inside, target, start, end)
        cut = cut or low > start
        start = low
    position = start
    space = len(text[start:end]) - len(text[start:end].lstrip(b" \t\f"))
    position += space
    if cut:
        code += b"["
    target_at = -1
    for string in inside:
        moves.append((len(code), position))
        code += text[position : string.start]
        if string is target:
            target_at = len(code)
        at_offset[len(code)] = string
        moves.append((len(code), string.start))
        code += b'""'
        position = string.end
    moves.append((len(code), position))
    code += text[position : max(end, position)]
    if target_at < 0:
        return None
    _close(code)
    path = _path_to(_parser().parse(bytes(code)).root_node, target_at)
    if path[-1].type != "string" or path[-1].start_byte != target_at:
        return None
    parents = {child.id: parent for parent, child in pairwise(path)}
    return Statement(bytes(code), path[-1], at_offset, tuple(moves), text, parents)


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


def _close(code: bytearray) -> None:
    """Close the brackets that are open at the end, and give a header a body."""
    state = advance(bytes(code), INITIAL)
    for frame in reversed(state.stack):
        code += _CLOSING.get(frame, b"")
    if not state.stack and _HEADER.search(code):
        code += b" pass"


@cache
def _parser() -> Parser:
    return Parser(Language(tree_sitter_python.language()))
