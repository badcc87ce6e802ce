"""What a lexer of Python knows at a line's start, and what it finds in a text."""

from typing import NamedTuple

QUOTES = (b'"', b"'")


class State(NamedTuple):
    """What is open at a line's start. Equal states read what follows alike."""

    stack: tuple[bytes, ...] = ()
    """Open brackets, holes and strings, outermost first; a string as it opens (`f'`, or `F'` where its braces have turned out to
    be text), a hole as `{` on top of one."""
    indent: int = 0
    """White space before the statement that is open, in bytes."""
    goes_on: bool = False
    """Whether the line above ended in a backslash."""
    header: bool = False
    """Whether the last line of code ended in a colon: a docstring may follow."""
    doubt: "State | None" = None
    """In a triple-quoted string: how the code reads if the string was left open above; None while nothing suggests so."""

    @property
    def in_string(self) -> bool:
        """Whether a string is open, be it that a hole in it is open too."""
        return any(frame[-1:] in QUOTES for frame in self.stack)


INITIAL = State()


class PythonString(NamedTuple):
    """One string literal; offsets are of the text that was read."""

    start: int
    """Of the prefix, or -1 where the literal began above the text."""
    content: int
    """Behind the opening quote."""
    content_end: int
    end: int
    """Behind the closing quote; the content's end where there is none."""
    prefix: str
    quote: str
    holes: tuple[tuple[int, int], ...] = ()

    @property
    def closed(self) -> bool:
        """Whether it has a closing quote."""
        return self.end > self.content_end


class Lines(NamedTuple):
    """What a text holds, in order."""

    strings: list[PythonString]
    """The literals that are not inside of other literals."""
    statements: list[int]
    """Starts of the lines on which statements begin."""
    comments: list[tuple[int, int]]
    """Comments on lines of their own, between statements."""


def quote_of(frame: bytes) -> bytes:
    """The quotes of an open string, without its prefix."""
    return frame.lstrip(b"rbuftFT")


def without_holes(frame: bytes) -> bytes:
    """The open string once its braces have turned out to be text."""
    return frame.replace(b"f", b"F").replace(b"t", b"T")
