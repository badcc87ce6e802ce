"""How well a column of one catalog stands in for a column of another: by its name, by where it is said, by its kind."""

from understudy_knowledge.catalog import Catalog
from understudy_knowledge.memory.records import Hole
from understudy_knowledge.models.embedded.linking import Mention
from understudy_knowledge.models.embedded.per_catalog import PerCatalog
from understudy_knowledge.models.embedded.shapes import kind_of
from understudy_knowledge.models.embedded.tokens import name_stems


def fits(hole: Hole, kind: str, column: str, mention: Mention | None, opener: int) -> float:
    """How well a column fits a hole, in [0, 1]: by its name where it is said, else by being the same or of the same kind."""
    same = name_stems((hole.filled or "").rpartition(".")[2]) == name_stems(column)
    if hole.phrase:
        if mention is not None:
            return 0.3 + 0.7 * mention.score
        return 0.25 if same else 0.2 if kind == hole.hint == "label" else 0.0
    if same:
        return 0.75
    if mention is not None and mention.first == opener and hole.hint in {"label", "text"}:
        return 0.5 + 0.4 * mention.score
    if mention is not None and kind == hole.hint:
        return 0.3 + 0.4 * mention.score
    return 0.55 if kind == hole.hint and kind in {"label", "key"} else 0.1


def _every_kind(catalog: Catalog) -> list[tuple[str, str, str]]:
    return [
        (table.name, column.name, kind_of(catalog, table, column))
        for table in catalog.tables
        for column in table.columns
    ]


kinds = PerCatalog(_every_kind)
"""Every column of a catalog with its kind."""


def alike(wanted: str, kind: str) -> bool:
    """Whether a column of one kind may stand where one of the other stood."""
    if wanted == kind:
        return True
    return (
        {wanted, kind} <= {"label", "text"}
        or {wanted, kind} <= {"number", "key"}
        or {wanted, kind} <= {"key", "label"}
    )
