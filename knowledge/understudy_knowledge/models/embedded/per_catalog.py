"""Things made once for each catalog. Catalogs are told apart by identity: hashing a large one would cost more than it saves."""

import weakref
from collections.abc import Callable
from typing import Generic, TypeVar

from understudy_knowledge.catalog import Catalog

_Made = TypeVar("_Made")


class PerCatalog(Generic[_Made]):
    """Calls `make` once for each living catalog. Two threads that come at once may both make; either result serves."""

    def __init__(self, make: Callable[[Catalog], _Made]) -> None:
        self._make = make
        self._made: dict[int, tuple[weakref.ref[Catalog], _Made]] = {}

    def __call__(self, catalog: Catalog) -> _Made:
        """What was made of this catalog."""
        found = self._made.get(id(catalog))
        if found is not None and found[0]() is catalog:
            return found[1]
        made = self._make(catalog)
        key = id(catalog)
        self._made[key] = (weakref.ref(catalog, lambda _: self._made.pop(key, None)), made)
        return made
