"""What one editor and its workspace share: documents, project, toolbox, what was shown. Handlers take everything from here."""

import asyncio
import gc
import os
from collections import OrderedDict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import define, evolve, field

from understudy_knowledge.errors import UnderstudyError
from understudy_server.context.document import Document
from understudy_server.lsp.documents import Documents, Language

if TYPE_CHECKING:
    from understudy_knowledge.execution import Executor
    from understudy_server.actions.diagnose import Known
    from understudy_server.completion.suggest import Toolbox
    from understudy_server.completion.suggestion import Suggestion
    from understudy_server.context.query_context import QueryContext
    from understudy_server.project import Project

_SHOWN = 500


@define
class Workshop:
    """The loaded half of a session: the project, and what suggestions are made with."""

    project: "Project"
    toolbox: "Toolbox"
    executor: "Executor"
    known: "Known | None" = None
    """What diagnostics hold names against, with what they remember; made when it is first wanted."""

    async def close(self) -> None:
        """Give back everything."""
        await self.toolbox.student.close()
        await self.executor.close()
        self.project.close()


@define(slots=False)
class Session:
    """Created empty; `load` fills it in the background, so that `initialize` is answered at once."""

    log: Callable[[str], None]
    """Shows a sentence in the editor's log."""
    documents: Documents = field(factory=Documents)
    root: Path | None = None
    overrides: Mapping[str, Any] = field(factory=dict)
    """What the editor sets."""
    trusted: bool = True
    suggesting: dict[str, "asyncio.Task[Any]"] = field(factory=dict)
    """The newest suggestion under way for each document."""
    exploration: "asyncio.Task[Any] | None" = None
    interrupt: Callable[[], None] | None = None
    """Stops the exploration under way; what it finished stays."""
    _loading: "asyncio.Task[Workshop] | None" = None
    _shown: "OrderedDict[str, Suggestion]" = field(factory=OrderedDict)
    _said: set[str] = field(factory=set)

    def load(self) -> None:
        """Open the project in a thread, anew when it was open. What is under way goes on with the old one."""
        former = self._loading
        self._loading = asyncio.ensure_future(self._load(former))

    async def workshop(self) -> Workshop:
        """The project and its toolbox, with what was learned since they were opened."""
        if self._loading is None:
            self.load()
        assert self._loading is not None
        # Shielded: a request that is cancelled while waiting must not cancel the loading for everyone.
        workshop = await asyncio.shield(self._loading)
        if workshop.project.generation() != workshop.toolbox.generation:
            workshop.toolbox = await asyncio.to_thread(_with_knowledge, workshop.project, workshop.toolbox)
        for note in workshop.project.notes:
            self.log_once(note)
        return workshop

    def find(self, uri: str) -> tuple[Document, Language] | None:
        """The document and its language, or None when there is nothing to do with it."""
        return self.documents.find(uri)

    def context(
        self, document: Document, language: Language, line: int, character: int, workshop: Workshop
    ) -> "QueryContext | None":
        """The query context at a position of the editor; None also where it is declined, which the log says."""
        from understudy_server.context.extract import extract

        offset = document.offset_at(line, character, self.documents.encoding)
        catalog = workshop.toolbox.catalog
        try:
            return extract(
                document, offset, language=language, catalog=catalog, dialect=workshop.project.dialect_hints
            )
        except UnderstudyError as error:
            self.log_once(str(error))
            return None

    def show(self, suggestion: "Suggestion") -> None:
        """Remember a suggestion until it is accepted or many others were shown."""
        self._shown[suggestion.id] = suggestion
        while len(self._shown) > _SHOWN:
            self._shown.popitem(last=False)

    def shown(self, identifier: object) -> "Suggestion | None":
        """The suggestion of that id."""
        return self._shown.get(identifier) if isinstance(identifier, str) else None

    @property
    def suggestions(self) -> "tuple[Suggestion, ...]":
        """The suggestions that are remembered, oldest first."""
        return tuple(self._shown.values())

    def log_once(self, sentence: str) -> None:
        """Log it unless this session has said it before: a server that is away is away at each keystroke."""
        if sentence not in self._said:
            self._said.add(sentence)
            self.log(sentence)

    async def close(self) -> None:
        """End what is under way and give back what is open."""
        for task in (self.exploration, *self.suggesting.values()):
            if task is not None:
                task.cancel()
        if self._loading is not None and self._loading.done():
            await _close(self._loading)

    async def _load(self, former: "asyncio.Task[Workshop] | None") -> Workshop:
        if former is not None:
            await asyncio.wait([former])
            await _close(former)
        return await asyncio.to_thread(_open, self.root, self.overrides, self.trusted)


async def _close(loaded: "asyncio.Task[Workshop]") -> None:
    """Give back what a load that is over opened; one that failed opened nothing."""
    if not loaded.cancelled() and loaded.exception() is None:
        await loaded.result().close()


def _open(root: Path | None, overrides: Mapping[str, Any], trusted: bool) -> Workshop:
    # Imported here: sqlglot, FAISS and the models take a second, and `initialize` is to be answered before.
    from understudy_knowledge.errors import ConfigurationError
    from understudy_knowledge.execution import Executor
    from understudy_server.completion.suggest import Toolbox
    from understudy_server.config import Settings
    from understudy_server.project import Project, build_student

    # Without a folder there is nothing to find: under the null device lies no file.
    project = Project.open(root or Path(os.devnull), overrides, trusted=trusted)
    try:
        student = project.build_student()
    except ConfigurationError as error:
        project.notes.append(str(error))
        student = build_student(Settings())
    # Looked up here, so that no keystroke reads a file.
    _ = project.dialect_hints
    executor = Executor()
    toolbox = Toolbox(
        student=student,
        catalog=project.catalog,
        probe=project.probe(executor),
        lessons=project.settings.completion.lessons,
        max_tokens=project.settings.student.max_tokens,
    )
    workshop = Workshop(project, _with_knowledge(project, toolbox), executor)
    # What is loaded now stays; without this the collector walks all of it in the middle of keystrokes.
    gc.collect()
    gc.freeze()
    return workshop


def _with_knowledge(project: "Project", toolbox: "Toolbox") -> "Toolbox":
    """The toolbox with what the project knows now."""
    generation = project.generation()
    return evolve(toolbox, retriever=project.retriever(), general=project.general(), generation=generation)
