"""What the lexer of SQL files looks for: what opens, closes and reaches over lines, and what begins statements."""

import re
from collections.abc import Iterator
from functools import lru_cache

LINE_END = re.compile(rb"\r\n|\n|\r")
ESCAPES = re.compile(rb"(?:\A|\W)[eE]\Z")
# The first byte is matched by a class, to which the regular expression engine can skip: it makes reading five times as fast.
_FIRST = rb"\-/'\"`${#\\"
_OPENS = (
    rb"|(?P<closed>(?<=-)-[^\r\n]*|(?<=')[^'\r\n;\\]*'(?!')|(?<=\")(?:[^\"\r\n]|\"\")*\"?|(?<=`)(?:[^`\r\n]|``)*`?"
    rb"|(?<=\#)(?:[ \t!][^\r\n]*|(?=[\r\n]|\Z)))|(?P<command>(?<=\\)[A-Za-z!?.][^\r\n]*)"
    rb"|(?P<open>(?<=/)\*|(?<=\$)(?:[A-Za-z_]\w*)?\$)|(?P<quote>(?<='))|(?P<tag>(?<=\{)[{%#])"
)
STRING_PART = re.compile(
    rb"''|(?P<close>')|(?P<semicolon>;[ \t]*(?=[\r\n]|\Z))|(?P<blank>(?:\A|\r\n|\n|\r(?!\n))[ \t]*(?=[\r\n]))"
)
ESCAPED_PART = re.compile(rb"\\.|" + STRING_PART.pattern, re.DOTALL)
TAG_PART = {
    b"{{": re.compile(rb"\}\}|(?=\{[{%#])|(?:\A|\r\n|\n|\r(?!\n))[ \t]*(?=[\r\n])"),
    b"{%": re.compile(rb"%\}|(?=\{[{%#])|(?:\A|\r\n|\n|\r(?!\n))[ \t]*(?=[\r\n])"),
    b"{#": re.compile(rb"#\}"),
}
_KINDS = (b"procedure", b"proc", b"function", b"trigger", b"event", b"package", b"rule")
# What may stand between the first word of a routine and its kind; nothing that a comment or a string begins with.
_BETWEEN = (
    rb"(?:\s+(?:definer[ \t]*=[ \t]*(?:[`'\"@][^\s`'\"]*)+"
    rb"|(?!(?:create|alter|drop|table|view|index|as|select|set|add|on|to|for|is|%b)\b)[\w.=@]+))"
    % b"|".join(_KINDS)
)
_KIND = rb"(?:%b)\b" % b"|".join(_KINDS)
_OR = rb"(?:\s+or[ \t]+(?:alter|replace)\b)?"
_CREATES = rb"\b(?:create\b" + _OR + rb"|(?:alter|replace)\b)"
_ROUTINE = _CREATES + _BETWEEN + rb"*?\s+" + _KIND
_HAS_ROUTINE = re.compile(_ROUTINE)
HEAD_BEGUN = re.compile(_CREATES + _BETWEEN + rb"*\s*\Z")
HEAD_GOES_ON = re.compile(_OR + _BETWEEN + rb"*?\s+" + _KIND)
HEAD_STILL_BEGUN = re.compile(_OR + _BETWEEN + rb"*\s*\Z")
_BODY_WORD = (
    rb"|(?P<head>" + _ROUTINE + rb")"
    rb"|(?<![@$:])\b(?:(?P<begins>begin(?![ \t]+(?:tran|transaction|work|distributed)\b|[ \t]*;)|case)\b"
    rb"|end[ \t]+(?:if|loop|while|repeat|for)\b|(?P<ends>end(?:[ \t]+case)?)\b)"
)
# Lines that end a statement whatever is open: mysql's DELIMITER, T-SQL's GO, Oracle's slash.
_LINE = rb"[ \t]*(?:delimiter[ \t]+(?P<delimiter>\S+)[^\r\n]*|(?:go(?:[ \t]+\d+)?|/)[ \t]*(?=[\r\n]|\Z))"
# Whether a name follows WITH may stand in the next block, so only what follows on its line is asked.
_START = (
    rb"[ \t]*(select|insert|replace[ \t]+into|update|delete|merge|create|alter|drop|truncate|explain|pragma"
    rb"|with(?![ \t]*\(|[ \t]+(?:rollup|cube|totals|ties|ordinality|offset|no|check|data|grant|time|cascaded|local)\b))\b"
)
# The engine leaps to a byte that is given, which it cannot do to one of two: few texts have \r.
_LINES, _LINES_CR = re.compile(rb"\n" + _LINE), re.compile(rb"[\r\n]" + _LINE)
_STARTS, _STARTS_CR = re.compile(rb"\n" + _START), re.compile(rb"[\r\n]" + _START)


def lines_in(lower: bytes) -> Iterator["re.Match[bytes]"]:
    """The lines of a text in lower case that end a statement, with the line end before each."""
    return (_LINES_CR if b"\r" in lower else _LINES).finditer(lower)


def starts_in(lower: bytes) -> Iterator["re.Match[bytes]"]:
    """The keywords that begin statements at a line's start, with the line end before each.

    The text is in lower case: that is five times as fast as a pattern to which case is all the same.
    """
    return (_STARTS_CR if b"\r" in lower else _STARTS).finditer(lower)


def changes_schema(lower: bytes) -> bool:
    """Whether the text, in lower case, may have a routine's first word."""
    return b"create" in lower or b"alter" in lower or b"replace" in lower


def names_routine(lower: bytes) -> bool:
    """Whether the text, in lower case, has the first words of a routine."""
    return any(kind in lower for kind in _KINDS[1:]) and _HAS_ROUTINE.search(lower) is not None


@lru_cache(64)
def opens(delimiter: bytes, slow: bool) -> "re.Pattern[bytes]":
    """What matters in code, where a delimiter may be empty for none.

    Routines' words are looked for only where there is one: that is slow.
    """
    first, rest = re.escape(delimiter[:1]), re.escape(delimiter[1:])
    end = rb"(?P<delimiter>(?<=%b)%b(?:[ \t]*(?:--[^\r\n]*)?(?:\r\n|[\r\n]|\Z))?)" % (first, rest)
    if not delimiter:
        end = rb"(?!)"
    marks = rb"[%b%b](?:%b%b)" % (_FIRST, first, end, _OPENS)
    return re.compile(marks + _BODY_WORD, re.IGNORECASE) if slow else re.compile(marks)
