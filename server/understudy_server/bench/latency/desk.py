"""Somebody at work in the real session of a language server, in this process: what editors send goes to the same handlers.

Only JSON and pipes are left out. The model server is a real one; what it was asked is kept.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from time import monotonic
from typing import Any

from attrs import define, evolve, field
from lsprotocol import types

from understudy_knowledge.models.vllm import Client, ServerSettings, VllmStudent
from understudy_server.completion.debounce import Debounce
from understudy_server.completion.suggest import Toolbox
from understudy_server.completion.under_way import UnderWay
from understudy_server.context.query_context import QueryContext
from understudy_server.context.read_ahead import read_ahead
from understudy_server.lsp.inline_completion import inline_completion
from understudy_server.lsp.session import Session
from understudy_server.lsp.synchronize import did_change, did_open

Position = tuple[int, int]
"""Line and character, zero-based."""


class ListeningClient(Client):
    """A client that keeps what it was asked to stream last, and counts requests and the events that were read of the last."""

    def __init__(self, settings: ServerSettings) -> None:
        super().__init__(settings)
        self.requests = 0
        self.events = 0
        self.path = ""
        self.asked = 0.0
        """When it was asked last, by the monotonic clock."""
        self.body: Mapping[str, object] = {}
        self.answering = asyncio.Event()
        """Is set whenever an event arrives."""

    async def stream(
        self, path: str, body: Mapping[str, object], silence: float | None = None
    ) -> AsyncGenerator[dict[str, Any], None]:
        """As Client does."""
        self.requests += 1
        self.asked = monotonic()
        self.events, self.path, self.body = 0, path, body
        async with aclosing(super().stream(path, body, silence)) as events:
            async for event in events:
                self.events += 1
                self.answering.set()
                yield event


@define
class NotedPauses(Debounce):
    """A rhythm that notes when a student may be asked."""

    may_ask: float = field(default=0.0, init=False)
    """By the monotonic clock: the end of the last pause."""

    def wait(self, now: float) -> float:
        """As Debounce does."""
        seconds = super().wait(now)
        self.may_ask = now + seconds
        return seconds


@define
class Desk:
    """One document, open in a session. Types at one place at a time."""

    session: Session
    client: ListeningClient
    uri: str
    pauses: NotedPauses = field(factory=NotedPauses)
    _version: int = field(default=1, init=False)

    def __attrs_post_init__(self) -> None:
        self.session.suggesting[self.uri] = UnderWay(self.pauses)

    def edit(self, start: Position, end: Position, text: str) -> None:
        """What stands between the positions becomes the text."""
        self._version += 1
        identifier = types.VersionedTextDocumentIdentifier(self._version, self.uri)
        change = types.TextDocumentContentChangePartial(
            types.Range(types.Position(*start), types.Position(*end)), text
        )
        did_change(self.session, types.DidChangeTextDocumentParams(identifier, [change]))

    def type(self, at: Position, text: str) -> Position:
        """Types on one line; where the cursor stands then."""
        self.edit(at, at, text)
        return at[0], at[1] + len(text)

    async def ghost(self, at: Position, *, explicit: bool = False) -> str | None:
        """The ghost text there."""
        kinds = types.InlineCompletionTriggerKind
        kind = kinds.Invoked if explicit else kinds.Automatic
        params = types.InlineCompletionParams(
            types.InlineCompletionContext(kind),
            types.TextDocumentIdentifier(self.uri),
            types.Position(*at),
        )
        found = await inline_completion(self.session, params)
        return str(found.items[0].insert_text) if found and found.items else None

    async def tools(self) -> Toolbox:
        """What suggestions are made with now."""
        return (await self.session.workshop()).toolbox

    async def context(self, at: Position) -> QueryContext | None:
        """The query context there."""
        found = self.session.find(self.uri)
        return found and self.session.context(*found, *at, await self.session.workshop())


@asynccontextmanager
async def desk(
    root: Path, name: str, text: str, server: ServerSettings, max_tokens: int
) -> AsyncIterator[Desk]:
    """A session in the folder with the document open and the student on that server, loaded and warm."""
    said: list[str] = []
    session = Session(log=said.append, root=root)
    client = ListeningClient(server)
    try:
        workshop = await session.workshop()
        await workshop.toolbox.student.close()
        student = VllmStudent(server, client)
        workshop.toolbox = evolve(workshop.toolbox, student=student, max_tokens=max_tokens)
        await student.prepare()
        uri = (root / name).as_uri()
        language = "python" if name.endswith(".py") else "sql"
        did_open(session, types.DidOpenTextDocumentParams(types.TextDocumentItem(uri, language, 1, text)))
        # As a server does while nobody types.
        if found := session.find(uri):
            read_ahead(*found, len(text), workshop.toolbox.catalog)
        yield Desk(session, client, uri)
    finally:
        await session.close()
