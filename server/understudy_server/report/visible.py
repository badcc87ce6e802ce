"""Text from a repository as it may be shown: characters that hide or reorder what stands there become visible."""

import unicodedata

from markupsafe import Markup

LONGEST = 6_000
_HIDING = frozenset(("Cc", "Cf", "Co", "Cs", "Zl", "Zp"))


def visible(text: str) -> str:
    """The text with control, format, bidirectional and surrogate characters spelled out, and cut after `LONGEST` characters."""
    if isinstance(text, Markup):
        return text
    text = text.replace("\r\n", "\n")
    more = len(text) - LONGEST
    shown = text if more <= 0 else f"{text[:LONGEST]}… ({more:,} more characters)"
    if shown.isprintable():
        return shown
    return "".join(_spelled(char) for char in shown)


def shortened(text: str, width: int) -> str:
    """One line of at most `width` characters."""
    line = " ".join(visible(text).split())
    return line if len(line) <= width else line[: width - 1].rstrip() + "…"


def _spelled(char: str) -> str:
    if char in "\n\t" or unicodedata.category(char) not in _HIDING:
        return char
    return f"⟨U+{ord(char):04X}⟩"
