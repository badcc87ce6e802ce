"""Characters that people do not see and models read: what must not stand in a text that strangers sent.

Boucher and Anderson, "Trojan Source: Invisible Vulnerabilities" (USENIX Security 2023), and the tag characters by which
instructions are smuggled past a reviewer.
"""

import unicodedata
from collections.abc import Iterator
from typing import Any

from understudy_knowledge.errors import KnowledgePackError

_SEEN = frozenset("\n\t")
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\u2028\u2029")
"""Letters and marks that show as nothing, and the two line ends that few editors show."""
_VARIATIONS = frozenset(
    (*map(chr, range(0xFE00, 0xFE10)), *map(chr, range(0xE0100, 0xE01F0)), "\u180b", "\u180c", "\u180d")
)


def check_characters(document: Any) -> None:
    """Raises KnowledgePackError where any text of the document, keys included, holds a hidden character."""
    for text in _texts(document):
        if (found := hidden_character(text)) is not None:
            raise KnowledgePackError(
                f"a text of it holds the hidden character U+{ord(found):04X}: {_shown(text)}"
            )


def hidden_character(text: str) -> str | None:
    """The first character that does not show or that turns the writing around; None where all can be seen."""
    if text.isascii() and text.isprintable():
        return None
    return next((each for each in text if each not in _SEEN and _is_hidden(each)), None)


def _is_hidden(character: str) -> bool:
    # Cc control, Cf format (bidi, zero width, tags), Co private use, Cs half a character
    return (
        unicodedata.category(character) in {"Cc", "Cf", "Co", "Cs"}
        or character in _BLANK
        or character in _VARIATIONS
    )


def _texts(document: Any) -> Iterator[str]:
    if isinstance(document, str):
        yield document
    elif isinstance(document, dict):
        for key, value in document.items():
            yield key
            yield from _texts(value)
    elif isinstance(document, list):
        for value in document:
            yield from _texts(value)


def _shown(text: str) -> str:
    """Its beginning, in ASCII."""
    return ascii(text[:60])
