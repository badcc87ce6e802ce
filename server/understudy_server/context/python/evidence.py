"""How lines of Python look that no SQL imitates: the evidence by which half-written brackets and strings are mended."""

import re
from collections.abc import Iterator

_KEYWORDS = rb"""
    (?:async[ \t]+)?def[ \t]+\w | class[ \t]+\w+[ \t]*[(:] | @[A-Za-z_] | import[ \t]+[\w.]+[ \t]*(?:(?=[\r\n,\#])|\Z|as\b)
  | from[ \t]+[\w.]+[ \t]+import\b | (?:return|raise|del|assert|global|nonlocal)\b
  | (?:pass|break|continue)[ \t]*(?=[\r\n]|\Z) | (?:try|else|finally)[ \t]*: | except\b[^\r\n]*:
  | (?:if|elif|for|while|with|async[ ]for|async[ ]with)\b[^\r\n]*:[ \t]*(?:\#[^\r\n]*)?(?=[\r\n]|\Z)
"""
_ASSIGNMENT = rb"""
    [A-Za-z_][\w.]*(?![\w.])(?:\[[^\]\r\n]*\])?[ \t]*(?::[^=\r\n]+)?[-+]?=[ \t]*
    (?: [A-Za-z]{0,2}["'] | (?:await[ ])?[\w.]+\( | [(\[{] | \d+[ \t]*(?=[\r\n]|\Z) | (?:None|True|False)\b )
"""

LEAVES_BRACKETS = re.compile(rb"(?:" + _KEYWORDS + rb")", re.VERBOSE)
"""At a line's first code: no expression goes on this way, so a bracket above it was left open."""

_BEGINS = (
    rb"([ \t]*)(?:"
    + _KEYWORDS
    + rb"|"
    + _ASSIGNMENT
    + rb"""
      | print\( | [A-Za-z_]\w*(?:\.\w+)+\( | if[ ]__name__\b
      | (?P<closing> [)\]}][)\]},:]*[ \t]*(?:\#[^\r\n]*)?(?=[\r\n]|\Z) )
    )"""
)
_FIRST_LINE = re.compile(_BEGINS, re.VERBOSE)
_LINE_BELOW = re.compile(rb"[\r\n]" + _BEGINS, re.VERBOSE)

_LETTER = re.compile(rb"[A-Za-z_]")
_KEYWORD_BEHIND = re.compile(rb"[ \t]*(?:if|else|for|in|is|not|and|or|as|async)\b")
_STRING_BEHIND = re.compile(rb"[ \t]*[A-Za-z]{0,2}[\"']")
_GOES_ON = re.compile(rb"[ \t]*[)\]},.;:+%\\#=!<>|&*/@^-]")
_MAY_OPEN = re.compile(
    rb"(?:[=(,\[{:+%]|\b(?:return|in|yield|and|or|not|else|if|await))[ \t]*[rRbBuUfFtT]{0,2}\Z"
)


def reopens(text: bytes, line: int, quote_at: int, *, doubtful: bool, header: bool) -> bool:
    """Whether the triple quote at `quote_at`, on the line that starts at `line`, opens a string rather than closes one.

    `doubtful` says that a line above reads as code, `header` that the code above ends in a colon. Without doubt only what
    could not stand behind a closing quote tells.
    """
    end = len(text)
    for mark in (b"\n", b"\r"):
        found = text.find(mark, quote_at, end)
        end = found if found >= 0 else end
    before, after = text[line:quote_at], text[quote_at + 3 : end]
    if _KEYWORD_BEHIND.match(after) or _STRING_BEHIND.match(after):
        return False
    if not doubtful:
        return bool(_LETTER.match(after))
    if not after.strip():
        return header if not before.strip() else bool(_MAY_OPEN.search(before))
    if _GOES_ON.match(after):
        return False
    return not before.strip(b" \trRbBuUfFtT") or bool(_MAY_OPEN.search(before))


def code_in_string(
    text: bytes, start: int, stop: int, indent: int, *, brackets: bool
) -> tuple[int, bool] | None:
    """(start of the first line of text[start:], up to the one that holds `stop`, that reads as code; whether it closes brackets).

    Code behind a string stands at most as deep as the string's statement, `indent`; `brackets` says that some are open.
    """
    line_end = text.find(b"\n", stop)
    for line, depth, closes in lines_of_code(text, start, line_end if line_end >= 0 else len(text)):
        if line > stop:
            return None
        if depth <= indent and (brackets or not closes):
            return line, closes
    return None


def lines_of_code(text: bytes, start: int, end: int) -> Iterator[tuple[int, int, bool]]:
    """(start, white space before it, whether it closes brackets) of each line below `start` that reads as Python would.

    The text's own first line is among them where `start` is 0.
    """
    if not start and (first := _FIRST_LINE.match(text, 0, end)):
        yield 0, first.end(1), first.group("closing") is not None
    for match in _LINE_BELOW.finditer(text, start, end):
        line, code = match.span(1)
        yield line, code - line, match.group("closing") is not None
