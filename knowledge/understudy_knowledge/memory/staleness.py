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
        return without(self.general, [rule for rule, _ in unfounded(self.rules, catalog)])


def unfounded(rules: Iterable[Rule], catalog: Catalog) -> list[tuple[Rule, tuple[str, ...]]]:
    """The rules that the schema speaks against, each with what it lacks.

    What a house means by a word may take several conditions. Half of them would be another meaning, so all of them go.
    """
    rules = tuple(rules)
    gone = {rule.id: found for rule in rules if (found := lacking(rule.lineage, catalog))}
    phrases = {rule.definition.phrase: gone[rule.id] for rule in rules if rule.definition and rule.id in gone}
    for rule in rules:
        if rule.definition is not None and rule.definition.phrase in phrases:
            gone.setdefault(rule.id, phrases[rule.definition.phrase])
    return [(rule, gone[rule.id]) for rule in rules if rule.id in gone]


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
