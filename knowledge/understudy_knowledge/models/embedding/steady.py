"""An embedder that is left alone while it is not well: the breaker decides when it is asked again."""

import time
from collections.abc import Sequence
from threading import Lock
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from understudy_knowledge.errors import BackendError
from understudy_knowledge.models.breaker import Breaker
from understudy_knowledge.models.vllm.failures import Kind


class _Embedder(Protocol):
    @property
    def name(self) -> str: ...

    def embed(self, texts: Sequence[str], seconds: float | None = None) -> NDArray[np.float32]: ...

    def close(self) -> None: ...


class SteadyEmbedder:
    """Fills the role `Embedder` (see `retrieval.neural.embedder`): asks another one while that is worth it."""

    def __init__(self, embedder: _Embedder, breaker: Breaker | None = None) -> None:
        self._embedder = embedder
        self._breaker = breaker or Breaker()
        self._deciding = Lock()
        self._closed_until = 0.0
        self._trouble = ""

    @property
    def name(self) -> str:
        """The model's."""
        return self._embedder.name

    def embed(self, texts: Sequence[str], seconds: float | None = None) -> NDArray[np.float32]:
        """One unit vector for each text. Raises BackendError, at once while the embedder is to be left alone."""
        self._admit()
        try:
            vectors = self._embedder.embed(texts, seconds)
        except BackendError as error:
            with self._deciding:
                # What comes without a kind was wrong before anything was sent.
                kind: Kind = getattr(error, "kind", "unusable")
                if kind == "request":
                    # The server is well: what it took exception to were these texts.
                    self._breaker.succeeded()
                self._breaker.failed(kind, getattr(error, "retry_after", None))
                self._closed_until = time.monotonic() + self._breaker.wait
                self._trouble = str(error)
            raise
        with self._deciding:
            self._breaker.succeeded()
        return vectors

    def close(self) -> None:
        """Give back what the other one holds."""
        self._embedder.close()

    def _admit(self) -> None:
        with self._deciding:
            if self._breaker.state == "closed":
                return
            # While one probe is under way, nobody else need try.
            if self._breaker.state == "half-open" or time.monotonic() < self._closed_until:
                raise BackendError(self._trouble)
            self._breaker.probe()
