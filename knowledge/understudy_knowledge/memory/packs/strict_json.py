"""JSON of a stranger: bounded in depth before it is parsed, and read so that no two readers can see two things in it."""

import json
import re
from typing import Any

from understudy_knowledge.errors import KnowledgePackError

DEEPEST = 24
"""A pack's own nesting is eight deep."""
_MARKS = re.compile(rb'[\[\]{}"\\]')
_MOST_DIGITS = 15
"""Every whole number of so many digits is the same to all readers; beyond 2^53 some round."""


def check_depth(data: bytes) -> None:
    """Raises KnowledgePackError where brackets nest deeper than any pack's; one pass, no recursion."""
    depth, in_text, escaped = 0, False, -1
    for found in _MARKS.finditer(data):
        mark, at = found[0], found.start()
        if at == escaped:
            continue
        if in_text and mark == b"\\":
            escaped = at + 1
        elif mark == b'"':
            in_text = not in_text
        elif not in_text and mark in b"[{":
            depth += 1
            if depth > DEEPEST:
                raise KnowledgePackError(f"it is nested deeper than {DEEPEST} levels")
        elif not in_text and mark in b"]}":
            depth -= 1


def parse_strictly(data: bytes) -> Any:
    """The document. Raises KnowledgePackError for duplicate keys, NaN, infinities, huge numbers, and what is not UTF-8 or JSON."""
    try:
        return json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_object,
            parse_int=_whole,
            parse_float=_fraction,
            parse_constant=_constant,
        )
    except (ValueError, RecursionError) as error:
        raise KnowledgePackError("its contents are not JSON in UTF-8") from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise KnowledgePackError("an object of it has the same key twice")
    return found


def _whole(digits: str) -> int:
    if len(digits.lstrip("-")) > _MOST_DIGITS:
        raise KnowledgePackError("it holds a number of more digits than readers agree on")
    return int(digits)


def _fraction(digits: str) -> float:
    value = float(digits)
    if not abs(value) < float("inf"):
        raise KnowledgePackError("it holds a number that no float can hold")
    return value


def _constant(name: str) -> float:
    raise KnowledgePackError(f"it holds {name}, which is no JSON")
