"""Reads what was opened or edited while nobody types, a few milliseconds at a time, so that messages never wait for it."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from attrs import define, field

from understudy_server.lsp.documents import Documents

if TYPE_CHECKING:
    from understudy_knowledge.catalog import Catalog

IDLE_SECONDS = 0.3
_BLOCKS = 8
"""Read without a break; as many as take about two milliseconds."""


@define
class ReadAhead:
    """One task for each document that is not read to its end."""

    documents: Documents
    catalog: "Callable[[], Catalog | None]"
    """What is known of the data; None while that is not loaded."""
    _open: set[str] = field(factory=set)
    _waiting: dict[str, asyncio.TimerHandle] = field(factory=dict)

    def opened(self, uri: str) -> None:
        """Begin at once."""
        self._open.add(uri)
        self._restart(uri, 0.0)

    def refresh(self) -> None:
        """Begin every document anew: what is known of the data has changed."""
        for uri in list(self._open):
            self._restart(uri, 0.0)

    def changed(self, uri: str) -> None:
        """Begin anew when nothing changes any more for 300 ms: a quote that was typed may change all below it."""
        self._restart(uri, IDLE_SECONDS)

    def closed(self, uri: str) -> None:
        """Nothing is left to read."""
        self._open.discard(uri)
        self._stop(uri)

    def close(self) -> None:
        """Read no more."""
        self._open.clear()
        for uri in list(self._waiting):
            self.closed(uri)

    def _stop(self, uri: str) -> None:
        if waiting := self._waiting.pop(uri, None):
            waiting.cancel()

    def _restart(self, uri: str, seconds: float) -> None:
        self._stop(uri)
        self._waiting[uri] = asyncio.get_running_loop().call_later(seconds, self._go_on, uri)

    def _go_on(self, uri: str) -> None:
        # Imported here: lexers are no part of answering `initialize` fast.
        from understudy_server.context.read_ahead import read_ahead

        found = self.documents.find(uri)
        if found is None or read_ahead(*found, _BLOCKS, self.catalog()):
            self._waiting.pop(uri, None)
        else:
            self._restart(uri, 0.0)
