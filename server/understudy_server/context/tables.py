"""Where names of tables are looked up."""

from typing import Protocol

from understudy_knowledge.catalog import Table


class Tables(Protocol):
    """A catalog, or the tables that a file defines itself before those of one."""

    def table(self, name: str) -> Table | None:
        """The table that a bare name or a dotted path means, whatever its case."""

    def short_path(self, table: Table) -> str:
        """The shortest name by which `table` finds this very table."""
