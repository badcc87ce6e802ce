"""Which dialects a text can be in, by how it is written: marks that some dialects have and others lack, added up.

The marks are functions, types, keywords and shapes; each says which dialects are written so and which merely take it.
"""

import re
from functools import lru_cache

from understudy_server.context.dialect.marks import DIALECTS, FUNCTIONS, KEYWORDS, SHAPES, Scores

_NOTHING: Scores = (0.0,) * len(DIALECTS)
_MAX_BYTES = 8_000

_NOISE = re.compile(
    rb"""--[^\r\n]* | /\*.*?(?:\*/|\Z) | (?P<national>\bN)?'(?:[^'\\\r\n]|''|\\.)*'? | (?P<double>"(?:[^"\r\n]|"")*"?)""",
    re.DOTALL | re.VERBOSE | re.IGNORECASE,
)
_NAMED = re.compile(rb"[\w.\"`@#$\]]")
# Upper case, and a space for everything that is in no word.
_WORDS = bytes(
    ord(chr(each).upper()) if each < 128 and (chr(each).isalnum() or each == 95) else 32
    for each in range(256)
)


_BY_WORD = {
    word: tuple(each[1:] for each in SHAPES if each[0] == word) for word, *_ in SHAPES if word.isalpha()
}
_BY_MARK = tuple(each for each in SHAPES if not each[0].isalpha())
_ALL_WORDS = frozenset((*FUNCTIONS, *KEYWORDS, *_BY_WORD))


@lru_cache(256)
def syntax_scores(sql: bytes) -> Scores:
    """What the marks in the text's first 8 KB say. Comments and the contents of strings say nothing."""
    text = b" ".join(_NOISE.sub(_shown, sql[:_MAX_BYTES]).upper().split())
    found = []
    for word in _ALL_WORDS.intersection(text.translate(_WORDS).split()):
        if (scores := FUNCTIONS.get(word)) and _is_called(word, text):
            found.append(scores)
        if scores := KEYWORDS.get(word):
            found.append(scores)
        found += [scores for pattern, scores in _BY_WORD.get(word, ()) if pattern.search(text)]
    found += [scores for mark, pattern, scores in _BY_MARK if mark in text and pattern.search(text)]
    return tuple(map(sum, zip(*found, strict=True))) if found else _NOTHING


def add(scores: Scores, others: Scores, share: float) -> Scores:
    """The scores, with a share of others."""
    return tuple(score + share * other for score, other in zip(scores, others, strict=True))


def _is_called(word: bytes, text: bytes) -> bool:
    """Whether the word stands as a function, which a column of that name does not."""
    position = 0
    while (position := text.find(word, position)) >= 0:
        end = position + len(word)
        if text[end : end + 2].lstrip()[:1] == b"(" and not (position and _NAMED.match(text, position - 1)):
            return True
        position = end
    return False


def _shown(match: "re.Match[bytes]") -> bytes:
    """A comment is nothing, a string is empty, a quoted name stays a name."""
    text = match.group()
    if text[:1] in (b"-", b"/"):
        return b" "
    if match.group("double"):
        return b'"_"'
    return b"N''" if match.group("national") else b"''"
