"""The tables that one statement of a document means besides the catalog's: those that the document makes, and DataFrames."""

from collections.abc import Iterator
from functools import cached_property
from typing import Literal

from attrs import evolve, frozen

from understudy_knowledge.catalog.model import Catalog, Table
from understudy_server.actions.statements import SourceStatement
from understudy_server.actions.surroundings import Surroundings
from understudy_server.context.defined.relations import FileTables
from understudy_server.context.frames.python_code import frames_in_sql, sees_frames
from understudy_server.context.frames.tables import frame_table
from understudy_server.context.frames.values import Frame
from understudy_server.context.text.document import Document

NAME = "this file"
OwnTables = tuple[tuple[str, Table], ...]
"""(lower-case name, table) of what the statement names; a table of which not every column is certain has none."""


@frozen
class WithOwn:
    """The tables of a catalog, behind those of a document."""

    own: OwnTables
    catalog: Catalog

    def table(self, name: str) -> Table | None:
        """The table that a bare name or a dotted path means; the last part of a path says which of the document's."""
        bare = name.rpartition(".")[2].lower()
        found = next((table for known, table in self.own if known == bare), None)
        return found or self.catalog.table(name)

    def names(self) -> list[str]:
        """What a table may be called."""
        return [table.name for table in (*(table for _, table in self.own), *self.catalog.tables)]

    def as_catalog(self) -> Catalog:
        """One catalog of them all, in which those of the document hide others of their name."""
        hidden = {name for name, _ in self.own}
        rest = (table for table in self.catalog.tables if table.name.lower() not in hidden)
        tables = (*(table for _, table in self.own), *rest)
        return evolve(self.catalog, tables=tables) if self.own else self.catalog

    def short_path(self, table: Table) -> str:
        """The shortest name by which `table` finds it."""
        return table.name if any(table is one for _, one in self.own) else self.catalog.short_path(table)


@frozen(slots=False)
class Own:
    """Finds them in one document. What it says holds as long as its text stays the same."""

    text: bytes
    language: Literal["sql", "python"]
    around: Surroundings
    catalog: Catalog
    dialect: str

    def of(self, statement: SourceStatement) -> OwnTables:
        """The tables that the statement may name, each with its columns where they are certain."""
        if not (self.around.made or self._sees_frames(statement)):
            return ()
        words = {token.name.lower() for token in statement.tokens if token.name}
        found = dict(self._frames(statement, words))
        found.update(self._made(statement, words & self.around.made))
        return tuple(sorted(found.items(), key=lambda item: item[0]))

    def names(self, statement: SourceStatement) -> list[str]:
        """What an unknown table of the statement may have meant besides the catalog's."""
        return [*sorted(self.around.made), *self._frames_at(statement)]

    def _made(self, statement: SourceStatement, names: set[str]) -> Iterator[tuple[str, Table]]:
        for name in names:
            # Only an SQL file runs from top to bottom, and only of CREATE it is certain what it makes.
            sure = self.language == "sql" and name not in self.around.changed
            made = (
                FileTables(self._document, statement.span.start, self.catalog).table(name) if sure else None
            )
            known = self.catalog.table(name)
            # What is made further below may be there already, from when the file ran before.
            doubtful = made is None or made is known or (known is not None and not _has_all(made, known))
            yield name, Table(name, ()) if made is None or doubtful else made

    def _frames(self, statement: SourceStatement, words: set[str]) -> Iterator[tuple[str, Table]]:
        if not self._sees_frames(statement) or words.isdisjoint(self.around.words):
            return
        for name, frame in self._frames_at(statement).items():
            if name.lower() in words:
                beside = self.catalog.table(name) is not None  # engines differ in which of both they take
                yield name.lower(), Table(name, ()) if beside else frame_table(name, frame)

    def _sees_frames(self, statement: SourceStatement) -> bool:
        return self.language == "python" and sees_frames(self.dialect, statement.sink)

    def _frames_at(self, statement: SourceStatement) -> dict[str, Frame]:
        if not self._sees_frames(statement):
            return {}
        return frames_in_sql(
            self._document,
            statement.span.start,
            dialect=self.dialect,
            sink=statement.sink,
            catalog=self.catalog,
        )

    @cached_property
    def _document(self) -> Document:
        return Document(NAME, self.text.decode("utf-8", "replace"))


def _has_all(made: Table, known: Table) -> bool:
    """Whether the file's table has what the catalog's has: otherwise one of both is out of date."""
    return all(made.column(column.name) for column in known.columns)
