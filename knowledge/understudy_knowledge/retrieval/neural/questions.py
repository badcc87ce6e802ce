"""What a question's vector is, without waiting for it: it is asked for in a thread, waited for a few milliseconds, and remembered.

A vector that comes too late serves the next keystroke, whose question is the same.
"""

import asyncio
import logging
from collections import OrderedDict
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from threading import Lock

from attrs import define, field

from understudy_knowledge.errors import BackendError
from understudy_knowledge.retrieval.embedding import Vector
from understudy_knowledge.retrieval.neural.embedder import Embedder

_SIZE = 512
_MOST_WAITING = 2
"""Questions that may wait for an embedder that is slow; those that come meanwhile go without."""
_GIVEN_UP = 5.0
"""Seconds after which a question's vector is of no use to anyone."""
_LOG = logging.getLogger(__name__)


@define(eq=False)
class Questions:
    """`budget` is how many seconds one may be kept waiting who types."""

    embedder: Embedder
    budget: float
    _known: "OrderedDict[str, Vector]" = field(factory=OrderedDict, init=False)
    _asked: dict[str, "Future[Vector | None]"] = field(factory=dict, init=False)
    _guard: Lock = field(factory=Lock, init=False)
    _worker: ThreadPoolExecutor = field(init=False)
    _trouble: str = field(default="", init=False)

    def __attrs_post_init__(self) -> None:
        self._worker = ThreadPoolExecutor(1, "understudy question")

    def at_hand(self, text: str) -> Vector | None:
        """The vector, where it is known already."""
        with self._guard:
            vector = self._known.get(text)
            if vector is not None:
                self._known.move_to_end(text)
            return vector

    async def prepare(self, text: str) -> None:
        """Ask for the vector, and wait for it as long as the budget lasts. The event loop goes on meanwhile."""
        future = self._sought(text)
        if future is not None and not future.done():
            waiting = asyncio.wrap_future(future)
            # Not wait_for, which would call the question off.
            await asyncio.wait([waiting], timeout=self.budget)

    def wait(self, text: str) -> Vector | None:
        """The vector, waited for: for those who do not type. None where the embedder does not answer."""
        if (vector := self.at_hand(text)) is not None:
            return vector
        future = self._sought(text)
        with suppress(Exception):
            return future.result(2 * _GIVEN_UP) if future is not None else None
        return None

    def close(self) -> None:
        """End the thread; a request that is under way is not waited for."""
        self._worker.shutdown(wait=False, cancel_futures=True)
        self.embedder.close()

    def _sought(self, text: str) -> "Future[Vector | None] | None":
        """The request for a vector, made if need be; None where it is known, or too many wait already."""
        with self._guard:
            if text in self._known or not text.strip():
                return None
            if text not in self._asked and len(self._asked) < _MOST_WAITING:
                with suppress(RuntimeError):  # closed
                    self._asked[text] = self._worker.submit(self._find, text)
            return self._asked.get(text)

    def _find(self, text: str) -> Vector | None:
        vector: Vector | None = None
        try:
            vector = self.embedder.embed([text], _GIVEN_UP)[0]
        except BackendError as error:
            self._say(str(error))
        except Exception:
            _LOG.exception("A question could not be embedded")
        with self._guard:
            self._asked.pop(text, None)
            if vector is not None:
                self._known[text] = vector
                while len(self._known) > _SIZE:
                    self._known.popitem(last=False)
        return vector

    def _say(self, trouble: str) -> None:
        if trouble != self._trouble:
            self._trouble = trouble
            _LOG.warning("Retrieval goes on without the embedding model: %s", trouble)
