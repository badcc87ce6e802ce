"""Lessons found lately. While one statement is typed they are looked for once, and its prompts keep their common beginning."""

from collections import OrderedDict
from collections.abc import Callable

from attrs import define, field, frozen

from understudy_knowledge.memory.records import Lesson

_SIZE = 16


@frozen
class SoughtBy:
    """What lessons are looked for by. `skeleton` is empty where there is a question, which outweighs a half-written statement."""

    question: str
    tables: tuple[str, ...]
    skeleton: str
    generation: int
    """Of the knowledge."""
    catalog_version: str
    most: int
    embedded: bool = False
    """Whether an embedding model has said what it says of the question: what is found without it is not kept beyond that."""


@define
class RecentLessons:
    """The lessons of a few statements, the oldest forgotten first. Belongs to one event loop."""

    _kept: "OrderedDict[SoughtBy, tuple[Lesson, ...]]" = field(factory=OrderedDict)

    def get(self, sought_by: SoughtBy, find: Callable[[], tuple[Lesson, ...]]) -> tuple[Lesson, ...]:
        """What was found before, else what `find` finds now."""
        if sought_by not in self._kept:
            self._kept[sought_by] = find()
            while len(self._kept) > _SIZE:
                self._kept.popitem(last=False)
        return self._kept[sought_by]
