"""What a document says besides the statement at hand that explains names the catalog does not have."""

import re
from collections.abc import Sequence
from functools import cached_property
from typing import Literal

from attrs import frozen

from understudy_server.context.python.regions import all_regions

_NAME = rb"(?:[\w$#\x80-\xff]+|\"[^\"\r\n]+\"|`[^`\r\n]+`|\[[^\]\r\n]+\])"
_PATH = rb"%b(?:\s*\.\s*%b)*" % (_NAME, _NAME)
# The path is only looked at: what a comment calls one may be the CREATE of the next line.
_MADE = re.compile(
    rb"""\b(?:
        CREATE\s+(?:OR\s+REPLACE\s+)?(?:\w+\s+){0,2}?(?P<kind>TABLE|VIEW)\s+(?:IF\s+NOT\s+EXISTS\s+)?
      | (?P<changes>ALTER\s+TABLE\s+(?:IF\s+EXISTS\s+)?(?:ONLY\s+)? | RENAME\s+TO\s+ | RENAME\s+TABLE\s+"""
    + _PATH
    + rb"""\s+TO\s+)
      | (?P<into>INTO\s+(?:TEMP(?:ORARY)?\s+|UNLOGGED\s+)?(?:TABLE\s+)?)
    )(?=(?P<path>"""
    + _PATH
    + rb""")(?P<adds>\s+ADD\b)?)""",
    re.IGNORECASE | re.VERBOSE,
)
_PART = re.compile(_NAME)
# INSERT INTO makes nothing.
_CHANGES_ROWS = re.compile(rb"\b(?:INSERT|MERGE|REPLACE|IGNORE|OVERWRITE|FETCH|COPY)\s*\Z", re.IGNORECASE)
_LONGEST_WORD = 40
_LONGEST_CREATE = 8_000
# Behind a list of columns: the table has those of another one, or of a query, too.
_HAS_OTHERS = re.compile(rb"\b(?:INHERITS|LIKE|SELECT)\b", re.IGNORECASE)
_ATTACH = re.compile(rb"\bATTACH\s+(?:DATABASE\b|['\"?:{%])|\bsearch_path\b", re.IGNORECASE)
_FUNCTIONS = re.compile(rb"\bcreate_function\b|\bCREATE\b[^;]{0,40}\b(?:FUNCTION|MACRO)\b", re.IGNORECASE)
_WORD = re.compile(rb"[A-Za-z_\x80-\xff][\w\x80-\xff]*")


Source = tuple[bytes, Literal["sql", "python"]]
"""A text and what it is written in."""


@frozen(slots=False)
class Surroundings:
    """Names are lower-case."""

    made: frozenset[str] = frozenset()
    """Tables that the document's own statements create, rename or alter: the catalog may not know them as they will be."""
    changed: frozenset[str] = frozenset()
    """Those of them that something else than CREATE or ADD changes, or that have columns which no list names."""
    attaches: bool = False
    """Whether it reads other databases under the same names."""
    python: bytes = b""
    """The document if it is Python."""
    defines_functions: bool = False
    """Whether it gives its database functions of its own."""

    @cached_property
    def words(self) -> frozenset[str]:
        """Words of its Python: a table may be a data frame, or registered under its name."""
        return _python_words(self.python)


def surroundings_of(
    text: bytes, language: Literal["sql", "python"], beside: Sequence[Source] = ()
) -> Surroundings:
    """What the document says, and the other cells of its notebook `beside` it, without parsing statements."""
    if beside:
        own, *others = each = [
            surroundings_of(text, language),
            *(surroundings_of(*other) for other in beside),
        ]
        return Surroundings(
            frozenset().union(*(one.made for one in each)),
            # Cells run in any order.
            own.changed.union(*(one.made for one in others)),
            any(one.attaches for one in each),
            b"\n".join(one.python for one in each if one.python),
            any(one.defines_functions for one in each),
        )
    made: set[str] = set()
    changed: set[str] = set()
    for match in _MADE.finditer(text):
        if match["into"] and _CHANGES_ROWS.search(text, max(0, match.start() - _LONGEST_WORD), match.start()):
            continue
        names = _names(match["path"])
        made |= names
        if (match["changes"] and not match["adds"]) or _has_others(text, match):
            changed |= names
    return Surroundings(
        frozenset(made),
        frozenset(changed),
        bool(_ATTACH.search(text)),
        text if language == "python" else b"",
        bool(_FUNCTIONS.search(text)),
    )


def _names(path: bytes) -> set[str]:
    """What may mean the table: the last part of its path, also where one pair of quotes holds the whole path.

    The marks of T-SQL's temporary tables are no part of the name for sqlglot.
    """
    last = _PART.findall(path)[-1].strip(b'"`[]').decode("utf-8", "replace").lower()
    return {last, last.rpartition(".")[2], last.lstrip("#")}


def _has_others(text: bytes, made: re.Match[bytes]) -> bool:
    """Whether a table that is made with a list of columns has others, too."""
    start = made.end("path")
    follows = text[start : start + _LONGEST_CREATE].lstrip()
    if (made["kind"] or b"").upper() != b"TABLE" or not follows.startswith(b"("):
        return False
    return _HAS_OTHERS.search(follows.partition(b";")[0]) is not None


def _python_words(text: bytes) -> frozenset[str]:
    code = bytearray(text)
    for region in all_regions(text):
        code[region.span.start : region.span.end] = b" " * (region.span.end - region.span.start)
    return frozenset(match.group().decode("utf-8", "replace").lower() for match in _WORD.finditer(code))
