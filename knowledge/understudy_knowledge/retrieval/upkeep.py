"""How an index keeps up with its store: what differs a little is put beside it, what differs much is built anew.

Knows the store, the folder and the process that builds; not who asks.
"""

import subprocess
from collections.abc import Callable
from itertools import chain, islice
from pathlib import Path

from attrs import define, evolve, field, frozen

from understudy_knowledge.memory.store import KnowledgeStore
from understudy_knowledge.retrieval.build import build_part
from understudy_knowledge.retrieval.building import start_building
from understudy_knowledge.retrieval.differences import Differences, differences
from understudy_knowledge.retrieval.index import CaseIndex
from understudy_knowledge.retrieval.index_files import keep, load

_SMALL = 2_000
"""Cases that are indexed where one stands, in a second or less."""
_MOST_RECENT = 4_000
"""Differences that an index can hold beside it."""
_FEW = 200
_SHARE = 20
"""An index that differs in one of so many cases, and in more than a few, is built anew."""


@frozen(eq=False)
class Kept:
    """An index as of one generation of the store, and how the store differed then from its large part."""

    generation: int
    index: CaseIndex
    known: Differences = field(factory=dict)

    def beside(self, generation: int, found: Differences) -> "Kept":
        """The same with these differences instead."""
        if found == self.known:
            return evolve(self, generation=generation)
        base = self.index.base
        entries = sorted(
            chain.from_iterable(each.entries for each in found.values()), key=lambda entry: entry.case_id
        )
        dead = frozenset(chain.from_iterable(each.dead for each in found.values()))
        recent = build_part(entries, base.lexicon, "Flat") if entries else None
        return Kept(generation, CaseIndex(base, recent, dead), found)


@define
class Upkeep:
    """Keeps the index of one store in one folder, or in memory where that is None."""

    folder: Path | None
    _building: "subprocess.Popen[bytes] | None" = field(default=None, init=False)
    _closed: bool = field(default=False, init=False)

    def recalled(self) -> Kept:
        """What the folder holds, of whatever generation; nothing where it holds nothing."""
        base = load(self.folder) if self.folder else None
        return Kept(-1, CaseIndex(base or build_part(())))

    def bring_up(
        self, store: KnowledgeStore, former: Kept, show: Callable[[Kept], None], *, elsewhere: bool
    ) -> None:
        """Show an index of what the store holds now: one with the changes beside it, and one that is built anew where they are many.

        With `elsewhere` a large index is built by another process, while the changes stand beside the former one.
        """
        generation, base = store.generation, former.index.base
        found = differences(store, base.rows, former.known, _MOST_RECENT)
        changed = None if found is None else sum(map(len, found.values()))
        new = bool(changed) and not len(base.rows)
        worn = changed is None or new or changed > max(_FEW, len(base.rows) // _SHARE)
        elsewhere = elsewhere and worn and not self._is_small(store)
        if found is not None and not new and (elsewhere or not worn):
            show(former.beside(generation, found))
        if worn:
            built = self._built_elsewhere(store) if elsewhere else self._built_here(store)
            if built is not None:
                show(built)

    def _built_here(self, store: KnowledgeStore) -> Kept:
        """The index of all cases, built in this process and kept where that is possible."""
        # The generation first: what is written meanwhile makes the next look find more rather than miss it.
        generation = store.generation
        part = build_part(store.entries())
        if self.folder is not None:
            keep(part, generation, self.folder)
        return Kept(generation, CaseIndex(part))

    def _built_elsewhere(self, store: KnowledgeStore) -> Kept | None:
        """The same, built by a process of its own while this thread waits; None where that did not succeed."""
        if self.folder is None or self._closed:
            return None
        try:
            self._building = start_building(store.path.absolute(), self.folder.absolute())
        except OSError:
            return None
        with self._building as process:
            if process.wait() != 0 or self._closed:
                return None
        generation, base = store.generation, load(self.folder)
        found = None if base is None else differences(store, base.rows, {}, _MOST_RECENT)
        if base is None or found is None:
            return None
        return Kept(-1, CaseIndex(base)).beside(generation, found)

    def _is_small(self, store: KnowledgeStore) -> bool:
        """Whether all cases can be indexed where one stands."""
        return sum(1 for _ in islice(store.entries(), _SMALL + 1)) <= _SMALL

    def close(self) -> None:
        """End what is being built; the former index stays."""
        self._closed = True
        if self._building is not None:
            self._building.kill()
