"""What a document says besides the statement at hand that explains names the catalog does not have."""

import re
from collections.abc import Sequence
from functools import cached_property
from typing import Literal

from attrs import frozen

from understudy_server.context.python_regions import all_regions

_MADE = re.compile(
    rb"""\b(?:
        CREATE\s+(?:OR\s+REPLACE\s+)?(?:\w+\s+){0,2}?(?:TABLE|VIEW)\s+(?:IF\s+NOT\s+EXISTS\s+)?
      | ALTER\s+TABLE\s+(?:IF\s+EXISTS\s+)?(?:ONLY\s+)?
      | RENAME\s+TO\s+
    )(?:["`\[]?\w+["`\]]?\.)?["`\[]?(\w+)""",
    re.IGNORECASE | re.VERBOSE,
)
_ATTACH = re.compile(rb"\bATTACH\s+(?:DATABASE\b|['\"?:{%])|\bsearch_path\b", re.IGNORECASE)
_WORD = re.compile(rb"[^\W\d]\w*")


Source = tuple[bytes, Literal["sql", "python"]]
"""A text and what it is written in."""


@frozen(slots=False)
class Surroundings:
    """Names are lower-case."""

    made: frozenset[str] = frozenset()
    """Tables that the document's own statements create, rename or alter: the catalog may not know them as they will be."""
    attaches: bool = False
    """Whether it reads other databases under the same names."""
    python: bytes = b""
    """The document if it is Python."""

    @cached_property
    def words(self) -> frozenset[str]:
        """Words of its Python: a table may be a data frame, or registered under its name."""
        return _python_words(self.python)


def surroundings_of(
    text: bytes, language: Literal["sql", "python"], beside: Sequence[Source] = ()
) -> Surroundings:
    """What the document says, and the other cells of its notebook `beside` it, without parsing statements."""
    if beside:
        each = [surroundings_of(text, language), *(surroundings_of(*other) for other in beside)]
        return Surroundings(
            frozenset().union(*(one.made for one in each)),
            any(one.attaches for one in each),
            b"\n".join(one.python for one in each if one.python),
        )
    made = frozenset(match.group(1).decode("utf-8", "replace").lower() for match in _MADE.finditer(text))
    return Surroundings(made, bool(_ATTACH.search(text)), text if language == "python" else b"")


def _python_words(text: bytes) -> frozenset[str]:
    code = bytearray(text)
    for region in all_regions(text):
        code[region.span.start : region.span.end] = b" " * (region.span.end - region.span.start)
    return frozenset(match.group().decode("utf-8", "replace").lower() for match in _WORD.finditer(code))
