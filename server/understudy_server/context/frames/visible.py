"""The frames at a cursor: the state of the flow there, and the arguments of the calls of the function it is in."""

import ast
import re
from collections.abc import Sequence

from attrs import evolve, frozen

from understudy_knowledge.catalog import Catalog
from understudy_server.context.checkpoints import Checkpoints
from understudy_server.context.document import Document
from understudy_server.context.frames.call import Ground
from understudy_server.context.frames.environment import Environment, join_values
from understudy_server.context.frames.expressions import Evaluator
from understudy_server.context.frames.flow import OpenBlock, State, advance, finished, settled
from understudy_server.context.frames.functions import bound_names
from understudy_server.context.frames.logical_lines import Begun
from understudy_server.context.frames.syntax import parse_expression
from understudy_server.context.frames.values import Frame, Function, Origin, Value
from understudy_server.context.query_context import Span

MAX_CALLS = 4
"""Calls of the enclosing function that are looked at for its arguments."""
_KEPT = 4


@frozen
class VisibleFrame:
    """A frame by the name it has at the cursor."""

    name: str
    frame: Frame


@frozen
class Scope:
    """What is known at a cursor. `begun` is the text of its statement left of the cursor, which begins at `start`."""

    names: Environment
    ground: Ground
    begun: bytes
    start: int
    function: OpenBlock | None = None
    """The innermost function around the cursor."""

    @property
    def frames(self) -> tuple[VisibleFrame, ...]:
        """The frames in scope, the one set last first."""
        return tuple(VisibleFrame(name, frame) for name, frame in reversed(self.names.frames.items()))


def visible_frames(
    source: bytes | Document, offset: int, catalog: Catalog | None = None, above: Sequence[Document] = ()
) -> tuple[VisibleFrame, ...]:
    """The frames that Python code may name at a byte offset, the one set last first.

    A keystroke costs the block of text at the cursor: what stands above is remembered with the document. Columns of files
    and tables come from the catalog; nothing is read from the disk. `above` are the notebook's cells of Python that ran before.
    """
    document = source if isinstance(source, Document) else Document("", source.decode("utf-8", "replace"))
    return scope_at(document, offset, catalog, above).frames


def scope_at(
    document: Document, offset: int, catalog: Catalog | None = None, above: Sequence[Document] = ()
) -> Scope:
    """What the names are worth at a byte offset, and the statement that is being written there."""
    ground = _ground(catalog or Catalog())
    initial = State(ground)
    for cell in above:
        initial = State(ground, _names_after(cell, initial))
    line_start = document.line_start(document.line_at(offset))
    state = _state_before(document, line_start, initial)
    line = document.slice(line_start, offset)
    if state.begun.text:
        whole = len(state.begun.text) == state.begun.size
        begun = state.begun.text + line if whole else line
        start = offset - len(begun)
        indent = state.begun.indent
    else:
        begun = line.lstrip()
        start = offset - len(begun)
        indent = len(line) - len(begun)
    state = settled(evolve(state, begun=Begun()), indent, _keyword(begun))
    names = state.names
    if (block := state.function) is not None:
        names = _with_arguments(document, block, state, initial)
    return Scope(names, ground, begun, start, block)


def span_of(origin: Origin, document: Document, before: int) -> Span | None:
    """Where a column was named: the place in the last statement of that text above an offset. Reads the text above."""
    text = document.slice(0, before)
    at = text.rfind(origin.statement)
    return Span(at + origin.start, at + origin.end) if at >= 0 else None


_grounds: list[Ground] = []


def _ground(catalog: Catalog) -> Ground:
    """The same ground for the same catalog, so that what is remembered of a document can be found again."""
    for ground in _grounds:
        if ground.catalog is catalog:
            return ground
    ground = Ground(catalog)
    _grounds.insert(0, ground)
    del _grounds[4:]
    return ground


def _state_before(document: Document, line_start: int, initial: State) -> State:
    block_start, state = Checkpoints(document, advance, initial).before(line_start)
    return advance(document.slice(block_start, line_start), state)


def _names_after(cell: Document, initial: State) -> Environment:
    """The names that a cell leaves, remembered with its last block."""
    _, block, state = next(Checkpoints(cell, advance, initial).upward(len(cell)))
    known: dict[State, Environment] = block.notes.setdefault(_names_after, {})
    if state not in known:
        if len(known) >= _KEPT:
            known.clear()
        known[state] = settled(finished(advance(block.text, state)), 0).names
    return known[state]


def _keyword(statement: bytes) -> str:
    found = re.match(rb"(elif|else|except|finally|case)\b", statement)
    return found.group(1).decode() if found else ""


def _with_arguments(document: Document, block: OpenBlock, state: State, initial: State) -> Environment:
    """The names in a function's body when its parameters are what the file's calls give; joined where calls differ."""
    if not block.source or not block.name:
        return state.names
    function = Function(block.name, block.source)
    ground = initial.ground
    found: Environment | None = None
    given: dict[str, Value | None] = {}
    for positional, named in _calls(document, block.name, initial):
        bound = bound_names(function, positional, named, block.before.names, ground)
        if bound is None:
            return state.names
        for name, value in bound[0].names.items():
            if name not in block.before.names or block.before.names[name] != value:
                given[name] = join_values(given[name], value) if name in given else value
        found = bound[0]
    if found is None or not any(isinstance(value, Frame) for value in given.values()):
        return state.names
    names = block.before.setting(given)
    body = function.source[len(function.source) - len(bound[1]) :] if bound else b""
    inner = OpenBlock("call", -1, names)
    after = finished(advance(body, State(ground, names, (inner,))))
    return after.names


def _calls(
    document: Document, name: str, initial: State
) -> list[tuple[tuple[Value | None, ...], dict[str, Value | None]]]:
    """The arguments of the calls of that name: of the first few in the file."""
    pattern = re.compile(rb"(?<![\w.])" + re.escape(name.encode()) + rb"\(")
    calls = []
    for start, block in document.blocks():
        for found in pattern.finditer(block.text):
            line = block.text[block.text.rfind(b"\n", 0, found.start()) + 1 : found.start()]
            if re.search(rb"\bdef\s+$", line):
                continue
            at = start + found.start()
            text = _call_text(document, at, found.end() - found.start())
            node = parse_expression(text)
            if not isinstance(node, ast.Call):
                continue
            line_start = document.line_start(document.line_at(at))
            state = _state_before(document, line_start, initial)
            indent = len(document.slice(line_start, at)) - len(document.slice(line_start, at).lstrip())
            names = (
                settled(evolve(state, begun=Begun()), indent).names if not state.begun.text else state.names
            )
            call = Evaluator(names.names, initial.ground, b"(" + text).call_of(node)
            calls.append((call.positional, dict(call.named)))
            if len(calls) >= MAX_CALLS:
                return calls
    return calls


def _call_text(document: Document, start: int, opening: int) -> bytes:
    """`name(…)` up to its closing parenthesis, of at most two kilobytes."""
    text = document.slice(start, start + 2_000)
    depth = 0
    for token in re.finditer(rb"\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'|#[^\n]*|[()\[\]{}]", text):
        mark = token.group()
        depth += (mark in (b"(", b"[", b"{")) - (mark in (b")", b"]", b"}"))
        if not depth and token.start() >= opening - 1:
            return text[: token.end()]
    return b""
