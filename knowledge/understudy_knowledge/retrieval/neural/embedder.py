"""The role that a neural embedding model fills."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class Embedder(Protocol):
    """Texts -> vectors. May be asked from any thread, and closed while it is asked."""

    @property
    def name(self) -> str:
        """The model's. Raises BackendError where it cannot be told."""

    def embed(self, texts: Sequence[str], seconds: float | None = None) -> NDArray[np.float32]:
        """One row of length 1 for each text, all of one size. Raises BackendError, where it can also after `seconds`."""

    def close(self) -> None:
        """Give back what it holds."""
