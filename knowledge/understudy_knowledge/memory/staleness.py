"""Whether what was learned still fits the schema: what it is about may have been renamed or dropped since."""

from collections.abc import Iterable

from attrs import field, frozen

from understudy_knowledge.catalog import Catalog
from understudy_knowledge.memory.records import GeneralInstructions, Lineage, Rule
from understudy_knowledge.memory.rules import without


@frozen
class SharedText:
    """The general instructions with the rules they consist of, as a store has them."""

    general: GeneralInstructions = field(factory=GeneralInstructions)
    rules: tuple[Rule, ...] = ()

    def fitting(self, catalog: Catalog) -> GeneralInstructions:
        """The instructions without the rules about what the catalog does not have; they are back as soon as it is."""
        return without(self.general, [rule for rule in self.rules if lacking(rule.lineage, catalog)])


def lacking(lineage: Lineage, catalog: Catalog) -> tuple[str, ...]:
    """The tables and columns of a lineage that the catalog does not have. Only what it must know is missed: a table where
    a source was read that lists them all, a column where the table's columns are all known."""
    tables = [name for name in lineage.tables if catalog.complete and catalog.table(name) is None]
    return (*tables, *(path for path in lineage.columns if _is_gone(path, catalog)))


def gone_in_words(gone: Iterable[str]) -> str:
    """Why something is stale, in one clause."""
    return f"the schema has no {', '.join(gone)} any more"


def _is_gone(path: str, catalog: Catalog) -> bool:
    name, _, column = path.rpartition(".")
    table = catalog.table(name)
    return table is not None and bool(table.columns) and not table.partial and table.column(column) is None
