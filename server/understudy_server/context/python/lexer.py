"""A small resumable lexer of Python: which string, if any, holds a place, and which statement, also while both are typed.

It reads whole lines, knows no offsets beyond the text that it is given, and mends what is half written: a string of one
line ends with its line, an open bracket ends where a statement evidently begins, and a triple quote that was never closed
gives way to the code that follows once the next triple quote shows itself to be an opening one.
"""

import re

from understudy_server.context.python.evidence import LEAVES_BRACKETS, code_in_string, reopens
from understudy_server.context.python.marks import (
    CLOSES,
    CLOSING,
    CODE,
    COMMENT,
    FORMAT,
    HOLE,
    HOLES,
    LETTERS,
    LINE_END,
    LITERAL,
    OPENING,
    PREFIX,
    QUOTE,
    REST_IS_BLANK,
    SPACE,
    STRIDE,
    UNCLOSED_HOLE,
    text_pattern,
)
from understudy_server.context.python.state import (
    INITIAL,
    QUOTES,
    Lines,
    PythonString,
    State,
    quote_of,
    without_holes,
)

__all__ = ["INITIAL", "advance", "read_lines"]

# Nobody nests as deep; a string that opens farther in is not looked into, as each would cost what all around it did.
_DEEPEST = 50
# As many holes of a line as were left open are gone back to; then the line is given up.
_MENDED = 5


def advance(text: bytes, state: State) -> State:
    """The state behind the text, which begins at a line's start and ends at a line's end."""
    return _Reader(text, state, None).read()


def read_lines(
    text: bytes,
    state: State = INITIAL,
    *,
    to_the_end: bool = False,
    left_open: int = 0,
    enough: int | None = None,
) -> tuple[Lines, State]:
    """Strings, statements and comments of whole lines, and the state behind them.

    A string that is open at the end of the text ends there; where no text follows at all (`to_the_end`), it ends where
    code evidently goes on. Of that many triple quotes in a row what follows has shown that they were `left_open`; such a
    string ends at offset 0 of the text that shows it, and was not begun in it. The first statement that begins behind the
    offset `enough` is the last that is noted: nothing below changes what stands above it.
    """
    found = Lines([], [], [])
    state = _Reader(text, state, found, to_the_end, left_open, enough).read()
    return found, state


