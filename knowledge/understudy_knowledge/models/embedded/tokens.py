"""Words of a question with their places; the alphabet of the symbolic student. Knows nothing of any catalog."""

import re
from functools import lru_cache
from math import isfinite

from attrs import frozen

from understudy_knowledge.memory.words import STOPWORDS, stem

_TOKEN = re.compile(r"\d{4}-\d{2}(?:-\d{2})?|\d[\d,]*(?:\.\d+)?%?|[A-Za-z_À-ɏ][\w'À-ɏ]*|[^\w\s]")
_NUMBER_WORDS = {
    word: number
    for number, word in enumerate(
        (
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
        )
    )
}
_SPLIT = re.compile(r"[^A-Za-z0-9À-ɏ]+|(?<=[a-z0-9])(?=[A-Z])")


@frozen
class Token:
    """One word, number or sign; `start` and `end` are code points of the question."""

    text: str
    stem: str
    start: int
    end: int
    number: float | None = None

    @property
    def is_word(self) -> bool:
        """Whether it is a word, not a number or a sign."""
        return self.number is None and self.text[:1].isalpha()

    @property
    def is_content(self) -> bool:
        """Whether leaving it out would change the question."""
        return (self.is_word and self.text.lower() not in STOPWORDS) or self.number is not None


@lru_cache(maxsize=4096)
def tokenize(text: str) -> tuple[Token, ...]:
    """The tokens of a question, in order."""
    tokens = []
    for match in _TOKEN.finditer(text):
        raw = match.group()
        raw = raw.removesuffix("'s")
        low = raw.lower()
        tokens.append(Token(raw, stem(low), match.start(), match.start() + len(raw), _number(low)))
    return tuple(tokens)


def _number(low: str) -> float | None:
    if low in _NUMBER_WORDS:
        return float(_NUMBER_WORDS[low])
    if low[0].isdigit():
        try:
            number = float(low.replace(",", "").rstrip("%"))
        except ValueError:
            return None
        return number if isfinite(number) else None
    return None


@lru_cache(maxsize=65536)
def name_stems(name: str) -> tuple[str, ...]:
    """Stems of the words in an identifier or value: `unit_price_cents` and `unitPriceCents` give the same three."""
    return tuple(stem(part.lower()) for part in _SPLIT.split(name) if part)
