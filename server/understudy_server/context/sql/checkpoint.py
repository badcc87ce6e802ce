"""A resumable lexer of SQL files: what is open at a block's border, and the places where statements can end or begin.

It reads as the tokenizer does, but tells only what reaches over lines, so that a keystroke reads one block anew. Where it
cannot be sure, as below a quote that may have been left open, it names no border: a window that is too long does no harm.
"""

import re
from bisect import bisect_right
from typing import NamedTuple

from understudy_server.context.sql.marks import (
    ESCAPED_PART,
    ESCAPES,
    HEAD_BEGUN,
    HEAD_GOES_ON,
    HEAD_STILL_BEGUN,
    LINE_END,
    STRING_PART,
    TAG_PART,
    changes_schema,
    lines_in,
    names_routine,
    opens,
    starts_in,
)
from understudy_server.context.text.blocks import Block


class SqlState(NamedTuple):
    """What is open at a line's start."""

    mode: bytes = b""
    """The comment's or string's opening: `/*`, `'`, `E'` or a dollar quote's; empty in code."""
    tag: bytes = b""
    """A Jinja tag's opening, empty outside of tags."""
    slip: "SqlState | None" = None
    """Of a string that runs over its line: what is open if its quote turns out to have been left open."""
    delimiter: bytes = b";"
    body: int = 0
    """1 behind the head of a routine or trigger, one more for each BEGIN and CASE that is open in it."""
    creates: bool = False
    """Whether the last words are CREATE or ALTER and what may stand between it and the kind of a routine."""


class Border(NamedTuple):
    """A place between statements. Offsets count from the block's start."""

    above: int
    """Where a window below it starts."""
    below: int
    """Where a window above it ends; a delimiter is part of it."""
    word: bytes = b""
    """The keyword in upper case that may begin a statement here; empty behind a delimiter, which surely ends one."""
    inner: bool = False
    """Whether it stands in a routine's body."""

    def moved(self, distance: int) -> "Border":
        """The same border, seen from further above."""
        return Border(self.above + distance, self.below + distance, self.word, self.inner)


INITIAL = SqlState()

_DEEPEST = 1_000


def advance(text: bytes, state: SqlState) -> SqlState:
    """The state after whole lines."""
    return _scan(text, state)[0]


def read(block: Block, state: SqlState) -> tuple[SqlState, list[Border]]:
    """The state behind a block that begins in the state, and the borders in it, in order; kept with the block."""
    kept: dict[SqlState, tuple[SqlState, list[Border]]] = block.notes.setdefault(read, {})
    if state not in kept:
        kept.clear()
        kept[state] = _scan(block.text, state)
    return kept[state]


def _scan(text: bytes, state: SqlState) -> tuple[SqlState, list[Border]]:
    found: list[Border] = []
    base = 0
    lower = text.lower()
    for line in lines_in(b"\n" + lower):
        begun, behind = line.start(), line.end() - 1
        scan = _Scan(text[base:begun], lower[base:begun], state)
        state = scan.state()
        found += scan.borders(base)
        base = begun
        if not state.mode and not state.tag:
            given = (
                text[line.start("delimiter") - 1 : line.end("delimiter") - 1]
                if line.group("delimiter")
                else b""
            )
            state = SqlState(delimiter=given or state.delimiter)
            base = behind
            found.append(Border(base, base))
    scan = _Scan(text[base:], lower[base:], state)
    return scan.state(), found + scan.borders(base)


