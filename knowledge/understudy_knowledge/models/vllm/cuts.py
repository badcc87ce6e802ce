"""Shortens a text to its share of a prompt, at a border of its syntax where there is one. Knows nothing of what the text is for."""

import re

from understudy_knowledge.models.vllm.token_counts import TokenCounts

_PARTS = re.compile(r"(?:;|\r?\n)[ \t]*\r?\n(?:[ \t]*\r?\n)*")
_LINES = re.compile(r"\n")
_WORDS = re.compile(r"[\s,;]")
_STEPS = 4


def beginning(text: str, tokens: int, counts: TokenCounts) -> str:
    """The beginning of the text, at most about `tokens` long: to the end of a statement, of a line or of a word."""
    allowed = _characters(text, tokens, counts)
    if allowed >= len(text):
        return text
    for border in (_PARTS, _LINES, _WORDS):
        ends = [found.end() for found in border.finditer(text, allowed // 2, allowed)]
        if ends:
            return text[: ends[-1]].rstrip()
    return text[:allowed]


def ending(text: str, tokens: int, counts: TokenCounts, *, grows: bool = False) -> str:
    """The end of the text, at most about `tokens` long: from the start of a statement, of a line or of a word.

    A text that `grows` at its end is cut in steps: it would otherwise begin elsewhere after each key, and nothing behind
    that beginning would be in the server's prefix cache.
    """
    allowed = _characters(text, tokens, counts, comes_again=not grows)
    if allowed >= len(text):
        return text
    start = len(text) - allowed
    if grows and allowed:
        step = max(1, allowed // _STEPS)
        start = min(len(text), -(-start // step) * step)
    for border in (_PARTS, _LINES, _WORDS):
        found = border.search(text, start, start + (len(text) - start) // 2)
        if found:
            return text[found.end() :]
    return text[start:]


def _characters(text: str, tokens: int, counts: TokenCounts, *, comes_again: bool = True) -> int:
    """How many characters of the text are within the budget, as if its tokens were all of one length."""
    taken = counts.of(text, comes_again=comes_again)
    return len(text) if taken <= tokens else max(0, len(text) * tokens // taken)
