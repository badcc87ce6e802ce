"""Which table a bare name or a dotted path means."""

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from understudy_knowledge.catalog.model import Table

DEFAULT_NAMESPACES = ("public", "main", "dbo")
"""Where the engines keep tables that nobody put anywhere else."""


class Names:
    """The tables by name. Case does not count; parts are given without their quotes."""

    def __init__(self, tables: "Sequence[Table]", search_path: Sequence[str] = ()) -> None:
        self._order = {
            name.lower(): rank for rank, name in enumerate((*search_path, "", *DEFAULT_NAMESPACES))
        }
        self._by_name: dict[str, list[Table]] = defaultdict(list)
        for table in tables:
            self._by_name[table.name.lower()].append(table)
        for same in self._by_name.values():
            same.sort(key=self._rank)

    def best(self, path: str) -> "Table | None":
        """The table that the path means, None where there is none."""
        found = self.all(path)
        return found[0] if found else None

    def all(self, path: str) -> "tuple[Table, ...]":
        """Every table that the path may mean, best first."""
        lowered = path.lower()
        found = list(self._by_name.get(lowered, ()))
        # A table's own name may hold dots, so each of them may be the one behind the namespace.
        dot = lowered.rfind(".")
        while dot > 0:
            namespace, name = lowered[:dot], lowered[dot + 1 :]
            same = [table for table in self._by_name.get(name, ()) if within(namespace, table.namespace)]
            found += sorted(same, key=lambda table: table.namespace.lower() != namespace)
            dot = lowered.rfind(".", 0, dot)
        return tuple(sorted(found, key=lambda table: table.path.lower() != lowered))

    def called(self, table: "Table") -> str:
        """How a statement calls the table: by its bare name where that is enough."""
        visible = self._rank(table) < len(self._order)
        return table.name if visible and self.best(table.name) is table else table.path

    def _rank(self, table: "Table") -> int:
        return self._order.get(last_part(table.namespace), len(self._order))


def within(one: str, other: str) -> bool:
    """Whether two namespaces may be the same, one of them written in full: `sales` and `shop.sales`; none fits any."""
    short, long = sorted((parts(one), parts(other)), key=len)
    return not short or long[-len(short) :] == short


def parts(namespace: str) -> list[str]:
    """The parts of a namespace, lower-cased, outermost first."""
    return namespace.lower().split(".") if namespace else []


def last_part(namespace: str) -> str:
    """The innermost part of a namespace, lower-cased."""
    return namespace.rpartition(".")[2].lower()
