"""Words and stems: how every room that compares texts cuts them. Knows English only, and nothing of SQL."""

import re
from collections.abc import Collection
from functools import lru_cache

_WORD = re.compile(r"[^\W\d_]+|\d+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_POSSESSIVE = re.compile(r"['\u2019]s\b", re.IGNORECASE)
_VOWEL = re.compile("[aeiouy]")

STOPWORDS = frozenset(
    _WORD.findall(
        """a about all also an and any are as at be been being but by can could did display do does each find for from get
    give had has have having her his how i if in into is it its list me my of on or our out per please return s select
    shall she should show so some t tell than that the their them then there these they this those to us was we were
    what when where which who whom whose will with would you your"""
    )
)
"""Words that carry no meaning for retrieval, unstemmed; question openers ("show", "list") are among them."""


def words(text: str) -> list[str]:
    """The words and numbers of a text or an identifier, lower-cased: `orderItems`, `order_items` -> order, items."""
    return _WORD.findall(_CAMEL.sub(" ", _POSSESSIVE.sub("", text)).lower())


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """A lower-cased word without plural, -ing, -ed and silent e. Idempotent; the stem need not be a word."""
    while (shorter := _shorten(word)) != word:
        word = shorter
    return word


def stems(text: str) -> list[str]:
    """The stems of the words that carry meaning, in order."""
    return [stem(word) for word in words(text) if word not in STOPWORDS]


def said(text: str, wanted: Collection[str]) -> str:
    """The words of a text whose stems are wanted, as the text says them: what a set of stems is for a person."""
    return " ".join(dict.fromkeys(word for word in words(text) if stem(word) in wanted))


def _shorten(word: str) -> str:
    if len(word) <= 3 or not word.isascii():
        return word
    if word.endswith(("ies", "xes", "ches", "shes", "sses", "zzes")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    for ending in ("ing", "ed"):
        base = word.removesuffix(ending)
        if base != word and len(base) >= 3 and _VOWEL.search(base) and not word.endswith("eed"):
            # "shipped" -> "ship", but "selling" -> "sell"
            return base[:-1] if base[-1] == base[-2] and base[-1] not in "lsz" else base
    if word.endswith("y") and word[-2] not in "aeiou":
        return word[:-1] + "i"
    return word.removesuffix("e")
