"""What one editor and its workspace share: documents, project, toolbox, what was shown. Handlers take everything from here."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import define, evolve, field, frozen

from understudy_knowledge.errors import UnderstudyError
from understudy_server.context.text.document import Document
from understudy_server.lsp.documents import Documents, Language
from understudy_server.lsp.give_back import give_back
from understudy_server.lsp.notebooks import Notebooks
from understudy_server.lsp.student_status import follow

if TYPE_CHECKING:
    from understudy_knowledge.catalog import Catalog
    from understudy_knowledge.execution import Executor
    from understudy_knowledge.memory.staleness import SharedText
    from understudy_knowledge.models.steady import StudentStatus
    from understudy_knowledge.retrieval import Retriever
    from understudy_server.actions.diagnose import Known
    from understudy_server.completion.suggest import Toolbox
    from understudy_server.completion.suggestion import Suggestion
    from understudy_server.completion.under_way import UnderWay
    from understudy_server.context.query_context import QueryContext
    from understudy_server.lsp.catalog_life import CatalogLife
    from understudy_server.lsp.marking import Marking
    from understudy_server.project import Project

_SHOWN = 500
_GIVE_BACK_SECONDS = 20.0
"""How often, at most, freed memory is given back while somebody is at work: what the first requests need once is much of it."""


@frozen
class Shown:
    """A suggestion as an editor shows it: `text` at the byte `offset` of the document."""

    suggestion: "Suggestion"
    uri: str
    offset: int
    text: str

    def is_taken_in_part(self, offset: int, deleted: int, text: str) -> bool:
        """Whether an edit put in several characters of it at once, where they are shown: nobody types so, but editors do to
        accept word by word, of which they tell nothing else."""
        rest = self.text.encode("utf-8", "surrogatepass")[max(offset - self.offset, 0) :]
        put = text.encode("utf-8", "surrogatepass")
        is_word = sum(char.isalnum() for char in text) > 1
        return offset >= self.offset and not deleted and is_word and rest.startswith(put) and rest != put


@frozen
class Knowledge:
    """What a project had learned at that generation."""

    generation: int
    shared: "SharedText"
    retriever: "Retriever | None"


@define
class Workshop:
    """The loaded half of a session: the project, and what suggestions are made with."""

    project: "Project"
    toolbox: "Toolbox"
    executor: "Executor"
    life: "CatalogLife"
    knowledge: "Knowledge | None" = None
    marking: "Marking | None" = None
    known: "dict[str, Known]" = field(factory=dict)
    """What diagnostics hold names against, by dialect, with what they remember; made when it is first wanted."""

    def take(self, catalog: "Catalog", knowledge: "Knowledge | None") -> None:
        """From now on suggestions are made with these; shared text about what the catalog does not have stays out of prompts.

        What is under way keeps the old ones.
        """
        self.toolbox = evolve(self.toolbox, catalog=catalog)
        self.knowledge = knowledge
        if knowledge is not None:
            self.toolbox = evolve(
                self.toolbox,
                retriever=knowledge.retriever,
                general=knowledge.shared.fitting(catalog),
                generation=knowledge.generation,
            )

    async def close(self) -> None:
        """Give back everything."""
        self.life.close()
        if self.marking is not None:
            self.marking.close()
        await self.toolbox.student.close()
        await self.executor.close()
        self.project.close()


@define(slots=False)
class Session:
    """Created empty; `load` fills it in the background, so that `initialize` is answered at once."""

    log: Callable[[str], None]
    """Shows a sentence in the editor's log."""
    documents: Documents = field(factory=Documents)
    notebooks: Notebooks = field(init=False)
    root: Path | None = None
    overrides: Mapping[str, Any] = field(factory=dict)
    """What the editor sets."""
    trusted: bool = True
    catalog_changed: Callable[[], None] = lambda: None
    """Is called after the catalog changed."""
    student_changed: "Callable[[StudentStatus], None]" = lambda status: None
    """Is called when another student completes than before, or the same one has trouble."""
    unsaid: Callable[[str], None] = lambda reason: None
    """Is called with the reason where somebody asked for a suggestion and there is none."""
    loaded: Callable[[], None] = lambda: None
    """Is called when the project is open, or could not be opened."""
    taken_in_part: Callable[[Shown], None] = lambda shown: None
    """Is called when some words of a suggestion were taken over."""
    suggesting: "dict[str, UnderWay]" = field(factory=dict)
    """What is under way for each document in which somebody types."""
    exploration: "asyncio.Task[Any] | None" = None
    interrupt: Callable[[], None] | None = None
    """Stops the exploration under way; what it finished stays."""
    _loading: "asyncio.Task[Workshop] | None" = None
    _shown: "OrderedDict[str, Shown]" = field(factory=OrderedDict)
    _said: set[str] = field(factory=set)
    _gave_back: float = field(factory=time.monotonic)

    @notebooks.default
    def _over_documents(self) -> Notebooks:
        return Notebooks(self.documents)

    def __attrs_post_init__(self) -> None:
        self.documents.edited = self._edited

    def load(self) -> None:
        """Open the project in a thread, anew when it was open. What is under way goes on with the old one."""
        former = self._loading
        self._loading = asyncio.ensure_future(self._load(former))
        self._loading.add_done_callback(lambda _: self.loaded())

    async def workshop(self) -> Workshop:
        """The project and its toolbox, with what was learned since they were opened."""
        if self._loading is None:
            self.load()
        assert self._loading is not None
        # Shielded: a request that is cancelled while waiting must not cancel the loading for everyone.
        workshop = await asyncio.shield(self._loading)
        workshop.life.use()
        if time.monotonic() - self._gave_back > _GIVE_BACK_SECONDS:
            self._gave_back = time.monotonic()
            asyncio.get_running_loop().run_in_executor(None, give_back)
        if workshop.project.generation() != workshop.toolbox.generation:
            from understudy_server.lsp.opening import learned_by

            learned = await asyncio.to_thread(learned_by, workshop.project)
            workshop.take(workshop.toolbox.catalog, learned)
        for note in (*workshop.project.notes, *workshop.toolbox.catalog.notes, workshop.life.late):
            if note:
                self.log_once(note)
        return workshop

    def settings_changed(self) -> bool:
        """Whether the settings are other ones than the project was opened with; those that cannot be read are."""
        from understudy_knowledge.errors import ConfigurationError
        from understudy_server.config import load_settings

        workshop = self._loaded()
        if workshop is None or self.root is None:
            return False
        try:
            return load_settings(self.root, self.overrides) != workshop.project.settings
        except ConfigurationError:
            return True

    def files_changed(self, *, found: bool) -> None:
        """Files changed on disk; `found` says whether some came or went."""
        if (workshop := self._loaded()) is not None:
            workshop.life.files_changed(found=found)

    @property
    def catalog(self) -> "Catalog | None":
        """What is known of the data; None while the project is not open."""
        workshop = self._loaded()
        return workshop.toolbox.catalog if workshop is not None else None

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
                document,
                offset,
                language=language,
                catalog=catalog,
                dialect=workshop.project.dialect_hints,
                cells_above=self.notebooks.above(document.name),
            )
        except UnderstudyError as error:
            self.log_once(str(error))
            return None

    def under_way(self, uri: str) -> "UnderWay":
        """What is under way for a document."""
        from understudy_server.completion.under_way import UnderWay

        return self.suggesting.setdefault(uri, UnderWay())

    def show(self, shown: Shown) -> None:
        """Remember a suggestion, where it is shown now, until many others were shown."""
        self._shown[shown.suggestion.id] = shown
        self._shown.move_to_end(shown.suggestion.id)
        while len(self._shown) > _SHOWN:
            self._shown.popitem(last=False)

    def shown(self, identifier: object) -> Shown | None:
        """The suggestion of that id, where it was shown last."""
        return self._shown.get(identifier) if isinstance(identifier, str) else None

    @property
    def suggestions(self) -> "tuple[Suggestion, ...]":
        """The suggestions that are remembered, oldest first."""
        return tuple(shown.suggestion for shown in self._shown.values())

    def log_once(self, sentence: str) -> None:
        """Log it unless this session has said it before: a server that is away is away at each keystroke."""
        if sentence not in self._said:
            self._said.add(sentence)
            self.log(sentence)

    async def close(self) -> None:
        """End what is under way and give back what is open."""
        if self.exploration is not None:
            self.exploration.cancel()
        for under_way in self.suggesting.values():
            under_way.cancel()
        if self._loading is not None and self._loading.done():
            await _close(self._loading)

    def _edited(self, uri: str, offset: int, deleted: int, text: str) -> None:
        if (workshop := self._loaded()) is not None:
            workshop.project.precedence.claim()
        if under_way := self.suggesting.get(uri):
            under_way.edited(offset, deleted, text)
        if len(text) > 1:
            newest = next((shown for shown in reversed(self._shown.values()) if shown.uri == uri), None)
            if newest is not None and newest.is_taken_in_part(offset, deleted, text):
                self.taken_in_part(newest)

    async def _load(self, former: "asyncio.Task[Workshop] | None") -> Workshop:
        if former is not None:
            await asyncio.wait([former])
            await _close(former)
        loop = asyncio.get_running_loop()

        def begin(project: "Project") -> "CatalogLife":
            from understudy_server.lsp.catalog_life import CatalogLife

            return CatalogLife(project, loop, self._take_catalog)

        def open_it() -> Workshop:
            # Imported here: sqlglot, FAISS and the models take a second, and `initialize` is to be answered before.
            from understudy_server.lsp.opening import opened

            return opened(self.root, self.overrides, self.trusted, begin)

        workshop = await asyncio.to_thread(open_it)
        # The database may have answered after the toolbox was made.
        workshop.take(workshop.project.keeper.catalog, workshop.knowledge)
        from understudy_server.lsp.marking import Marking

        workshop.marking = Marking(workshop.project, loop, self.log)
        # The schema may have changed while nobody looked.
        workshop.marking.catalog_changed()
        student = workshop.toolbox.student
        follow(student, lambda status: self.student_changed(status), anew=former is not None)
        return workshop

    def _take_catalog(self) -> None:
        """From now on names are held against the catalog that the project has now; what is under way keeps the old one."""
        if (workshop := self._loaded()) is not None:
            workshop.take(workshop.project.keeper.catalog, workshop.knowledge)
            workshop.known = {}
            if workshop.marking is not None:
                workshop.marking.catalog_changed()
            self.catalog_changed()

    def _loaded(self) -> Workshop | None:
        """The project if it is open."""
        loading = self._loading
        if loading is None or not loading.done() or loading.cancelled() or loading.exception() is not None:
            return None
        return loading.result()


async def _close(loaded: "asyncio.Task[Workshop]") -> None:
    """Give back what a load that is over opened; one that failed opened nothing."""
    if not loaded.cancelled() and loaded.exception() is None:
        await loaded.result().close()
