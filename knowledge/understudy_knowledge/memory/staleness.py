"""Whether a case still fits the schema: what it touches may have been renamed or dropped since."""

from understudy_knowledge.catalog import Catalog
from understudy_knowledge.memory.records import Lineage


def lacking(lineage: Lineage, catalog: Catalog) -> tuple[str, ...]:
    """The tables and columns of a lineage that the catalog does not have. Only what it must know is missed: a table where
    a source was read that lists them all, a column where the table's columns are all known."""
    tables = [name for name in lineage.tables if catalog.complete and catalog.table(name) is None]
    return (*tables, *(path for path in lineage.columns if _is_gone(path, catalog)))


def _is_gone(path: str, catalog: Catalog) -> bool:
    name, _, column = path.rpartition(".")
    table = catalog.table(name)
    return table is not None and bool(table.columns) and not table.partial and table.column(column) is None
