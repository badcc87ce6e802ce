"""A small model that does not know what comes next writes the statement above once more."""

import re
from functools import lru_cache

from understudy_server.context.query_context import QueryContext

_BORDER = re.compile(r";|\n[ \t]*\n")
_SHORTEST = 12


def no_statement_above(text: str, context: QueryContext) -> str:
    """Nothing, if the statement with the text in it is one that stands above it, case and blanks aside."""
    said = _key(context.prefix + text + context.suffix)
    if len(said) < _SHORTEST or not context.above:
        return text
    return "" if said in _statements(context.above) else text


@lru_cache(maxsize=4)
def _statements(above: str) -> frozenset[str]:
    """What stands above the statement stays the same while that is typed."""
    return frozenset(_key(other) for other in _BORDER.split(above))


def _key(sql: str) -> str:
    return "".join(sql.split()).rstrip(";").lower()
