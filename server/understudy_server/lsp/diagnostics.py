"""textDocument/publishDiagnostics: a document's problems, once its author pauses; a new edit stops what is being looked at."""

import asyncio
from collections.abc import Callable
from itertools import islice
from threading import Event
from typing import TYPE_CHECKING

from attrs import define, field
from lsprotocol import types

from understudy_server.context.text.document import Document
from understudy_server.lsp.documents import Language
from understudy_server.lsp.session import Session, Workshop

if TYPE_CHECKING:
    from understudy_server.actions.diagnose import Known
    from understudy_server.actions.problem import Problem

IDLE_SECONDS = 0.4
SOURCE = "understudy"
_SEVERITIES = {
    "syntax": types.DiagnosticSeverity.Error,
    "gold suspect": types.DiagnosticSeverity.Information,
    "not known": types.DiagnosticSeverity.Hint,
}


@define
class _Watch:
    """One open document: the timer that waits for a pause, and how to stop a look that is out of date."""

    timer: asyncio.TimerHandle | None = None
    stopped: Event = field(factory=Event)


@define
class Diagnostics:
    """Publishes problems. All methods return at once; the looking is done in a thread."""

    session: Session
    publish: Callable[[types.PublishDiagnosticsParams], None]
    asked_for: Callable[[str], bool] = lambda uri: False
    """Whether the editor asks for the problems of the document of that URI itself; such a one is not published."""
    asked_anew: Callable[[], None] = lambda: None
    """Tells the editor to ask again."""
    _watched: dict[str, _Watch] = field(factory=dict)
    _looking: "set[asyncio.Task[None]]" = field(factory=set)

    def opened(self, uri: str) -> None:
        """Look at once."""
        self._restart(uri, 0.0)

    def changed(self, uri: str) -> None:
        """Look when nothing changes any more for 400 ms."""
        self._restart(uri, IDLE_SECONDS)

    def stop_publishing(self) -> None:
        """Take back what was published of documents that the editor turns out to ask for itself."""
        for each in [each for each in self._watched if self.asked_for(each)]:
            self.closed(each)

    def closed(self, uri: str) -> None:
        """Take back what was said."""
        if watch := self._watched.pop(uri, None):
            _stop(watch)
            self.publish(types.PublishDiagnosticsParams(uri, []))

    def refresh(self) -> None:
        """Look at every open document again: what names are held against has changed."""
        for uri in list(self._watched):
            self._restart(uri, 0.0)
        self.asked_anew()

    def close(self) -> None:
        """Stop looking; nothing is published any more."""
        for watch in self._watched.values():
            _stop(watch)
        self._watched.clear()

    def _restart(self, uri: str, seconds: float) -> None:
        if self.asked_for(uri):
            return
        if watch := self._watched.get(uri):
            _stop(watch)
        watch = _Watch()
        watch.timer = asyncio.get_running_loop().call_later(seconds, self._look, uri, watch.stopped)
        self._watched[uri] = watch

    def _look(self, uri: str, stopped: Event) -> None:
        task = asyncio.ensure_future(self._publish(uri, stopped))
        self._looking.add(task)
        task.add_done_callback(self._looking.discard)

    async def _publish(self, uri: str, stopped: Event) -> None:
        found = await look(self.session, uri, stopped)
        # Positions are of the text that was looked at; an edit since has a look of its own coming.
        if not stopped.is_set():
            diagnostics, version = found or ([], None)
            self.publish(types.PublishDiagnosticsParams(uri, diagnostics, version))


async def look(session: Session, uri: str, stopped: Event) -> tuple[list[types.Diagnostic], int] | None:
    """The document's problems, and its version when they were looked for; None where there is nothing to do with it.

    They are of no use once `stopped` is set, or the version is another one.
    """
    workshop = await session.workshop()
    found = session.find(uri)
    if found is None or stopped.is_set():
        return None
    document, language = found
    version, source = document.version, session.notebooks.source(document, language)
    beside = session.notebooks.beside(uri)
    problems = await asyncio.to_thread(_problems, source, beside, uri, workshop, stopped) if source else []
    if stopped.is_set() or document.version != version:
        return [], version
    return [diagnostic(problem, document, session) for problem in problems], version


def diagnostic(problem: "Problem", document: Document, session: Session) -> types.Diagnostic:
    """The problem as editors take it."""
    severity = _SEVERITIES.get(problem.kind, types.DiagnosticSeverity.Warning)
    return types.Diagnostic(
        range=place(problem.span.start, problem.span.end, document, session),
        message=problem.message,
        severity=severity,
        code=problem.kind.replace(" ", "-"),
        source=SOURCE,
    )


def place(start: int, end: int, document: Document, session: Session) -> types.Range:
    """The range of two byte offsets."""
    encoding = session.documents.encoding
    return types.Range(
        types.Position(*document.position_at(start, encoding)),
        types.Position(*document.position_at(end, encoding)),
    )


def known(
    workshop: Workshop, source: tuple[bytes, Language], name: str, beside: tuple[tuple[bytes, Language], ...]
) -> "Known":
    """What names of a document are held against; `beside` are the other cells of its notebook."""
    from understudy_server.actions.diagnose import Known
    from understudy_server.context.dialect.document import dialect_of_document

    dialect = dialect_of_document(workshop.project.dialect_hints, source, name, beside)
    kept = workshop.known
    if dialect not in kept:
        catalog = workshop.toolbox.catalog
        kept[dialect] = Known(catalog, dialect, catalog.complete)
    return kept[dialect]


def _problems(
    source: tuple[bytes, Language],
    beside: tuple[tuple[bytes, Language], ...],
    uri: str,
    workshop: Workshop,
    stopped: Event,
) -> "list[Problem]":
    from understudy_server.actions.diagnose import MAX_BYTES, MAX_PROBLEMS, judged
    from understudy_server.actions.suspect_examples import suspect_examples

    held_against = known(workshop, source, uri, beside)
    judgments = judged(*source, held_against, beside=beside, stopped=stopped.is_set)
    problems = list(islice(judgments, MAX_PROBLEMS))
    if len(source[0]) <= MAX_BYTES and not stopped.is_set():
        problems += suspect_examples(*source, workshop.project.suspects())
    return problems


def _stop(watch: _Watch) -> None:
    watch.stopped.set()
    if watch.timer is not None:
        watch.timer.cancel()
