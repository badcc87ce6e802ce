"""The parameters of the function at the cursor: what the calls of it in the same file give them."""

from collections.abc import Iterator
from itertools import islice

from attrs import evolve

from understudy_server.context.frames.blocks import OpenBlock
from understudy_server.context.frames.call_sites import call_sites, parsed_call
from understudy_server.context.frames.environment import Environment, join_values
from understudy_server.context.frames.expressions import Evaluator
from understudy_server.context.frames.flow import State, advance, finished, settled
from understudy_server.context.frames.functions import bound_parameters
from understudy_server.context.frames.remembering import remembered
from understudy_server.context.frames.values import Frame, Value
from understudy_server.context.text.checkpoints import Checkpoints
from understudy_server.context.text.document import Document

MAX_CALLS = 4
"""Calls that are looked at."""
REACH_BYTES = 96_000
"""Calls farther below the cursor's line are not looked at: what stands between would have to be read."""
_KEPT = 4


def state_before(document: Document, line_start: int, initial: State) -> State:
    """The state at a line's start."""
    block_start, state = Checkpoints(document, advance, initial).before(line_start)
    return advance(document.slice(block_start, line_start), state)


def names_with_arguments(document: Document, line_start: int, state: State, initial: State) -> Environment:
    """The names at a line in a function, with its parameters as the calls give them; joined where calls differ.

    `state` is that of the line.
    """
    function = state.function
    if function is None or function.body is None or not function.header:
        return state.names
    sites = [
        (text, names)
        for text, names in _calls(document, line_start, state, initial, function)
        if parsed_call(text) is not None
    ]
    if not sites:
        return state.names
    ground, before = initial.ground, function.before
    names = remembered(
        ("arguments", function.header, *(text for text, _ in sites)),
        (ground, before, *(names for _, names in sites)),
        lambda: _given(function, sites, initial),
    )
    if names is None:
        return state.names
    return finished(advance(function.body, State(ground, names, (OpenBlock("call", -1, names),)))).names


def _given(function: OpenBlock, sites: list[tuple[bytes, Environment]], initial: State) -> Environment | None:
    """The names at the start of the body; None when no call gives a frame."""
    before = function.before
    given: dict[str, Value | None] = {}
    for text, names in sites:
        node = parsed_call(text)
        if node is None:
            continue
        call = Evaluator(names, initial.ground, b"(" + text).call_of(node)
        bound = bound_parameters(function.header, call.positional, call.named, before, initial.ground)
        for name, value in (bound or {}).items():
            given[name] = join_values(given[name], value) if name in given else value
    framed = any(isinstance(value, Frame) for value in given.values())
    return function.before.setting(given) if framed else None


def _calls(
    document: Document, line_start: int, state: State, initial: State, function: OpenBlock
) -> Iterator[tuple[bytes, Environment]]:
    """(text of a call, the names where it stands)."""
    below = None
    for offset, text in islice(call_sites(document, function.name.encode()), MAX_CALLS):
        site_line = document.line_start(document.line_at(offset))
        if site_line <= line_start:
            at = state_before(document, site_line, initial)
        else:
            below = below or _Below(document, line_start, _without(state, function))
            reached = below.state_at(site_line)
            if reached is None:
                return
            at = reached
        if not at.begun.text:
            row = document.slice(site_line, offset)
            at = settled(at, len(row) - len(row.lstrip()))
        yield text, at.names


class _Below:
    """Reads on from the cursor, block by block; what a block leads to is remembered with the block."""

    def __init__(self, document: Document, line_start: int, state: State) -> None:
        self._document = document
        self._cursor_line = line_start
        self._start, self._state = line_start, state

    def state_at(self, line_start: int) -> State | None:
        """The state at the start of a line below; None where that is too far. Lines are asked for from the top."""
        if line_start - self._cursor_line > REACH_BYTES:
            return None
        for start, block in self._document.blocks(self._start):
            end = start + len(block.text)
            if line_start < end:
                break
            if start < self._start:
                self._state = advance(self._document.slice(self._start, end), self._state)
            else:
                known: dict[State, State] = block.notes.setdefault(_Below, {})
                if self._state not in known:
                    if len(known) >= _KEPT:
                        known.clear()
                    known[self._state] = advance(block.text, self._state)
                self._state = known[self._state]
            self._start = end
        return advance(self._document.slice(self._start, line_start), self._state)


def _without(state: State, function: OpenBlock) -> State:
    """The state as if the function had no body worth calling: what is typed in it then changes nothing below it."""
    blocks = tuple(
        evolve(block, header=b"", body=None) if block is function else block for block in state.blocks
    )
    return evolve(state, blocks=blocks)
