"""Python code read in the order in which it runs: a lexer's state is what the names are worth, and the blocks that are open.

Fits `Checkpoints`: `advance` takes whole lines, and a state knows no offset. A way that an `if` may or may not take joins the
other one at its end; a loop's body runs once or not at all; a function's body sees what stood above it, and leaves nothing.
"""

import re
from collections.abc import Iterator, Mapping

from attrs import evolve, field, frozen

from understudy_server.context.frames import statements
from understudy_server.context.frames.blocks import BlockKind, OpenBlock, Way
from understudy_server.context.frames.call import Ground
from understudy_server.context.frames.environment import Environment
from understudy_server.context.frames.expressions import Evaluator
from understudy_server.context.frames.functions import bound_parameters
from understudy_server.context.frames.logical_lines import Begun, logical_lines
from understudy_server.context.frames.remembering import Recent, remembered
from understudy_server.context.frames.syntax import parse_statements
from understudy_server.context.frames.values import Function, Value

MAX_PIECES = 1_024
"""Of all texts; as many as a long file has."""
PIECE_BYTES = 200
"""Pieces have at least so many bytes but for the last: very small ones cost more to find again than to read."""
_KEYWORD = re.compile(
    rb"(?:async[ \t]+)?(def|class|if|elif|else|for|while|try|except|finally|with|match|case|return|raise|continue|break)\b"
)
_NAME = re.compile(rb"(?:async[ \t]+)?def[ \t]+(\w+)")
_STRINGS = re.compile(rb"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|#.*")
_ENDINGS = frozenset(("return", "raise", "continue", "break"))
_KINDS: Mapping[str, BlockKind] = {
    "def": "def",
    "class": "class",
    "for": "loop",
    "while": "loop",
    "if": "if",
    "case": "if",
    "try": "try",
    "with": "with",
}
_BRANCHES = frozenset(("elif", "else", "except", "finally", "match"))


@frozen(cache_hash=True)
class State:
    """What is known at a line's start."""

    ground: Ground
    names: Environment = field(factory=Environment)
    blocks: tuple[OpenBlock, ...] = ()
    ended: bool = False
    """Whether the way here ends: what follows a `return` in its block is never run."""
    begun: Begun = field(factory=Begun)
    calls: int = 0
    """How many functions of the file, one called by the other, this is in."""

    @property
    def function(self) -> OpenBlock | None:
        """The innermost function whose body this is."""
        return next((block for block in reversed(self.blocks) if block.kind == "def"), None)


_after_piece: Recent[tuple[bytes, State], State] = Recent(MAX_PIECES)


def advance(text: bytes, state: State) -> State:
    """The state after some lines.

    An edit leaves most of the text around it as it was, so what pieces of it led to is remembered: what is left to read is
    the piece with the edit. Equal states are the same object, so that those who keep states need not compare them.
    """
    for piece in _pieces(text):
        ended = _after_piece.get((piece, state))
        if ended is None:
            lines, begun = logical_lines(piece, state.begun)
            ended = _read(lines, state, begun) if lines else evolve(state, begun=begun)
            _after_piece.keep((piece, state), ended)
        state = ended
    return state


def settled(state: State, indent: int, keyword: str = "") -> State:
    """The state at a statement of that indentation: the blocks that it is not in are closed, and `else` goes back."""
    way = Way.begin(state.names, state.blocks, state.ended)
    way.settle(indent, keyword)
    return State(state.ground, way.names, way.opened(), way.ended, state.begun, state.calls)


def finished(state: State) -> State:
    """The state with a line that was begun taken as it is: the text ends there."""
    begun = state.begun
    return _read([(begun.text.rstrip(), begun.indent)], state, Begun()) if begun.text else state


def returned_by(
    function: Function,
    positional: tuple[Value | None, ...],
    named: Mapping[str, Value | None],
    names: Environment,
    ground: Ground,
    calls: int,
) -> Value | None:
    """What a function of the file returns for these arguments; None when unknown."""
    bound = bound_parameters(function.header, positional, named, names, ground)
    if bound is None:
        return None
    parameters = names.setting(bound)
    state = State(ground, parameters, (OpenBlock("call", -1, parameters),), calls=calls)
    state = settled(finished(advance(function.body, state)), 0)
    return state.blocks[0].returned if state.blocks else None


