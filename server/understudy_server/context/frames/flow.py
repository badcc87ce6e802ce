"""Python code read in the order in which it runs: a lexer's state is what the names are worth, and the blocks that are open.

Fits `Checkpoints`: `advance` takes whole lines, and a state knows no offset. A way that an `if` may or may not take joins the
other one at its end; a loop's body runs once or not at all; a function's body sees what stood above it, and leaves nothing.
"""

import re
from collections.abc import Mapping
from typing import Literal

from attrs import evolve, field, frozen

from understudy_server.context.frames import statements
from understudy_server.context.frames.call import Ground
from understudy_server.context.frames.environment import Environment, join_values, joined
from understudy_server.context.frames.expressions import Evaluator
from understudy_server.context.frames.functions import bound_names
from understudy_server.context.frames.logical_lines import Begun, logical_lines
from understudy_server.context.frames.syntax import parse_statements
from understudy_server.context.frames.values import Function, Value

MAX_FUNCTION = 8_000
"""Bytes of a function that is still read anew for the arguments of a call."""
_KEPT = 4_096
_KEYWORD = re.compile(
    rb"(?:async[ \t]+)?(def|class|if|elif|else|for|while|try|except|finally|with|match|case|return|raise|continue|break)\b"
)
_NAME = re.compile(rb"(?:async[ \t]+)?def[ \t]+(\w+)")
_ONE_OF = {"elif": "if", "case": "if", "except": "try"}
BlockKind = Literal["def", "class", "if", "loop", "try", "with", "call"]


@frozen
class OpenBlock:
    """A compound statement whose body is being read. `after` are the names at the end of its finished branches."""

    kind: BlockKind
    indent: int
    before: Environment
    after: Environment | None = None
    complete: bool = False
    """Whether one of its branches is taken in any case."""
    name: str = ""
    source: bytes = b""
    """A function's text so far; empty when it is too long to be read for a call."""
    returned: Value | None = None
    returns: int = 0


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

    @property
    def function(self) -> OpenBlock | None:
        """The innermost function whose body this is."""
        return next((block for block in reversed(self.blocks) if block.kind == "def"), None)


def advance(text: bytes, state: State) -> State:
    """The state after some lines."""
    lines, begun = logical_lines(text, state.begun)
    for line, indent in lines:
        state = _after(line, indent, state)
    return evolve(state, begun=begun)


def settled(state: State, indent: int, keyword: str = "") -> State:
    """The state at a statement of that indentation: the blocks that it is not in are closed, and `else` goes back."""
    while state.blocks and state.blocks[-1].indent >= indent:
        block = state.blocks[-1]
        if keyword and block.indent == indent and _continues(keyword, block):
            return _next_branch(keyword, block, state)
        state = _closed(state)
    return state


def returned_by(
    function: Function,
    positional: tuple[Value | None, ...],
    named: Mapping[str, Value | None],
    names: Mapping[str, Value | None],
    ground: Ground,
    calls: int,
) -> Value | None:
    """What a function of the file returns for these arguments; None when unknown."""
    bound = bound_names(function, positional, named, names, ground)
    if bound is None:
        return None
    parameters, body = bound
    block = OpenBlock("call", -1, parameters)
    state = advance(body, State(ground, parameters, (block,), calls=calls))
    state = settled(finished(state), 0)
    return state.blocks[0].returned if state.blocks else None


def finished(state: State) -> State:
    """The state with a line that was begun taken as it is: the text ends there."""
    begun = state.begun
    return _after(begun.text, begun.indent, evolve(state, begun=Begun())) if begun.text else state


_results: dict[tuple[bytes, int, int, int], tuple[Environment, Ground, Environment]] = {}


def _run(text: bytes, names: Environment, ground: Ground, calls: int) -> Environment:
    """The names after a statement, remembered: while one types, the lines above are the same and so are their names."""
    key = (text, id(names), id(ground), calls)
    known = _results.get(key)
    if known is not None and known[0] is names and known[1] is ground:
        return known[2]
    after = statements.run(text, names, ground, calls)
    if len(_results) >= _KEPT:
        _results.clear()
    _results[key] = (names, ground, after)
    return after


def _after(text: bytes, indent: int, state: State) -> State:
    if text[:1] in (b"@", b"#", b"%", b"!"):
        return state
    found = _KEYWORD.match(text)
    keyword = found.group(1).decode() if found else ""
    if keyword in ("match", "case") and not _opens(text):
        keyword = ""
    if state.blocks and state.blocks[-1].indent >= indent:
        state = settled(state, indent, keyword)
    if state.blocks:
        state = _collected(state, text, indent)
    if not keyword:
        if statements.matters(text.decode("utf-8", "replace"), state.names.names):
            return evolve(state, names=_run(text, state.names, state.ground, state.calls))
        return state
    if keyword in ("return", "raise", "continue", "break"):
        return _ending(keyword, text, state)
    return _entered(keyword, text, indent, state)


def _opens(text: bytes) -> bool:
    """Whether the statement's body follows on lines of its own."""
    line = text[text.rfind(b"\n") + 1 :]
    if b"#" in line:
        line = re.sub(rb"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|#.*", b"", line)
    return line.rstrip().endswith(b":")


