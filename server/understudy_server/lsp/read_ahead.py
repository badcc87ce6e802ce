"""Reads what was opened or edited while nobody types, a few milliseconds at a time, so that messages never wait for it."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from attrs import define, field

from understudy_server.lsp.documents import Documents
from understudy_server.lsp.notebooks import Notebooks

if TYPE_CHECKING:
    from understudy_knowledge.catalog import Catalog

IDLE_SECONDS = 0.3
_BLOCKS = 8
"""Read without a break; as many as take about two milliseconds."""


@define
class ReadAhead:
    """One thing at a time: a notebook may have hundreds of documents."""

    documents: Documents
    notebooks: Notebooks
    catalog: "Callable[[], Catalog | None]"
    """What is known of the data; None while that is not loaded."""
    _open: dict[str, None] = field(factory=dict)
    _unread: dict[str, None] = field(factory=dict)
    """Those that are not known to be read to their end, the next one first."""
    _resting: dict[str, asyncio.TimerHandle] = field(factory=dict)
    """Those that change."""
    _next: asyncio.TimerHandle | None = None

    def opened(self, uri: str) -> None:
        """Begin at once."""
        self._open[uri] = None
        self._begin(uri)

    def refresh(self) -> None:
        """Begin every document anew: what is known of the data has changed."""
        for uri in self._open:
            self._begin(uri)

    def changed(self, uri: str) -> None:
        """Begin anew when nothing changes any more for 300 ms: a quote that was typed may change all below it."""
        self._open[uri] = None
        self._stop(uri)
        self._resting[uri] = asyncio.get_running_loop().call_later(IDLE_SECONDS, self._begin, uri)

    def closed(self, uri: str) -> None:
        """Nothing is left to read."""
        self._open.pop(uri, None)
        self._stop(uri)

    def close(self) -> None:
        """Read no more."""
        for uri in list(self._open):
            self.closed(uri)

    def _stop(self, uri: str) -> None:
        self._unread.pop(uri, None)
        if resting := self._resting.pop(uri, None):
            resting.cancel()

    def _begin(self, uri: str) -> None:
        self._stop(uri)
        self._unread[uri] = None
        if self._next is None:
            self._next = asyncio.get_running_loop().call_later(0.0, self._go_on)

    def _go_on(self) -> None:
        # Imported here: lexers are no part of answering `initialize` fast.
        from understudy_server.context.read_ahead import read_ahead

        self._next = None
        uri = next(iter(self._unread), None)
        if uri is None:
            return
        # What fails to be read must not stand in the way of all others.
        del self._unread[uri]
        self._next = asyncio.get_running_loop().call_later(0.0, self._go_on)
        found = self.documents.find(uri)
        if found and not read_ahead(*found, _BLOCKS, self.catalog(), self.notebooks.around(uri)):
            self._unread[uri] = None
