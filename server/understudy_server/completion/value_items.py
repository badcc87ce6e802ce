"""Values and functions for the list: what a column is compared with, as the catalog's samples have it, and what the dialect computes."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from understudy_knowledge.catalog.model import Column, Value
from understudy_server.completion.grammar.functions import functions_of
from understudy_server.context.query_context import QueryContext
from understudy_server.context.tables import Tables

_COMPARED = re.compile(
    r"""(?:(?P<owner>[\w$]+|"[^"]+")\s*\.\s*)?(?P<column>[\w$]+|"[^"]+")\s*
        (?:= | <> | != | \b(?:NOT\s+)?IN\s*\((?:[^()]*,)?)\s*[\w$]*\Z""",
    re.IGNORECASE | re.VERBOSE,
)
_WORD = re.compile(r"\w*\Z")
_MOST = 50


class Compared(NamedTuple):
    """A value as SQL, and the column that has it."""

    text: str
    column: str


def compared_values(context: QueryContext, tables: Tables) -> Iterator[Compared]:
    """The values that the column before `=`, `<>` or `IN (` at the cursor was seen to have, most frequent first."""
    for value, column in _seen(context.prefix, context, tables):
        yield Compared(_literal(value), column)


def begun_values(context: QueryContext, tables: Tables, opened: int) -> Iterator[tuple[str, Compared]]:
    """The same where the text is begun by a quote at offset `opened` of the prefix: each whole value, and what is left to write
    of it from the word at the cursor on, with the quote that closes it where none follows.
    """
    typed = context.prefix[opened + 1 :]
    kept = _WORD.search(typed)
    word = kept.start() if kept else len(typed)
    closing = "" if context.suffix.startswith("'") else "'"
    for value, column in _seen(context.prefix[:opened], context, tables):
        if isinstance(value, str) and (text := value.replace("'", "''")).lower().startswith(typed.lower()):
            yield value, Compared(text[word:] + closing, column)


def _seen(before: str, context: QueryContext, tables: Tables) -> Iterator[tuple[Value, str]]:
    """Values, and the column that has them, where `before` ends with what compares it."""
    found = _COMPARED.search(before)
    if found is None:
        return
    owner, name = ((found[part] or "").strip('"').lower() for part in ("owner", "column"))
    for relation in context.relations:
        if owner and relation.name.lower() != owner:
            continue
        table = tables.table(relation.table) if relation.table else None
        column = table.column(name) if table is not None else None
        if table is not None and column is not None:
            for value in _samples(column):
                yield value, f"{table.name}.{column.name}"
            return


def function_names(dialect: str) -> list[str]:
    """What may be called in the dialect, aggregates first."""
    known = functions_of(dialect)
    names = ("COUNT", *known.aggregates, *known.one, *known.two, *known.three, *known.ranks)
    return list(dict.fromkeys(names))


def _samples(column: Column) -> Iterator[Value]:
    yield from (value for value in column.samples[:_MOST] if value is not None)


def _literal(value: Value) -> str:
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else str(value)
