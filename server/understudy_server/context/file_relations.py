"""Tables that an SQL file defines above the cursor, read from tokens when a query names them, and kept until they change.

They come before the catalog's: at that place of the script the table is what the script made it. DROP takes away what
the file defined above it, not what the catalog has; ALTER changes the file's table or else the catalog's.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import islice

from attrs import evolve

from understudy_knowledge.catalog import Column, Table
from understudy_knowledge.catalog.family import family_of
from understudy_knowledge.errors import UnderstudyError
from understudy_server.context.document import Document
from understudy_server.context.file_definitions import Place, definitions_above, names_above
from understudy_server.context.relation_tree import Group, keyword_of, nest, text_of
from understudy_server.context.relations import output_names, visible_relations
from understudy_server.context.routine import creates_routine
from understudy_server.context.select_list import split_commas
from understudy_server.context.sql_lexer import Token
from understudy_server.context.sql_statements import Statement, statement_at
from understudy_server.context.sql_window import sql_window
from understudy_server.context.tables import Tables

_KEPT = 256
"""Definitions that are kept as they were read: more than one query names."""
_LISTED = 50
# A view of a view of a view: deeper ones have columns nobody waits for.
_DEEPEST = 8
_CONSTRAINTS = frozenset(
    "CONSTRAINT PRIMARY FOREIGN UNIQUE CHECK INDEX KEY EXCLUDE LIKE PERIOD FULLTEXT SPATIAL PARTITION".split()
)
_ENDS_TYPE = frozenset(
    "NOT NULL PRIMARY UNIQUE DEFAULT REFERENCES CHECK CONSTRAINT COLLATE GENERATED COMMENT AUTO_INCREMENT AUTOINCREMENT IDENTITY "
    "ENCODE OPTIONS AS KEY ON".split()
)


class FileTables:
    """The tables at one place of a document: the file's own above the offset, then those of `below`."""

    def __init__(self, document: Document, offset: int, below: Tables | None, depth: int = 0) -> None:
        self._document = document
        self._offset = offset
        self._below = below
        self._depth = depth

    def table(self, name: str) -> Table | None:
        """The table that a bare name or a dotted path means at this place, whatever its case."""
        added: list[Column] = []
        table: Table | None = None
        for place in definitions_above(self._document, self._offset, name):
            statement = self._statement(place)
            if statement is None:
                continue
            if place.definition.kind == "drop":
                break
            columns = self._columns(*statement)
            if place.definition.kind == "alter":
                added = [*(columns or ()), *added]
            else:
                table = Table(name.rpartition(".")[2], columns or (), source=self._document.name)
                break
        table = table or (self._below.table(name) if self._below else None)
        if table is None or not added or not table.columns:
            return table
        fresh = [column for column in added if table.column(column.name) is None]
        return evolve(table, columns=(*table.columns, *fresh))

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

    def _columns(self, tokens: Sequence[Token], start: int) -> tuple[Column, ...] | None:
        """What the definition at `start` says of columns, None where it says nothing."""
        if self._depth >= _DEEPEST:
            return None
        return _defined(tokens, FileTables(self._document, start, self._below, self._depth + 1))

    def _statement(self, place: Place) -> tuple[Sequence[Token], int] | None:
        """The tokens of the statement around the place, and its start; None where the place is in a comment or a string."""
        try:
            window = sql_window(self._document, place.offset)
        except UnderstudyError:  # longer than what is looked at
            return (), place.offset
        if window is None:
            return None
        statement = _statement_of(self._document.slice(*window), place.offset - window[0])
        # What a routine does it does when it is called; a variable that it selects into is no table.
        if creates_routine(statement.tokens):
            return None
        if all(token.start != place.offset - window[0] for token in statement.tokens):
            return None
        return statement.tokens, window[0] + statement.span.start


@lru_cache(maxsize=_KEPT)
def _statement_of(text: bytes, offset: int) -> Statement:
    """Read once for as long as the text stays the same, wherever it stands."""
    return statement_at(text, offset)


def _defined(tokens: Sequence[Token], tables: FileTables) -> tuple[Column, ...] | None:
    """The columns that a CREATE, an ALTER TABLE ... ADD or a SELECT ... INTO gives."""
    if not tokens:
        return None
    items = nest(tokens, tokens[-1].end).items
    words = [keyword_of(item) for item in items]
    if words[0] == "ALTER":
        return _added(items, words)
    if words[0] != "CREATE" or "AS" in words:
        columns = _selected(tokens, tables)
        listed = next((item for item in items if isinstance(item, Group)), None)
        if words[0] == "CREATE" and listed is not None and words.index("AS") > items.index(listed):
            names = [column.name for column in _declared(listed.items)]
            return tuple(Column(name) for name in names) if names else columns
        return columns
    group = next((item for item in items if isinstance(item, Group)), None)
    if group is None or group.is_query:
        return _selected(tokens, tables)
    return tuple(_declared(group.items))


def _selected(tokens: Sequence[Token], tables: FileTables) -> tuple[Column, ...] | None:
    """The columns of the query; those that are plainly a table's have its types."""
    names = output_names(tokens, tables)
    if names is None:
        return None
    seen = [tables.table(one.table) for one in visible_relations(tokens, tokens[-1].end, tables) if one.table]
    found = ((name, [table.column(name) for table in seen if table]) for name in names)
    return tuple(next((column for column in columns if column), Column(name)) for name, columns in found)


def _added(items: Sequence[Token | Group], words: Sequence[str]) -> tuple[Column, ...]:
    """ALTER TABLE t ADD [COLUMN] a INT, ADD b TEXT."""
    columns: list[Column] = []
    for element in split_commas(items):
        kinds = [keyword_of(item) for item in element]
        if "ADD" not in kinds:
            continue
        at = kinds.index("ADD") + 1
        while at < len(kinds) and kinds[at] in ("COLUMN", "IF", "NOT", "EXISTS"):
            at += 1
        listed = element[at] if at < len(element) else None
        columns += _declared(listed.items if isinstance(listed, Group) else element[at:])
    return tuple(columns)


def _declared(items: Sequence[Token | Group]) -> Iterator[Column]:
    """The columns of a list such as (a INT NOT NULL, b TEXT, PRIMARY KEY (a))."""
    for element in split_commas(items):
        first = element[0] if element else None
        if not isinstance(first, Token) or not first.name or first.keyword in _CONSTRAINTS:
            continue
        declared = ""
        for item in element[1:]:
            if keyword_of(item) in _ENDS_TYPE:
                break
            declared += f"({_inside(item)})" if isinstance(item, Group) else f" {item.text}"
        declared = declared.strip()
        words = {keyword_of(item) for item in element}
        key = "PRIMARY" in words
        yield Column(
            first.name, declared, not key and "NOT" not in words, key, family=family_of(declared, first.name)
        )


def _inside(group: Group) -> str:
    return "".join(text_of(item) for item in group.items)
