"""Tables as a check of names needs them: one of which not every column is known has none, so that nothing is said of its columns."""

from attrs import evolve, frozen

from understudy_knowledge.catalog.model import Table
from understudy_server.context.tables import Tables


@frozen
class WholeTables:
    """`tables`, with no columns where a source need not have listed them all."""

    tables: Tables

    def table(self, name: str) -> Table | None:
        """The table that a bare name or a dotted path means."""
        found = self.tables.table(name)
        return evolve(found, columns=(), foreign_keys=()) if found and found.partial else found

    def short_path(self, table: Table) -> str:
        """As the tables say it."""
        return self.tables.short_path(table)
