"""Tables that an SQL file defines above the cursor, read from tokens when a query names them, and kept until they change.

They come before the catalog's: at that place of the script the table is what the script made it. DROP takes away what
the file defined above it, not what the catalog has; ALTER changes the file's table or else the catalog's.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import islice

from attrs import evolve

from understudy_knowledge.catalog import Catalog, Column, Table
from understudy_knowledge.errors import UnderstudyError
from understudy_server.context.defined.changes import altered, redefines_view, renamed_from, renames_table
from understudy_server.context.defined.columns import columns_of, created_columns
from understudy_server.context.defined.definitions import Place, definitions_above, names_above
from understudy_server.context.sql.lexer import Token
from understudy_server.context.sql.routine import creates_routine
from understudy_server.context.sql.statements import Statement, statement_at
from understudy_server.context.sql.window import sql_window
from understudy_server.context.tables import Tables
from understudy_server.context.text.document import Document

_KEPT = 256
"""Definitions that are kept as they were read: more than one query names."""
_LISTED = 50
# A view of a view of a view: deeper ones have columns nobody waits for.
_DEEPEST = 8
_NOTHING = Catalog()


class FileTables:
    """The tables at one place of a document: the file's own above the offset, then those of `below`."""

    def __init__(
        self, document: Document, offset: int, below: Tables | None, above: "FileTables | None" = None
    ) -> None:
        """`above` are those on whose behalf tables further up are asked for, of the same document."""
        self._document = document
        self._offset = offset
        self._below = below
        self._depth: int = above._depth + 1 if above else 0
        # A view may name another many times, and many views the same one: each is read once for one depth.
        self._created: dict[tuple[int, int], tuple[Column, ...] | None] = above._created if above else {}
        self._found: dict[str, Table | None] = {}

    def table(self, name: str) -> Table | None:
        """The table that a bare name or a dotted path means at this place, whatever its case."""
        key = name.lower()
        if key not in self._found:
            self._found[key] = self._table(name)
        return self._found[key]

    def _table(self, name: str) -> Table | None:
        changes: list[Sequence[Token]] = []
        table: Table | None = None
        for place in definitions_above(self._document, self._offset, name):
            statement = self._statement(place)
            if statement is None:
                continue
            tokens, start, at = statement
            kind = place.definition.kind
            if kind == "rename":
                old = renamed_from(tokens, at)
                if not old:
                    continue
                table = self._made(name, columns_of(self._above(start), old))
                break
            if kind == "drop" or (kind == "alter" and renames_table(tokens)):
                break
            if kind == "alter" and not redefines_view(tokens):
                changes.append(tokens)
            else:
                if (key := (self._depth, start)) not in self._created:
                    self._created[key] = created_columns(tokens, self._above(start))
                table = self._made(name, self._created[key], _has_hidden(tokens))
                break
        table = table or (self._below.table(name) if self._below else None)
        if table is None or not changes or not table.columns:
            return table
        columns = table.columns
        for tokens in reversed(changes):
            columns = altered(columns, tokens)
        return evolve(table, columns=columns)

    def _made(self, name: str, columns: tuple[Column, ...] | None, partial: bool = False) -> Table:
        return Table(name.rpartition(".")[2], columns or (), source=self._document.name, partial=partial)

    def short_path(self, table: Table) -> str:
        """How a statement calls the table: one of the file by its name, others as the catalog says."""
        own = self._below is None or table.source == self._document.name
        return table.name if own or self._below is None else self._below.short_path(table)

    def own(self) -> Iterator[Table]:
        """The tables that the file makes above the offset and that are still there, at most a few dozen, nearest first."""
        for name in islice(dict.fromkeys(names_above(self._document, self._offset)), _LISTED):
            table = self.table(name)
            if table is not None and table.source == self._document.name:
                yield table
        if isinstance(self._below, FileTables):
            yield from self._below.own()

    def _above(self, start: int) -> Tables:
        """The tables at a definition, as it sees them; none where it is of too many others already."""
        return FileTables(self._document, start, self._below, self) if self._depth < _DEEPEST else _NOTHING

    def _statement(self, place: Place) -> tuple[Sequence[Token], int, int] | None:
        """The tokens of the statement around the place, its start, and the index of the token at the place.

        None where the place is in a comment or a string.
        """
        try:
            window = sql_window(self._document, place.offset)
        except UnderstudyError:  # longer than what is looked at
            return (), place.offset, 0
        if window is None:
            return None
        within = place.offset - window[0]
        statement = _statement_of(self._document.slice(*window), within)
        # What a routine does it does when it is called; a variable that it selects into is no table.
        if creates_routine(statement.tokens):
            return None
        at = next((index for index, token in enumerate(statement.tokens) if token.start == within), None)
        return None if at is None else (statement.tokens, window[0] + statement.span.start, at)


def _has_hidden(tokens: Sequence[Token]) -> bool:
    """Whether the table has columns that nobody lists, such as the `rank` of SQLite's virtual tables."""
    return len(tokens) > 1 and tokens[1].keyword == "VIRTUAL"


@lru_cache(maxsize=_KEPT)
def _statement_of(text: bytes, offset: int) -> Statement:
    """Read once for as long as the text stays the same, wherever it stands."""
    return statement_at(text, offset)
