"""The last gate before a suggestion is shown: it parses, and every name in it is known. Repairs a name once."""

import re
from difflib import get_close_matches
from functools import partial

import sqlglot
from attrs import frozen
from sqlglot.errors import SqlglotError

from understudy_knowledge.catalog.model import Catalog
from understudy_server.completion.name_scopes import Statement
from understudy_server.completion.scan import blanked
from understudy_server.completion.unknown_names import UnknownName, unknown_names
from understudy_server.context.defined.relations import FileTables
from understudy_server.context.query_context import QueryContext
from understudy_server.context.tables import Tables

_LONGEST = 100_000
_STRANGE = re.compile(r"[^\x00-\x7f\w\s]")
"""In code: what a model writes that broke a character off. sqlglot makes names of it, of functions even, that nobody has."""
_COLUMN = re.compile(r"\s*\.\s*\w+")


@frozen
class _Reading:
    """A statement that parses, and the part of it that is the insertion: characters `start` to `end`."""

    sql: str
    tree: Statement
    start: int
    end: int


def verify(text: str, context: QueryContext, catalog: Catalog) -> str | None:
    """The text, a repaired one, or None where it must not be shown.

    Not shown is what does not parse, and what names a table or column that the catalog does not have and for which
    nothing similar is visible, and a column that is of two relations. Names of the user's own part are theirs. With an
    empty catalog nothing is known, so whatever parses passes.
    """
    reading = _read(text, context)
    if reading is None or _is_strange(text, reading):
        return None
    if not catalog:
        return text
    written = _written(reading, context, catalog)
    if not written:
        return text
    repaired = _repair(text, written, reading.start)
    reading = None if repaired is None else _read(repaired, context)
    return repaired if reading is not None and not _written(reading, context, catalog) else None


def _is_strange(text: str, reading: _Reading) -> bool:
    """Whether the text has a sign, outside of quotes and comments, that no language has."""
    if text.isascii():
        return False
    return bool(_STRANGE.search(blanked(reading.sql), reading.start, reading.end))


def _written(reading: _Reading, context: QueryContext, catalog: Catalog) -> list[UnknownName]:
    """The unknown names of which the insertion wrote at least a part."""
    tables = context.tables if context.tables is not None else catalog
    listed = partial(_may_be_meant, context, catalog, tables)
    unknown = unknown_names(reading.tree, reading.sql, tables, listed=listed, dialect=context.dialect)
    return [name for name in unknown if name.start < reading.end and _end(name, reading.sql) > reading.start]


def _end(name: UnknownName, sql: str) -> int:
    """Where the name ends, with the column behind it: of a relation that nobody knows nobody knows a column."""
    column = _COLUMN.match(sql, name.end)
    return column.end() if column else name.end


def _read(text: str, context: QueryContext) -> _Reading | None:
    """The whole statement with the text in it, or without the suffix while that is still unfinished."""
    start = len(context.prefix)
    for suffix in dict.fromkeys((context.suffix, "")):
        sql = context.prefix + text + suffix
        tree = _parse(sql, context.dialect)
        if tree is not None:
            return _Reading(sql, tree, start, start + len(text))
    return None


def _parse(sql: str, dialect: str) -> Statement | None:
    if len(sql) > _LONGEST:
        return None
    try:
        trees = [tree for tree in sqlglot.parse(sql, read=dialect or None) if tree is not None]
    except (SqlglotError, RecursionError):
        return None
    # sqlglot reads `Here is` as a column with an alias: only whole statements count.
    return trees[0] if len(trees) == 1 and isinstance(trees[0], Statement) else None


def _may_be_meant(context: QueryContext, catalog: Catalog, tables: Tables) -> list[str]:
    """Tables that an unknown one may mean."""
    own = tables.own() if isinstance(tables, FileTables) else ()
    visible = (relation.table or relation.name for relation in context.relations)
    return [*(table.name for table in (*catalog.tables, *own)), *visible]


def _repair(text: str, unknown: list[UnknownName], start: int) -> str | None:
    """The text with each unknown name made the nearest candidate; None where there is none near, or it is not all ours."""
    for name in sorted(unknown, key=lambda name: name.start, reverse=True):
        meant = nearest(name)
        if meant is None or name.start < start or name.end > start + len(text):
            return None
        text = text[: name.start - start] + meant + text[name.end - start :]
    return text


def nearest(unknown: UnknownName) -> str | None:
    """What was meant by an unknown name: the most similar candidate, None where none is similar."""
    by_lower = {candidate.lower(): candidate for candidate in unknown.candidates}
    near = get_close_matches(unknown.name.lower(), by_lower, n=1, cutoff=0.6)
    return unknown.meant or (by_lower[near[0]] if near else None)