class _Scan:
    """One reading of a text without DELIMITER commands."""

    def __init__(self, text: bytes, lower: bytes, state: SqlState) -> None:
        self.text = text
        self.mode, self.tag, self.slip, self.delimiter, self.body, self.creates = state
        self.position = 0
        self.found: list[Border] = []
        self.closed: list[tuple[int, int]] = []
        """Stretches that are no code: nothing begins there."""
        self.bodies = [(0, self.body)]
        """From which place on how many BEGIN are open."""
        self.lower = lower
        self.changes = changes_schema(lower)
        self.slow = bool(self.body) or (self.changes and names_routine(lower))
        self.head = -1
        """Where the text that may go on with a routine's first words begins; negative when there is none."""
        if self.creates:
            self._go_on_with_head()
        while self.position < len(text):
            begun = self.position
            if self.tag:
                self._read_tag()
            elif self.mode in (b"'", b"E'"):
                self._read_string()
            elif self.mode:
                self._read_on()
            else:
                self._read_code()
                continue
            self.closed.append((begun, self.position))
        self.creates = not self.mode and not self.tag and self._begins_head()

    def state(self) -> SqlState:
        """What is open at the end."""
        return SqlState(self.mode, self.tag, self.slip, self.delimiter, self.body, self.creates)

    def borders(self, base: int) -> list[Border]:
        """All borders in order, of a text that begins at `base` of its block."""
        closed = iter([*self.closed, (len(self.text) + 1, 0)])
        stretch = next(closed)
        behind = 0
        for match in starts_in(b"\n" + self.lower):
            start = match.start(1) - 1
            while stretch[0] <= start:
                behind = stretch[1]
                stretch = next(closed)
            if start >= behind:
                line = match.start()  # of the text, whose line end before it is ours
                word = match.group(1).split(None, 1)[0].upper()
                body = self.bodies[bisect_right(self.bodies, (start, _DEEPEST)) - 1][1]
                self.found.append(Border(line, line, word, body > 1))
        self.found.sort()
        return [border.moved(base) for border in self.found] if base else self.found

    def _read_tag(self) -> None:
        ends = TAG_PART[self.tag].search(self.text, self.position)
        self.position, self.tag = (ends.end(), b"") if ends else (len(self.text), self.tag)

    def _read_on(self) -> None:
        """To the end of a comment or dollar quote."""
        closing = b"*/" if self.mode == b"/*" else self.mode
        end = self.text.find(closing, self.position)
        self.position, self.mode = (end + len(closing), b"") if end >= 0 else (len(self.text), self.mode)

    def _read_string(self) -> None:
        part = ESCAPED_PART if self.mode == b"E'" else STRING_PART
        ends = part.search(self.text, self.position)
        while ends and ends.lastgroup is None:
            ends = part.search(self.text, ends.end())
        line = self.position if self.slip is not None else self._line_below(self.position)
        if ends and ends.lastgroup == "close":
            self.position, self.mode, self.slip = ends.end(), b"", None
        elif ends and ends.start() < line:
            self.position, self.mode = ends.start(), b""
        else:
            # Left open after all, or not known yet: below the quote's line may be code, of which no border is named.
            self.position = self._line_below(ends.start()) if ends else len(self.text)
            slip = self.slip or SqlState(delimiter=self.delimiter, body=self.body)
            slip = advance(self.text[line : self.position], slip)
            if ends:
                self.mode, self.tag, self.slip, self.delimiter, self.body, creates = slip
                self.bodies.append((self.position, self.body))
                if creates:
                    self._go_on_with_head()
            else:
                self.slip = slip

    def _read_code(self) -> None:
        """To the next thing that may reach over its line."""
        delimiter = self.delimiter if self.delimiter in self.text else b""  # a pattern is made for each
        for match in opens(delimiter, self.slow).finditer(self.text, self.position):
            kind = match.lastgroup
            if kind == "closed":
                self.closed.append(match.span())
            elif kind == "command":
                self.found.append(Border(match.end(), match.end()))
                self._enter(0, match.end())
            elif kind == "delimiter":
                if self.body <= 1:
                    self.found.append(Border(match.end(), match.start() + len(self.delimiter)))
                    self._enter(0, match.end())
            elif kind in ("open", "quote", "tag"):
                self._open(match)
                return
            elif kind is not None:
                self._read_word(match)
        self.position = len(self.text)

    def _open(self, match: "re.Match[bytes]") -> None:
        """Behind what opens a comment, a string or a tag."""
        begun, self.position = match.span()
        if match.lastgroup == "tag":
            self.tag = match.group()
        elif match.lastgroup == "open":
            self.mode = match.group()
        else:
            self.mode = b"E'" if ESCAPES.search(self.text, max(begun - 2, 0), begun) else b"'"

    def _read_word(self, match: "re.Match[bytes]") -> None:
        """A word that opens or closes a routine's body."""
        kind, (begun, behind) = match.lastgroup, match.span()
        if kind == "head":
            # A routine within a routine's body: the one above was never finished. Of one whose first words stand on
            # several lines the first may be in another block, so no border is named.
            if self.body > 1 and not LINE_END.search(match.group()):
                line = max(self.text.rfind(b"\n", 0, begun), self.text.rfind(b"\r", 0, begun)) + 1
                self.found.append(Border(line, line))
            self._enter(1, behind)
        elif kind == "begins" and self.body > (match.group()[:1] in b"cC"):
            self._enter(self.body + 1, behind)
        elif kind == "ends" and self.body > 1:
            self._enter(self.body - 1, behind)

    def _go_on_with_head(self) -> None:
        """The words with which the text above ended may be those of a routine."""
        self.head = self.position
        below = b"\n" + self.lower[self.head :]
        if (head := HEAD_GOES_ON.match(below)) is not None:
            self.position += head.end() - 1
            self.slow = True
            self._enter(1, self.position)
        elif HEAD_STILL_BEGUN.match(below) is not None:
            self.position = len(self.text)

    def _begins_head(self) -> bool:
        """Whether the text ends behind CREATE and what may stand between it and a routine's kind."""
        if self.head >= 0 and HEAD_STILL_BEGUN.match(b"\n" + self.lower[self.head :]):
            return True
        if not self.changes:
            return False
        start = max(map(self.lower.rfind, (b"create", b"alter", b"replace")))
        if start < 0 or HEAD_BEGUN.match(self.lower, start) is None:
            return False
        return not any(begun <= start < end for begun, end in reversed(self.closed))

    def _enter(self, body: int, place: int) -> None:
        if body != self.body:
            self.body = min(body, _DEEPEST)
            self.bodies.append((place, self.body))

    def _line_below(self, position: int) -> int:
        end = LINE_END.search(self.text, position)
        return end.end() if end else len(self.text)
