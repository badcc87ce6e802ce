"""Where a filled-in middle ends: at the first mark of the model's family, which no server need be told of.

Servers take four stop sequences at most, and hold back as much text as the longest is long; a family has up to nine marks.
"""

from collections.abc import Sequence


class StopMarks:
    """Reads what the model writes, in pieces cut anywhere; gives what stands before the first mark."""

    def __init__(self, marks: Sequence[str]) -> None:
        self._marks = tuple(mark for mark in marks if mark)
        self._held = ""
        self.complete = False

    def feed(self, piece: str) -> str:
        """The text that is certain to stand before any mark."""
        if self.complete:
            return ""
        text = self._held + piece
        found = [place for mark in self._marks if (place := text.find(mark)) >= 0]
        if found:
            self.complete, self._held = True, ""
            return text[: min(found)]
        keep = max((_overlap(text, mark) for mark in self._marks), default=0)
        self._held = text[len(text) - keep :]
        return text[: len(text) - keep]

    def finish(self) -> str:
        """What was held back for looking like the beginning of a mark."""
        held, self._held = self._held, ""
        return held


def _overlap(text: str, mark: str) -> int:
    """How many characters at the end of the text begin the mark."""
    return next(
        (size for size in range(min(len(mark) - 1, len(text)), 0, -1) if text.endswith(mark[:size])), 0
    )