def _entered(keyword: str, text: bytes, indent: int, state: State) -> State:
    """The state inside of a compound statement, or after one of a single line."""
    if not _opens(text):
        body = (
            text.partition(b":")[2].strip()
            if keyword in ("else", "try", "finally", "except", "elif")
            else text
        )
        return evolve(state, names=_run(body, state.names, state.ground, state.calls))
    if keyword in ("elif", "else", "except", "finally", "match"):
        return state  # `settled` has turned the block already
    if keyword == "case":
        keyword = "if"
    names, runs = state.names, False
    if keyword in ("for", "with"):
        names, runs = statements.loop_names(text, names, state.ground, state.calls)
    kind: BlockKind = "loop" if keyword in ("for", "while") else keyword  # type: ignore[assignment]
    name = ""
    if keyword == "def" and (found := _NAME.match(text)):
        name = found.group(1).decode("utf-8", "replace")
        parameters = bound_names(
            Function(name, text + b"\n"), (), {}, names.names, state.ground, annotated=True
        )
        names = parameters[0] if parameters is not None else names
    source = text + b"\n" if keyword == "def" else b""
    block = OpenBlock(kind, indent, state.names, complete=runs, name=name, source=source)
    return evolve(state, names=names, blocks=(*state.blocks, block), ended=False)


def _ending(keyword: str, text: bytes, state: State) -> State:
    called = next((place for place, block in enumerate(state.blocks) if block.kind == "call"), None)
    inside = state.function is None
    if keyword == "return" and called is not None and inside and not state.ended:
        nodes = parse_statements(text)
        value = None
        if nodes and (expression := getattr(nodes[0], "value", None)) is not None:
            value = Evaluator(state.names.names, state.ground, text, state.calls).value(expression)
        block = state.blocks[called]
        value = value if not block.returns else join_values(block.returned, value)
        blocks = list(state.blocks)
        blocks[called] = evolve(block, returned=value, returns=block.returns + 1)
        state = evolve(state, blocks=tuple(blocks))
    loops = [place for place, block in enumerate(state.blocks) if block.kind == "loop"]
    if keyword in ("continue", "break") and loops and not state.ended:
        blocks = list(state.blocks)
        loop = blocks[loops[-1]]
        blocks[loops[-1]] = evolve(loop, after=joined(loop.after, state.names))
        state = evolve(state, blocks=tuple(blocks))
    return evolve(state, ended=True)


def _collected(state: State, text: bytes, indent: int) -> State:
    """The text added to the functions that it is part of."""
    if not any(block.source for block in state.blocks):
        return state
    blocks = []
    for block in state.blocks:
        longer = block.source + b" " * indent + text + b"\n" if block.source else b""
        blocks.append(evolve(block, source=longer if len(longer) <= MAX_FUNCTION else b""))
    return evolve(state, blocks=tuple(blocks))


def _continues(keyword: str, block: OpenBlock) -> bool:
    if keyword == "else":
        return block.kind in ("if", "loop", "try")
    if keyword == "finally":
        return block.kind == "try"
    return _ONE_OF.get(keyword) == block.kind


def _next_branch(keyword: str, block: OpenBlock, state: State) -> State:
    ways_end = None if state.ended else state.names
    if block.kind == "loop":
        ways_end = joined(block.after, ways_end)
        names = (ways_end if block.complete else joined(block.before, ways_end)) or block.before
        block = evolve(block, kind="with")
    elif keyword == "finally":
        names = joined(block.after, ways_end) or block.before
        block = evolve(block, kind="with")
    elif block.kind == "try" and keyword == "except":
        # The body may have stopped anywhere.
        start = block.before if block.complete else joined(block.before, state.names) or block.before
        block = evolve(block, before=start, after=joined(block.after, ways_end), complete=True)
        names = start
    elif block.kind == "try":
        names = block.after or block.before
    else:
        block = evolve(block, after=joined(block.after, ways_end), complete=keyword == "else")
        names = block.before
    return evolve(state, names=names, blocks=(*state.blocks[:-1], block), ended=False)


def _closed(state: State) -> State:
    """The state after the innermost open block."""
    block, rest = state.blocks[-1], state.blocks[:-1]
    ways_end = None if state.ended else state.names
    if block.kind == "def":
        return _defined(block, rest, state)
    if block.kind == "class":
        return evolve(state, names=block.before, blocks=rest, ended=False)
    if block.kind in ("with", "call"):
        return evolve(state, blocks=rest)
    after = joined(block.after, ways_end)
    if block.kind in ("loop", "if") and not block.complete:
        after = joined(block.before, after)
    return evolve(state, names=after or block.before, blocks=rest, ended=after is None)


def _defined(block: OpenBlock, rest: tuple[OpenBlock, ...], state: State) -> State:
    """A function leaves its name, and a method what it set of `self`."""
    method = bool(rest) and rest[-1].kind == "class"
    changes: dict[str, Value | None] = {}
    if method:
        changes = {
            name: value
            for name, value in state.names.names.items()
            if name.startswith("self.") and block.before.names.get(name, block) != value
        }
    if b"return" in block.source:
        changes["self." + block.name if method else block.name] = Function(block.name, block.source)
    elif block.name in block.before.names:
        changes[block.name] = None
    names = block.before.setting(changes) if changes else block.before
    return evolve(state, names=names, blocks=rest, ended=False)
