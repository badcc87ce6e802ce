"""A lexer's state at the start of any block of a document, kept while edits go on; knows no language.

What a lexer made of a block stays with the block, by the state it began in. So an edit makes unknown only the block it
touches, and reading anew ends where a block begins in a state in which it was read before.
"""

from collections.abc import Callable, Hashable, Iterator
from typing import Any, Generic, TypeVar

from understudy_server.context.text.blocks import Block, Stretch
from understudy_server.context.text.document import Document

State = TypeVar("State", bound=Hashable)

# A block is read in another state while a quote above it is open; both readings are kept, and a few more.
_KEPT = 4


class Checkpoints(Generic[State]):
    """Views of one document by one lexer; costs nothing to make.

    `advance(text, state)` gives the state after the text, which begins at a line's start and ends at a line's end (or at
    the document's). A state is small, hashable and knows no offset; equal states mean that all below reads the same.
    The first look at a place reads all above it, once; `proceed` does it ahead of time, in portions.
    """

    __slots__ = ("_advance", "_document", "_initial")

    def __init__(self, document: Document, advance: Callable[[bytes, State], State], initial: State) -> None:
        self._document = document
        self._advance = advance
        self._initial = initial

    def before(self, offset: int) -> tuple[int, State]:
        """(start, state there) of the block that holds the offset. Reads nothing below that start."""
        start, _, state = next(self.upward(offset))
        return start, state

    def upward(self, offset: int) -> Iterator[tuple[int, Block, State]]:
        """(start, block, state at its start) from the block that holds the offset to the first one."""
        s, last, start = self._document.stretch_at(offset)
        stretches = self._document.stretches()
        begun = self._starts(s)
        while True:
            stretch = stretches[s]
            states = self._inside(stretch, begun[s], last)
            base = start - stretch.offsets[last]
            for index in range(last, -1, -1):
                yield base + stretch.offsets[index], stretch.blocks[index], states[index]
            if not s:
                return
            s, start = s - 1, base
            last = len(stretches[s].blocks) - 1
            start -= len(stretches[s].blocks[last].text)

    def proceed(self, blocks: int) -> bool:
        """Read at most that many blocks that are not known yet, from the top; whether all are known now."""
        state = self._initial
        for stretch in self._document.stretches():
            known: dict[State, State] = _readings(stretch, self._advance)
            if state in known:
                state = known[state]
                continue
            begun = state
            for block in stretch.blocks:
                blocks -= state not in _readings(block, self._advance)
                if blocks < 0:
                    return False
                state = self._over(block, state)
            _keep(known, begun, state)
        return True

    def remember(self, block: Block, begun: State, ended: State) -> None:
        """Take the state at a block's end from who read it for more than that."""
        readings = _readings(block, self._advance)
        if begun not in readings:
            _keep(readings, begun, ended)

    def _starts(self, last: int) -> list[State]:
        """The states at the starts of the stretches, up to that of the last one asked for or further; kept with the document."""
        states = self._document.from_above.setdefault((self._advance, self._initial), [self._initial])
        if len(states) <= last:
            stretches = self._document.stretches()
            for index in range(len(states) - 1, last):
                states.append(self._over_stretch(stretches[index], states[index]))
        return states

    def _inside(self, stretch: Stretch, begun: State, last: int) -> list[State]:
        """The states at the starts of its blocks, up to that of the last one asked for or further; kept with the stretch."""
        kept, key = stretch.from_above, (self._advance, begun)
        states = kept.get(key)
        if states is None:
            states = [begun]
            _keep(kept, key, states)
        for index in range(len(states) - 1, last):
            states.append(self._over(stretch.blocks[index], states[index]))
        return states

    def _over_stretch(self, stretch: Stretch, begun: State) -> State:
        known: dict[State, State] = _readings(stretch, self._advance)
        if begun not in known:
            last = len(stretch.blocks) - 1
            _keep(known, begun, self._over(stretch.blocks[last], self._inside(stretch, begun, last)[last]))
        return known[begun]

    def _over(self, block: Block, begun: State) -> State:
        known: dict[State, State] = _readings(block, self._advance)
        if begun not in known:
            _keep(known, begun, self._advance(block.text, begun))
        return known[begun]


def _readings(of: Block | Stretch, key: Hashable) -> dict[Any, Any]:
    """What is kept with it under the key, by the state at its start; under a lexer's `advance` that at its end."""
    readings: dict[Any, Any] | None = of.notes.get(key)
    if readings is None:
        readings = of.notes[key] = {}
    return readings


def _keep(readings: dict[Any, Any], begun: Any, ended: Any) -> None:
    if len(readings) >= _KEPT:
        readings.clear()
    readings[begun] = ended