class _Reader:
    """One pass over a text. `opened` runs beside `stack`: where each of its frames began, -1 for above the text."""

    __slots__ = ("at", "content", "doubt", "doubt_from", "end", "enough", "found", "goes_on", "header", "holes", "indent", "left_open",
                 "line", "mended", "opened", "stack", "stretch_of_line", "text", "to_the_end")  # fmt: skip

    def __init__(
        self,
        text: bytes,
        state: State,
        found: Lines | None,
        to_the_end: bool = False,
        left_open: int = 0,
        enough: int | None = None,
    ) -> None:
        self.text, self.end, self.found = text, len(text), found
        self.enough = self.end if enough is None else enough
        self.to_the_end, self.left_open = to_the_end, left_open
        self.stack, self.opened = list(state.stack), [-1] * len(state.stack)
        self.indent, self.goes_on, self.header = state.indent, state.goes_on, state.header
        self.doubt, self.doubt_from = state.doubt, 0
        self.at = self.line = self.content = 0
        self.holes: list[tuple[int, int]] = []
        self.mended = (-1, 0)
        """A line's end, and how many of the line's braces were found to be text."""
        self.stretch_of_line = (0, -1)
        """A place, and the end of the line it is on, where that was looked for last."""

    def read(self) -> State:
        stack = self.stack
        if self.text and not (stack and stack[-1][-1:] in QUOTES):
            self._begin_line(0)
        while self.at < self.end:
            if stack and stack[-1][-1:] in QUOTES:
                self._read_string()
            elif stack and stack[-1] == b":":
                self._read_format()
            elif self._is_outermost(len(stack)):
                self._read_strides()
            else:
                self._read_code()
            if self.at >= self.end:
                self._mend_end()
        return self._finish()

    def _mend_end(self) -> None:
        """At the text's end: go back to where a brace, or a triple quote, was left open."""
        if self.left_open and any(len(quote_of(frame)) == 3 for frame in self.stack):
            self.left_open -= 1
            self._leave_open(self.end if self.doubt is None else self.doubt_from)
        elif self.doubt is not None and self.to_the_end:
            self._leave_open(self.doubt_from)
        elif self.text[-1] not in b"\r\n" and (depth := self._hole_of_line()) is not None:
            self._read_brace_as_text(depth, self.end)

    def _hole_of_line(self) -> int | None:
        """Depth of the string of one line in which a hole is open that should close on its line."""
        for depth, frame in enumerate(self.stack[:-1]):
            if frame[-1:] in QUOTES and len(quote_of(frame)) == 1 and self.stack[depth + 1] != b"{\n":
                return depth
        return None

    def _finish(self) -> State:
        # A text that ends without a line end leaves a string of one line open; the next line would not be in it.
        if self.stack and self.found is not None:
            bottom = next((i for i, frame in enumerate(self.stack) if frame[-1:] in QUOTES), None)
            if bottom is not None:
                self._emit(bottom, self.end, self.end)
        doubt = None
        if self.doubt is not None:
            doubt = advance(self.text[self.doubt_from :], self.doubt)
        idle = not self.stack and not self.goes_on
        return State(tuple(self.stack), 0 if idle else self.indent, self.goes_on, self.header, doubt)

    # --- code ---

    def _begin_line(self, at: int) -> None:
        """Note what the line at `at` begins; the stack holds no string but around a hole."""
        self.at = self.line = at
        text = self.text
        if self.goes_on:
            self.goes_on = False
            return
        space = SPACE.match(text, at)
        code = space.end() if space else at
        first = text[code : code + 1]
        if self.stack:
            if any(frame[-1:] in QUOTES for frame in self.stack):
                return
            if code - at > self.indent or not LEAVES_BRACKETS.match(text, code):
                return
            self.stack.clear()
            self.opened.clear()
        if first in (b"", b"\r", b"\n"):
            return
        if first == b"#":
            if self.found is not None:
                comment = CODE.match(text, code)
                self.found.comments.append((code, comment.end() if comment else code))
            return
        self.indent = code - at
        if self.found is not None:
            self.found.statements.append(at)
            if at > self.enough:
                self.at = self.end

    def _read_strides(self) -> None:
        """Code outside of all strings, up to a string that is not all of one stride."""
        text, stack, opened, found = self.text, self.stack, self.opened, self.found
        line, code = self.line, -1
        for match in STRIDE.finditer(text, self.at):
            kind = match.lastindex
            if kind is None:
                continue
            start = match.start(kind)
            if kind == LINE_END:
                if not stack and text[line:start].strip():
                    self.header = text[start - 1] == 0x3A
                code = match.end()
                line = start + len(match.group(LINE_END).rstrip(b" \t\f"))
                if self._begin_code(line, code) and line > self.enough:
                    break
            elif kind == COMMENT:
                if start == code and not stack and found is not None:
                    found.comments.append((start, match.end()))
            elif kind == OPENING:
                stack.append(match.group(OPENING))
                opened.append(start)
            elif kind == CLOSING:
                if stack and stack[-1] == CLOSES[match.group(CLOSING)]:
                    stack.pop()
                    opened.pop()
                else:
                    self._close_bracket(CLOSES[match.group(CLOSING)])
            elif kind == LITERAL:
                prefix = ""
                if start > line and text[start - 1] in LETTERS:
                    written = PREFIX.search(text, max(start - 2, line), start)
                    prefix = written.group().decode() if written else ""
                    if self._has_hole(prefix, match):
                        self.at, self.line = start, line
                        self._open_string(start)
                        return
                if found is not None:
                    end = match.end()
                    quote = chr(text[start])
                    found.strings.append(
                        PythonString(start - len(prefix), start + 1, end - 1, end, prefix, quote)
                    )
            elif kind == QUOTE:
                self.at, self.line = start, line
                self._open_string(start)
                return
            else:
                line, code = match.end(), -1
                self.goes_on = line >= self.end
        self.at, self.line = self.end, line

    def _has_hole(self, prefix: str, literal: "re.Match[bytes]") -> bool:
        return not {"f", "t"}.isdisjoint(prefix.lower()) and b"{" in literal.group(LITERAL)

    def _begin_code(self, line: int, code: int) -> bool:
        """Note what the line begins whose first code stands at `code`; no string is open. True for a statement."""
        if self.stack:
            if code - line > self.indent or not LEAVES_BRACKETS.match(self.text, code):
                return False
            self.stack.clear()
            self.opened.clear()
        if code >= self.end or self.text[code] in b"#\r\n":
            return False
        self.indent = code - line
        if self.found is not None:
            self.found.statements.append(line)
        return True

    def _read_code(self) -> None:
        """Code in a hole."""
        text, stack, opened = self.text, self.stack, self.opened
        while True:
            in_hole = bool(stack) and stack[-1] in HOLES and len(stack) > 1 and stack[-2][-1:] in QUOTES
            match = (HOLE if in_hole else CODE).search(text, self.at)
            if match is None:
                self.at = self.end
                return
            mark, self.at = match.group(), match.end()
            if mark[:1] in b"\r\n":
                if self._end_line(match.start()):
                    return
            elif mark in QUOTES:
                self._open_string(match.start())
                return
            elif mark in (b"(", b"[", b"{"):
                stack.append(mark)
                opened.append(match.start())
            elif mark in CLOSES:
                if in_hole and mark == b"}":
                    self._close_hole(match.end())
                    return
                self._close_bracket(CLOSES[mark])
                if stack and stack[-1] == b":":
                    return
            elif mark == b":":
                stack.append(b":")
                opened.append(match.start())
                return
            elif mark[:1] == b"\\":
                if (depth := self._hole_of_line()) is not None:
                    self._read_brace_as_text(depth, match.start())
                    return
                self.goes_on = True
                self._begin_line(self.at)
                self.goes_on = self.at >= self.end

    def _end_line(self, newline: int) -> bool:
        """At a line's end in code; True where reading goes on elsewhere, for a string's hole was not closed on its line."""
        if self.stack:
            if (depth := self._hole_of_line()) is not None:
                self._read_brace_as_text(depth, newline)
                return True
        elif self.text[self.line : newline].strip():
            self.header = self.text[newline - 1 : newline] == b":"
        self._begin_line(self.at)
        return False

    def _read_brace_as_text(self, depth: int, newline: int) -> None:
        """Go back to the brace: from there on the string at `depth` has no holes."""
        brace = self.opened[depth + 1]
        self.mended = (newline, self.mended[1] + 1 if self.mended[0] == newline else 1)
        if brace < 0 or self.mended[1] > _MENDED:
            del self.stack[depth:], self.opened[depth:]
            self.at = newline
            return
        del self.stack[depth + 1 :], self.opened[depth + 1 :]
        self.stack[depth] = without_holes(self.stack[depth])
        self.at = brace
        if self._is_outermost(depth):
            end = UNCLOSED_HOLE.match(self.text, brace)
            self.holes.append((brace, end.end() if end else brace + 1))

    def _close_bracket(self, opening: bytes) -> None:
        for depth in range(len(self.stack) - 1, -1, -1):
            if self.stack[depth][-1:] in QUOTES:
                return
            if self.stack[depth] == opening:
                if not (depth and self.stack[depth - 1][-1:] in QUOTES):
                    del self.stack[depth:], self.opened[depth:]
                return

    # --- strings ---

    def _open_string(self, quote_at: int) -> None:
        text, stack = self.text, self.stack
        mark = text[quote_at : quote_at + 1]
        quote = mark * 3 if text.startswith(mark * 3, quote_at) else mark
        if len(stack) > _DEEPEST:
            self.at = quote_at + len(quote)
            return
        for depth, frame in enumerate(stack):
            # Python 3.12 lets a hole hold its string's own quotes; three of them end the string, for no one writes that.
            if len(quote) == 3 and frame.endswith(quote):
                self._close_string(depth, quote_at, quote_at + 3)
                return
        prefix = PREFIX.search(text, max(quote_at - 2, self.line), quote_at)
        start = prefix.start() if prefix else quote_at
        stack.append(text[start:quote_at].lower() + quote)
        self.opened.append(start)
        self.at = quote_at + len(quote)
        if self._is_outermost(len(stack) - 1):
            self.content, self.holes = self.at, []

    def _is_outermost(self, depth: int) -> bool:
        return not any(frame[-1:] in QUOTES for frame in self.stack[:depth])

    def _read_string(self) -> None:
        frame, text = self.stack[-1], self.text
        triple = len(frame) > 3 or frame[-3:] in (b'"""', b"'''")
        depth = len(self.stack) - 1
        watched = triple and self._is_outermost(depth)
        # A hole that must close on its line holds no string that goes on below it.
        hole = None if watched or not depth else self._hole_of_line()
        pattern = text_pattern(frame, hole is not None)
        looked = self.at
        while True:
            match = pattern.search(text, self.at)
            place = match.start() if match else self.end
            if watched and self.doubt is None and (place > looked or looked == self.at):
                looked = self._look_for_code(looked, place)
            if match is None:
                self.at = self.end
                return
            mark, self.at = match.group(), match.end()
            if mark == b"{":
                multi = not triple and REST_IS_BLANK.match(text, self.at)
                self.stack.append(b"{\n" if triple or multi else b"{")
                self.opened.append(match.start())
                return
            if mark[:1] in b"\r\n" or mark == b"\\":
                if hole is not None:
                    self._read_brace_as_text(hole, match.start())
                    return
                self.at = match.start()
                self._close_string(depth, match.start(), match.start())
                return
            if mark[:1] in b"\"'":
                if watched and self._was_left_open(match.start()):
                    return
                self._close_string(depth, match.start(), match.end())
                return

    def _read_format(self) -> None:
        """A hole's format, in which the string's own quote ends the string."""
        match = FORMAT.search(self.text, self.at)
        if match is None:
            self.at = self.end
            return
        mark, self.at = match.group(), match.end()
        if mark == b"{":
            self.stack.append(b"{")
            self.opened.append(match.start())
            # A hole in a format has no string right below it: it reads as a bracket does.
        elif mark == b"}":
            self.stack.pop()
            self.opened.pop()
            self._close_hole(match.end())
        elif mark[:1] in b"\r\n":
            self.at = match.start()
            if not self._end_line(match.start()) and self.stack[-1:] == [b":"]:
                self.at = match.end()
        else:
            for depth in range(len(self.stack) - 1, -1, -1):
                frame = self.stack[depth]
                if frame[-1:] in QUOTES:
                    if frame.endswith(mark) and (len(mark) == 3) == (frame[-3:] == mark[:1] * 3):
                        self._close_string(depth, match.start(), match.end())
                    return

    def _close_hole(self, end: int) -> None:
        start = self.opened[-1]
        self.stack.pop()
        self.opened.pop()
        if self.stack and self._is_outermost(len(self.stack) - 1):
            self.holes.append((max(start, 0), end))

    def _close_string(self, depth: int, content_end: int, end: int) -> None:
        if self._is_outermost(depth):
            if len(self.stack) > depth + 1 and self.opened[depth + 1] >= 0:  # a hole that nothing closed
                brace = UNCLOSED_HOLE.match(self.text, self.opened[depth + 1])
                self.holes.append((self.opened[depth + 1], brace.end() if brace else end))
            self._emit(depth, content_end, end)
            self.doubt = None
        del self.stack[depth:], self.opened[depth:]
        self.at = end

    def _emit(self, depth: int, content_end: int, end: int) -> None:
        if self.found is None:
            return
        frame, start = self.stack[depth], self.opened[depth]
        quote = quote_of(frame)
        written = frame[: len(frame) - len(quote)].lower()
        if start >= 0:
            written = self.text[start : start + len(written)]
        content = self.content if start >= 0 else 0
        holes = tuple(hole for hole in self.holes if hole[1] <= content_end)
        self.found.strings.append(
            PythonString(start, content, content_end, end, written.decode(), quote.decode(), holes)
        )

    # --- triple quotes that were left open ---

    def _look_for_code(self, start: int, stop: int) -> int:
        """Note the first line of the string, up to the one that holds `stop`, that reads as the code behind it would.

        Gives that line's end: up to there all has been looked at.
        """
        begun, ended = self.stretch_of_line
        # Many strings may stand on one line, of which none need look for its end again.
        if start and begun <= start and stop <= ended:
            return ended
        found = code_in_string(self.text, start, stop, self.indent, brackets=len(self.stack) > 1)
        if found is not None:
            self.doubt_from, closes = found
            self.doubt = State(tuple(self.stack[:-1]), self.indent) if closes else INITIAL
        end = self.text.find(b"\n", stop)
        end = end if end >= 0 else self.end
        carriage = self.text.find(b"\r", stop, end)
        end = carriage if carriage >= 0 else end
        self.stretch_of_line = stop, end
        return end

    def _was_left_open(self, quote_at: int) -> bool:
        """Whether the triple quote opens another string, so that this one was left open; then reading goes on above it."""
        text = self.text
        begun = self.opened[-1]
        if begun >= 0 and text.find(b"\n", begun, quote_at) < 0 and text.find(b"\r", begun, quote_at) < 0:
            return False
        line = max(text.rfind(b"\n", 0, quote_at), text.rfind(b"\r", 0, quote_at)) + 1
        code = None
        if self.doubt is not None and self.doubt_from <= line:
            code = advance(text[self.doubt_from : line], self.doubt)
            if code.in_string:
                return False
        if not reopens(
            text, line, quote_at, doubtful=code is not None, header=code is not None and code.header
        ):
            return False
        self._leave_open(self.doubt_from if code is not None else line)
        return True

    def _leave_open(self, end: int) -> None:
        """End the outermost string at `end`, a line's start, and read on there as code."""
        depth = next(i for i, frame in enumerate(self.stack) if frame[-1:] in QUOTES)
        state = self.doubt or State(tuple(self.stack[:depth]), self.indent)
        content_end = end
        for line_end in (b"\n", b"\r"):
            if content_end > self.content and self.text[content_end - 1 : content_end] == line_end:
                content_end -= 1
        self.holes = [hole for hole in self.holes if hole[1] <= content_end]
        self._emit(depth, content_end, content_end)
        self.doubt, self.doubt_from = state.doubt, end
        self.stack[:] = state.stack
        kept = self.opened[: len(state.stack)]
        self.opened[:] = kept + [-1] * (len(state.stack) - len(kept))
        self.indent, self.goes_on, self.header = state.indent, state.goes_on, state.header
        self._begin_line(end)
