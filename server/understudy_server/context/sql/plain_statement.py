"""Statements in lower case without a mark that tells them from a sentence: `select city, amount from sales s where paid`."""

import re

READ_BYTES = 2_000
"""Of a longer text only so much is read."""

# A word behind a relation's name that goes on with a sentence rather than names the relation.
_NO_ALIAS = rb"(?!(?:to|at|up|so|and|for|but|off|out|new|old|all|any|one|two|in|is|or|if|on|by|as)\b)"
_ITEM = rb"[a-z]+(?:\s+as\s+[a-z]+)?"
_CONDITION = rb"where\b(?:\s+[a-z]+)?(?:\s*\Z|\s+(?:and|or|is|in|like|not|between|group|order|limit)\b)"
_BEHIND = (
    rb"\s*\Z|\s*[;,)]|\s+(?:"
    + _CONDITION
    + rb"|(?:group|order)\s+by\b|having\b|limit\b|union\b"
    + rb"|(?:(?:left|right|full)\s+(?:outer\s+)?|inner\s+|cross\s+|natural\s+)?join\b)"
)
_SELECT = re.compile(
    rb"\s*select\s+(?:distinct\s+)?" + _ITEM + rb"(?:\s*,\s*" + _ITEM + rb")*"
    rb"\s+from\s+[a-z]+(?:\s+as\s+[a-z]+|\s+" + _NO_ALIAS + rb"[a-z]{1,3})?(?=" + _BEHIND + rb")"
)  # fmt: skip
_DELETE = re.compile(rb"\s*delete\s+from\s+[a-z]+(?=\s+" + _CONDITION + rb")")


def is_plain_statement(text: bytes) -> bool:
    """Whether plain words have the shape of a statement: a list, what it is from, and a clause if anything follows."""
    head = text[:READ_BYTES]
    return bool(_SELECT.match(head) or _DELETE.match(head))