def _pieces(text: bytes) -> Iterator[bytes]:
    """The text cut behind blank lines, so that the same lines make the same pieces wherever they stand."""
    blank = b"\n\r\n" if b"\n\r\n" in text else b"\n\n"
    start = 0
    while (found := text.find(blank, start + PIECE_BYTES)) >= 0:
        end = found + len(blank)
        yield text[start:end]
        start = end
    if start < len(text):
        yield text[start:]


def _read(lines: list[tuple[bytes, int]], state: State, begun: Begun) -> State:
    way = Way.begin(state.names, state.blocks, state.ended)
    for text, indent in lines:
        _follow(way, text, indent, state.ground, state.calls)
    return State(state.ground, way.names, way.opened(), way.ended, begun, state.calls)


def _follow(way: Way, text: bytes, indent: int, ground: Ground, calls: int) -> None:
    """Take one statement, without its indentation."""
    if text[:1] in b"@#%!":
        return
    found = _KEYWORD.match(text)
    keyword = found.group(1).decode() if found else ""
    if keyword in ("match", "case") and not _opens(text):
        keyword = ""
    way.settle(indent, keyword)
    way.collect(text, indent)
    if not keyword:
        if statements.matters(text, way.names):
            way.names = _run(text, way.names, ground, calls)
    elif keyword in _ENDINGS:
        way.end(keyword, _returned(way, text, ground, calls) if keyword == "return" else None)
    else:
        _enter(way, keyword, text, indent, ground, calls)


def _enter(way: Way, keyword: str, text: bytes, indent: int, ground: Ground, calls: int) -> None:
    """Go inside of a compound statement, or past one of a single line."""
    if not _opens(text):
        alone = keyword in ("else", "try", "finally", "except", "elif")
        way.names = _run(text.partition(b":")[2].strip() if alone else text, way.names, ground, calls)
        return
    if keyword in _BRANCHES:
        return  # the block was turned already
    before, runs = way.names, False
    name, header = "", b""
    if keyword in ("for", "with"):
        way.names, runs = remembered(
            (text, "loop", calls),
            (before, ground),
            lambda: statements.loop_names(text, before, ground, calls),
        )
    if keyword == "def" and (found := _NAME.match(text)):
        name, header = found.group(1).decode("utf-8", "replace"), text
        way.names = _parameters(header, before, ground)
    way.enter(
        OpenBlock(
            _KINDS[keyword],
            indent,
            before,
            complete=runs,
            name=name,
            header=header,
            body=b"" if name else None,
        )
    )


def _parameters(header: bytes, names: Environment, ground: Ground) -> Environment:
    """The names at the start of a function that nobody calls; remembered, so that they are the same ones each time."""

    def bind() -> Environment:
        return names.setting(bound_parameters(header, (), {}, names, ground, annotated=True) or {})

    return remembered((header, "parameters"), (names, ground), bind)


def _returned(way: Way, text: bytes, ground: Ground, calls: int) -> Value | None:
    """What a `return` gives; read only where somebody asks, in a function that is called."""
    if not way.is_called:
        return None
    nodes = parse_statements(text)
    expression = getattr(nodes[0], "value", None) if nodes else None
    return Evaluator(way.names, ground, text, calls).value(expression)


def _opens(text: bytes) -> bool:
    """Whether the statement's body follows on lines of its own."""
    line = text[text.rfind(b"\n") + 1 :]
    if b"#" in line:
        line = _STRINGS.sub(b"", line)
    return line.rstrip().endswith(b":")


def _run(text: bytes, names: Environment, ground: Ground, calls: int) -> Environment:
    """The names after a statement."""
    return remembered((text, calls), (names, ground), lambda: statements.run(text, names, ground, calls))
