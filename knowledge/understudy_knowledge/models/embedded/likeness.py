"""How alike two questions are in what is left of them once names and values are taken out."""

from collections import Counter
from collections.abc import Collection, Sequence
from itertools import pairwise

from understudy_knowledge.memory.words import STOPWORDS, stem, words

_SLIGHT = frozenset(
    "a an the of is was are were be been being in on to for at by did do does this that it its as with there".split()
)
_FAINT, _STOP = 0.1, 0.6
"""Weights of words that say next to nothing, and of other function words; every other word counts 1."""


def weight(word: str) -> float:
    """How much it matters that two questions share the word."""
    return _FAINT if word in _SLIGHT else _STOP if word in STOPWORDS else 1.0


def likeness(one: Sequence[str], other: Sequence[str]) -> float:
    """Weighted F1 of the words and pairs of words of two questions, in [0, 1]."""
    left, right = _bag(one), _bag(other)
    both = sum((left & right).values())
    whole = sum(left.values()) + sum(right.values())
    return 2 * both / whole if whole else 1.0


def _bag(said: Sequence[str]) -> Counter[str]:
    bag: Counter[str] = Counter()
    for word in said:
        bag[stem(word)] += round(100 * weight(word))
    for first, second in pairwise(said):
        bag[f"{stem(first)} {stem(second)}"] += round(40 * max(weight(first), weight(second)))
    return bag


def rest_of(question: str, taken: Collection[str]) -> list[str]:
    """The question's words without those whose stems are taken."""
    return [word for word in words(question) if stem(word) not in taken]
