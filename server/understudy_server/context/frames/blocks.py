"""The way through compound statements: which are open, and what holds where ways part and meet."""

from collections.abc import Sequence
from typing import Literal

from attrs import define, evolve, field, frozen

from understudy_server.context.frames.environment import Environment, join_values, joined
from understudy_server.context.frames.remembering import remembered
from understudy_server.context.frames.values import Function, Value, places

MAX_FUNCTION = 8_000
"""Bytes of a function that is still read anew for the arguments of a call."""
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
    header: bytes = b""
    """A function's first line."""
    body: bytes | None = None
    """A function's text so far; None when it is too long to be read for a call."""
    returned: Value | None = field(default=None, eq=lambda value: (value, places(value)))
    returns: int = 0


@define
class Way:
    """Where reading has come to; changed in place, for a state of its own for each statement costs more than reading it."""

    names: Environment
    blocks: list[OpenBlock]
    ended: bool
    _texts: list[list[bytes] | None] = field(factory=list)
    """For each block that is a function, its text since the way began."""

    @classmethod
    def begin(cls, names: Environment, blocks: Sequence[OpenBlock], ended: bool) -> "Way":
        """From a place on."""
        return cls(names, list(blocks), ended, [None if block.body is None else [] for block in blocks])

    def opened(self) -> tuple[OpenBlock, ...]:
        """The open blocks, with the texts of functions."""
        return tuple(
            evolve(block, body=self._body(place)) if self._texts[place] else block
            for place, block in enumerate(self.blocks)
        )

    @property
    def is_called(self) -> bool:
        """Whether this is the body of a function that is being called, not of one defined in it."""
        kinds = [block.kind for block in self.blocks]
        return "call" in kinds and "def" not in kinds and not self.ended

    def enter(self, block: OpenBlock) -> None:
        """Go inside."""
        self.blocks.append(block)
        self._texts.append(None if block.body is None else [])
        self.ended = False

    def settle(self, indent: int, keyword: str) -> None:
        """Close the blocks that a statement of that indentation is not in; `else` and its like go back to where ways parted."""
        while self.blocks and self.blocks[-1].indent >= indent:
            block = self.blocks[-1]
            if keyword and block.indent == indent and _continues(keyword, block):
                self._turn(keyword, block)
                return
            self._close()

    def collect(self, text: bytes, indent: int) -> None:
        """Add a statement to the functions that it is part of."""
        for texts in self._texts:
            if texts is not None:
                texts.append(b" " * indent + text + b"\n")

    def end(self, keyword: str, value: Value | None) -> None:
        """This way ends here: a value is returned, a loop is left or begun anew."""
        if not self.ended:
            if keyword == "return" and self.is_called:
                self._return(value)
            elif keyword in ("continue", "break"):
                self._leave_loop()
        self.ended = True

    def _return(self, value: Value | None) -> None:
        place = next(place for place, block in enumerate(self.blocks) if block.kind == "call")
        block = self.blocks[place]
        value = join_values(block.returned, value) if block.returns else value
        self.blocks[place] = evolve(block, returned=value, returns=block.returns + 1)

    def _leave_loop(self) -> None:
        for place in range(len(self.blocks) - 1, -1, -1):
            block = self.blocks[place]
            if block.kind == "loop":
                self.blocks[place] = evolve(block, after=joined(block.after, self.names))
                return

    def _turn(self, keyword: str, block: OpenBlock) -> None:
        """Into the next branch of the innermost block."""
        end = None if self.ended else self.names
        if block.kind == "loop":
            end = joined(block.after, end)
            self.names = (end if block.complete else joined(block.before, end)) or block.before
            block = evolve(block, kind="with")
        elif keyword == "finally":
            self.names = joined(block.after, end) or block.before
            block = evolve(block, kind="with")
        elif block.kind == "try" and keyword == "except":
            # The body may have stopped anywhere.
            start = block.before if block.complete else joined(block.before, self.names) or block.before
            block = evolve(block, before=start, after=joined(block.after, end), complete=True)
            self.names = start
        elif block.kind == "try":
            self.names = block.after or block.before
        else:
            block = evolve(block, after=joined(block.after, end), complete=keyword == "else")
            self.names = block.before
        self.blocks[-1] = block
        self.ended = False

    def _close(self) -> None:
        """Leave the innermost block."""
        body = self._body(len(self.blocks) - 1)
        block = self.blocks.pop()
        self._texts.pop()
        if block.kind == "def":
            self._define(block, body)
        elif block.kind == "class":
            self.names, self.ended = block.before, False
        elif block.kind not in ("with", "call"):
            after = joined(block.after, None if self.ended else self.names)
            if block.kind in ("loop", "if") and not block.complete:
                after = joined(block.before, after)
            self.names, self.ended = after or block.before, after is None

    def _define(self, block: OpenBlock, body: bytes | None) -> None:
        """A function leaves its name, and a method what it set of `self`."""
        method = bool(self.blocks) and self.blocks[-1].kind == "class"
        inside = self.names
        self.names = remembered(
            (block.name, block.header, body, method),
            (block.before, inside),
            lambda: _after(block, body, inside, method),
        )
        self.ended = False

    def _body(self, place: int) -> bytes | None:
        texts = self._texts[place]
        if texts is None:
            return None
        body = b"".join((self.blocks[place].body or b"", *texts))
        return body if len(body) <= MAX_FUNCTION else None


def _after(block: OpenBlock, body: bytes | None, inside: Environment, method: bool) -> Environment:
    changes: dict[str, Value | None] = {}
    before = block.before
    if method:
        changes = {name: value for name, value in inside.changes(before).items() if name.startswith("self.")}
    if body is not None and b"return" in body:
        changes["self." + block.name if method else block.name] = Function(block.name, block.header, body)
    elif block.name in before:
        changes[block.name] = None
    return block.before.setting(changes) if changes else block.before


def _continues(keyword: str, block: OpenBlock) -> bool:
    if keyword == "else":
        return block.kind in ("if", "loop", "try")
    if keyword == "finally":
        return block.kind == "try"
    return _ONE_OF.get(keyword) == block.kind
