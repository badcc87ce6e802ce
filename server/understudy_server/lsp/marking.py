"""Marks lessons stale when the schema moves on: in the background, when it has come to rest, and never waited for.

Prompts need none of it: retrieval and the toolbox hold all that they give against the catalog of the moment. What is marked
is seen as stale by every process, and is run anew by the next `understudy distill` or `understudy knowledge verify`.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from attrs import define, field

from understudy_server.lsp.errand import Errand

if TYPE_CHECKING:
    from understudy_server.project import Project

REST_SECONDS = 3.0
"""How long the schema must have stayed as it is: a migration drops and makes tables one after another."""
_TRIES = 6
"""How often a store that another process has locked is tried; each time it is waited twice as long."""


@define(slots=False, eq=False)
class Marking:
    """Looks after one open project. `say` is called in `loop` with one sentence where lessons went stale."""

    project: "Project"
    loop: asyncio.AbstractEventLoop
    say: Callable[[str], None]
    _timer: asyncio.TimerHandle | None = field(default=None, init=False)
    _tries: int = field(default=0, init=False)
    _closed: bool = field(default=False, init=False)

    def __attrs_post_init__(self) -> None:
        self._errand = Errand(self._mark)

    def catalog_changed(self) -> None:
        """There is another catalog. Is called in the loop, and returns at once."""
        self._tries = 0
        self._look_in(REST_SECONDS)

    def close(self) -> None:
        """Nothing is begun any more."""
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()

    def _look_in(self, seconds: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if not self._closed:
            self._timer = self.loop.call_later(seconds, self._errand.start)

    def _mark(self) -> None:
        from understudy_knowledge.errors import KnowledgeStoreError

        keeper = self.project.keeper
        # A catalog that is only remembered, or that lacks a database which is away, is evidence against nothing.
        if self._closed or not self.project.has_knowledge or not keeper.is_current:
            return
        try:
            marked = self._marked()
        except KnowledgeStoreError:
            self._tries += 1
            if self._tries < _TRIES:
                self._in_loop(lambda: self._look_in(REST_SECONDS * 2**self._tries))
            return
        if marked:
            lessons = "1 lesson is" if marked == 1 else f"{marked} lessons are"
            sentence = (
                f"{lessons} about columns that are gone; `understudy knowledge verify` measures them anew."
            )
            self._in_loop(lambda: self.say(sentence))

    def _marked(self) -> int:
        """How many cases went stale. A store that nothing is wrong with is only read. Raises KnowledgeStoreError."""
        from understudy_knowledge.memory.store import KnowledgeStore
        from understudy_knowledge.teaching.verifying import lost, mark_stale

        # Connections of its own: nobody who types waits for their locks.
        path = self.project.knowledge_path
        with KnowledgeStore.open(path, read_only=True) as store:
            found = lost(store, self.project.keeper.catalog)
        if not found:
            return 0
        with KnowledgeStore.open(path) as store:
            return mark_stale(store, found)

    def _in_loop(self, what: Callable[[], None]) -> None:
        with suppress(RuntimeError):  # the loop has ended
            self.loop.call_soon_threadsafe(what)
