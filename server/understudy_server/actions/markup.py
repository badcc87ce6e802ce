"""Words from databases and repositories as Markdown that shows them and does nothing else: no link, no command, no HTML."""

import re
import unicodedata
from collections.abc import Iterable

from attrs import frozen

_LONGEST = 200
_SPECIAL = re.compile(r"([!-/:-@\[-`{-~])")


@frozen
class Markup:
    """How a description is written: as Markdown, or as plain text for clients that show no Markdown."""

    formatted: bool = True

    def text(self, words: str, longest: int = 600) -> str:
        """Words of any origin on one line, every character standing for itself; `longest` in characters."""
        cleaned = _cleaned(words, longest)
        # Escaped, `https://` is no bare link either: its colon and slashes no longer stand side by side.
        return _SPECIAL.sub(r"\\\1", cleaned) if self.formatted else cleaned

    def code(self, name: str) -> str:
        """A name or a value as a code span."""
        cleaned = _cleaned(name, _LONGEST)
        if not self.formatted or not cleaned:
            return cleaned
        fence = _fence(cleaned, 1)
        padding = " " if cleaned.startswith("`") or cleaned.endswith("`") else ""
        return f"{fence}{padding}{cleaned}{padding}{fence}"

    def block(self, lines: Iterable[str]) -> str:
        """Lines of SQL as a code block."""
        body = "\n".join(_cleaned(line, _LONGEST, indented=True) for line in lines)
        if not self.formatted:
            return body
        fence = _fence(body, 3)
        return f"{fence}sql\n{body}\n{fence}"

    def strong(self, words: str) -> str:
        """Our own words, stressed."""
        return f"**{words}**" if self.formatted else words


def _fence(body: str, least: int) -> str:
    """Backticks that nothing in the body can close."""
    runs = (len(run) for run in re.findall("`+", body))
    return "`" * max(least, 1 + max(runs, default=0))


def _cleaned(words: str, longest: int, *, indented: bool = False) -> str:
    """One line without control characters, nor those that turn the direction of what follows."""
    shown = "".join(
        " " if unicodedata.category(character)[0] in "CZ" else character for character in words[: 2 * longest]
    )
    shown = shown.rstrip() if indented else " ".join(shown.split())
    return shown if len(shown) <= longest else shown[: longest - 1] + "…"
