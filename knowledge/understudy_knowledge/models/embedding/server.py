"""An embedder behind `/v1/embeddings` of any OpenAI-compatible server, as `vllm serve --runner pooling` is.

It has an event loop of its own in a thread: those who ask stand in other threads, and none of them in a loop that types.
"""

import asyncio
import concurrent.futures
from collections.abc import Coroutine, Sequence
from threading import Lock, Thread
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from understudy_knowledge.models.embedding.rows import unit_rows
from understudy_knowledge.models.vllm import failures
from understudy_knowledge.models.vllm.client import Client
from understudy_knowledge.models.vllm.redaction import redact
from understudy_knowledge.models.vllm.served import Served
from understudy_knowledge.models.vllm.settings import ServerSettings

_CLOSING_SECONDS = 2.0

T = TypeVar("T")


class ServerEmbedder:
    """Fills the role `Embedder` (see `retrieval.neural.embedder`). Any thread may use it; nothing is sent before that."""

    def __init__(self, settings: ServerSettings) -> None:
        self._settings = settings
        self._client = Client(settings)
        self._served = Served(settings, self._client)
        self._starting = Lock()
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def name(self) -> str:
        """The model's id, or the server's address as long as that is not known."""
        return self._served.name

    def embed(self, texts: Sequence[str], seconds: float | None = None) -> NDArray[np.float32]:
        """One unit vector for each text. Raises BackendError, also when the answer takes more than `seconds`."""
        return self._within(self._vectors([redact(text) for text in texts]), seconds)

    def close(self) -> None:
        """Close the connections and end the thread."""
        with self._starting:
            loop, self._loop = self._loop, None
        if loop is not None:
            closing = asyncio.run_coroutine_threadsafe(self._client.close(), loop)
            concurrent.futures.wait([closing], _CLOSING_SECONDS)
            loop.call_soon_threadsafe(loop.stop)

    async def _vectors(self, texts: list[str]) -> NDArray[np.float32]:
        model = await self._served.model()
        body = {"model": model.id, "input": texts, "encoding_format": "float"}
        try:
            answer = await self._client.post("embeddings", body)
        except failures.NotServedError:
            # It may have been started anew with another model.
            self._served.forget()
            raise
        vectors = unit_rows(_listed(answer, len(texts)), len(texts))
        if vectors is None:
            raise failures.not_understood(
                self._settings, f"something that is not {len(texts)} embeddings of one size"
            )
        return vectors

    def _within(self, work: Coroutine[Any, Any, T], seconds: float | None) -> T:
        future = asyncio.run_coroutine_threadsafe(work, self._running())
        try:
            return future.result(self._settings.timeout if seconds is None else seconds)
        # On Python 3.10 it is not yet the built-in one.
        except (concurrent.futures.TimeoutError, TimeoutError):
            future.cancel()
            raise failures.timed_out(self._settings) from None

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._starting:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                Thread(target=_run, args=(self._loop,), name="understudy embeddings", daemon=True).start()
            return self._loop


def _run(loop: asyncio.AbstractEventLoop) -> None:
    try:
        loop.run_forever()
    finally:
        loop.close()


def _listed(answer: dict[str, Any], count: int) -> list[object] | None:
    """The embeddings in the order of the texts, which `index` says; None where that is not what the answer holds."""
    data = answer.get("data")
    if not isinstance(data, list) or len(data) != count:
        return None
    found: dict[int, object] = {}
    for place, entry in enumerate(data):
        if not isinstance(entry, dict):
            return None
        index = entry.get("index", place)
        if isinstance(index, int):
            found[index] = entry.get("embedding")
    return [found[place] for place in range(count)] if set(found) == set(range(count)) else None
