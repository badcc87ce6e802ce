"""The leak guard for structure: parts of an evaluation item's gold code that stand in shared text, whatever literals they have."""

import re
from collections.abc import Sequence

import sqlglot
from sqlglot import exp
from sqlglot.errors import ErrorLevel

from understudy_knowledge.memory.tokens import masked_tokens, too_deep

_SMALLEST = 6
"""Nodes of a part that says where it came from: `SUM(a * b) / c` has six, `SUM(a) / c` four, which anyone may write."""
_PARTS = (exp.Binary, exp.Func, exp.Case, exp.Between, exp.In, exp.Not)
_UNCOUNTED = (exp.Identifier, exp.Paren, exp.Alias, exp.DataType)
_QUALIFIER = re.compile(r"\b\w+ \. ")
_APOSTROPHE = re.compile(r"(?<=\w)['\u2019](?=\w)")


def leaked_fragments(
    shared: str, evaluated: Sequence[tuple[str, str]], known: Sequence[tuple[str, str]]
) -> frozenset[str]:
    """Normalized parts of evaluation gold code that stand in shared text and in no code that the text was made from.

    Code comes as pairs of itself and its dialect. Values, aliases, qualifiers and case do not count.
    """
    taught = frozenset(part for code, dialect in known for part in fragments(code, dialect))
    secret = frozenset(part for code, dialect in evaluated for part in fragments(code, dialect)) - taught
    # A possessive would be read as the beginning of a value, and hide what follows.
    text = f" {_plain(masked_tokens(_APOSTROPHE.sub(' ', shared), keep_names=True))} "
    return frozenset(part for part in secret if f" {part} " in text)


def fragments(code: str, dialect: str = "sqlite") -> frozenset[str]:
    """Every part of at least six nodes, as tokens without values, qualifiers and quotes; none where the code does not parse."""
    if too_deep(code):
        return frozenset()
    try:
        tree = sqlglot.parse_one(code, read=dialect)
    except Exception:  # sqlglot fails on odd input in many ways
        return frozenset()
    found = set()
    for node in tree.find_all(*_PARTS):
        size = sum(not isinstance(each, _UNCOUNTED) for each in node.walk())
        if size >= _SMALLEST and not node.find(exp.Select):
            text = node.sql(dialect=dialect, comments=False, unsupported_level=ErrorLevel.IGNORE)
            found.add(_plain(masked_tokens(text, keep_names=True)))
    return frozenset(found)


def _plain(tokens: str) -> str:
    return _QUALIFIER.sub("", tokens)
