"""One workspace as everything else takes it: settings, catalog, data source, knowledge, and who fills the roles.

The only place that decides which backend a role gets, and the only one that knows where a workspace keeps what.
"""

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from attrs import define, evolve, field

from understudy_knowledge.catalog import Catalog
from understudy_knowledge.catalog.engines import Database, engine_of
from understudy_knowledge.catalog.keeper import Keeper
from understudy_knowledge.catalog.sqlite_file import open_read_only
from understudy_knowledge.errors import ConfigurationError, DataSourceError, KnowledgeStoreError
from understudy_knowledge.execution import Executor, Limits
from understudy_knowledge.memory.records import DataSource
from understudy_knowledge.memory.repairs import Repair
from understudy_knowledge.memory.staleness import SharedText
from understudy_knowledge.memory.store import KnowledgeStore
from understudy_knowledge.models.embedded import EmbeddedStudent, EmbeddedTeacher
from understudy_knowledge.models.embedding import FolderEmbedder, ServerEmbedder, SteadyEmbedder
from understudy_knowledge.models.roles import Student, Teacher
from understudy_knowledge.models.steady import SteadyStudent
from understudy_knowledge.models.vllm import Client, ServerSettings, VllmStudent, VllmTeacher
from understudy_knowledge.retrieval import Retriever
from understudy_knowledge.retrieval.neural import Embedder, Questions
from understudy_knowledge.teaching.precedence import Precedence
from understudy_knowledge.teaching.price import Price
from understudy_knowledge.teaching.probe import ExecutorProbe
from understudy_server.config import RetrievalSettings, RoleSettings, Settings, load_settings
from understudy_server.context.dialect.decision import DialectHints
from understudy_server.context.dialect.workspace import workspace_dialects
from understudy_server.workspace import prepare

T = TypeVar("T")


@define(slots=False)
class Project:
    """A workspace. Its parts are opened when they are first asked for, and closed by `close`.

    What cannot be opened adds one sentence to `notes` and the rest goes on; a `strict` project raises it instead.
    An untrusted one opens no database and no knowledge, and its roles are embedded whatever the settings say.
    """

    root: Path
    settings: Settings
    trusted: bool = True
    strict: bool = False
    notes: list[str] = field(factory=list)
    serving: bool = False
    """Whether somebody types meanwhile: then a large index is built by a process of its own while the old one serves."""
    _retriever: Retriever | None = field(default=None, init=False)

    @classmethod
    def open(
        cls,
        root: Path,
        settings_override: Mapping[str, Any] | None = None,
        *,
        trusted: bool = True,
        strict: bool = False,
    ) -> "Project":
        """The workspace at `root`; `settings_override` is what the editor or the command line says.

        Raises ConfigurationError when `strict`; otherwise settings that cannot be read are as if unset.
        """
        root = root.absolute()
        try:
            return cls(root, load_settings(root, settings_override), trusted, strict)
        except ConfigurationError as error:
            if strict:
                raise
            return cls(root, Settings(), trusted, strict, [str(error)])

    @property
    def folder(self) -> Path:
        """Where the workspace keeps what Understudy learned; it need not exist yet."""
        return self.root / ".understudy"

    @property
    def knowledge_path(self) -> Path:
        """The knowledge store's file."""
        return self.folder / "knowledge.db"

    @property
    def catalog_path(self) -> Path:
        """Where the database's last answer is remembered."""
        return self.folder / "catalog.json"

    @cached_property
    def precedence(self) -> Precedence:
        """How those who type here go before those who explore."""
        return Precedence(self.folder / "typing")

    @property
    def dialect(self) -> str:
        """The dialect that is set, else that of the data."""
        return self.settings.dialect or self.connection_dialect or "sqlite"

    @property
    def connection_dialect(self) -> str:
        """The dialect of the database that is configured, whether or not it answers; empty where there is none."""
        return self.database.engine if self.database else ""

    @property
    def dialect_hints(self) -> DialectHints:
        """What is known of the dialect of a text before it is read; looks at a few small files of the workspace once."""
        schema = self.keeper.catalog.written_in
        return evolve(self._said_dialects, schema=schema) if schema else self._said_dialects

    @cached_property
    def _said_dialects(self) -> DialectHints:
        """What settings, the connection and tools say, which holds as long as the project is open."""
        folders = workspace_dialects(self.root) if self.trusted else ()
        return DialectHints(self.settings.dialect, self.connection_dialect, folders)

    @cached_property
    def database(self) -> Database | None:
        """The database that is configured, not opened; None when there is none, or it is not to be trusted."""
        data = self.settings.data
        if not self.trusted or (data.database is None and data.url is None):
            return None
        return Database(
            "postgres" if data.database is None else engine_of(data.database),
            data.database,
            data.url or "",
            data.password_env,
            data.samples,
            data.schemas,
        )

    @cached_property
    def source(self) -> DataSource | None:
        """What statements run on; None when nothing is configured, readable or trusted. Raises DataSourceError if strict."""
        database = self.database
        if database is None:
            return None
        if database.path is None:
            return DataSource(
                Path(os.devnull), "postgres", address=database.url, password_env=database.password_env
            )
        try:
            if database.engine == "sqlite":
                with open_read_only(database.path):
                    pass
            elif not database.path.is_file():
                raise DataSourceError(f"{database.path} does not exist; correct database under [data].")
        except DataSourceError as error:
            self._degrade(error)
            return None
        return DataSource(database.path, database.engine)

    @cached_property
    def keeper(self) -> Keeper:
        """Who reads the catalog, and again when it changes. Nothing is read yet."""
        return Keeper(
            self.root, self.database, self.dialect, self.settings.exclude, self.settings.data.seconds
        )

    @cached_property
    def catalog(self) -> Catalog:
        """What is known of the data, with every source read. Waits for the database, `data.seconds` at most."""
        keeper = self.keeper
        if not keeper.recall(self.catalog_path):
            keeper.read_database()
        keeper.read_files()
        if keeper.failure is not None:
            self._degrade(keeper.failure)
        self.notes.extend(note for note in keeper.catalog.notes if note not in self.notes)
        return keeper.catalog

    def remember_catalog(self) -> None:
        """Keep the database's answer for the next start, where that is worth a file; a folder that cannot be written has none."""
        if self.keeper.worth_remembering:
            with suppress(KnowledgeStoreError):
                prepare(self.folder)
                self.keeper.remember(self.catalog_path)

    @cached_property
    def knowledge(self) -> KnowledgeStore | None:
        """The knowledge store, made if need be. Raises KnowledgeStoreError if strict."""
        if not self.trusted:
            return None
        try:
            prepare(self.folder)
            return KnowledgeStore.open(self.knowledge_path)
        except KnowledgeStoreError as error:
            self._degrade(error)
            return None

    @property
    def has_knowledge(self) -> bool:
        """Whether anything was learned here; asking makes no file."""
        return self.trusted and self.knowledge_path.is_file()

    @property
    def limits(self) -> Limits:
        """What one statement may take."""
        return limits_of(self.settings)

    def probe(self, executor: Executor) -> ExecutorProbe | None:
        """How a student checks itself while someone waits; None when there is nothing to run on.

        A server is other people's too: it is not asked at every pause of someone who types.
        """
        if self.source is None or self.source.address:
            return None
        return ExecutorProbe(executor, self.source, self.limits)

    def generation(self) -> int:
        """Grows whenever a case enters or leaves the knowledge, whichever process did it; 0 while there is none."""
        return self._known(lambda store: store.generation, 0)

    def shared_text(self) -> SharedText:
        """The general instructions with their rules; empty while there is no knowledge."""
        return self._known(lambda store: SharedText(store.general(), store.rules()), SharedText())

    def suspects(self) -> Mapping[str, str]:
        """Gold code that the last finished exploration doubted, and why."""
        run = self._known(lambda store: store.last_run(finished=True), None)
        found = (run.figures or {}).get("suspects", ()) if run is not None else ()
        return {each["gold"]: each["reason"] for each in found}

    def repairs(self) -> tuple[Repair, ...]:
        """The student's own bugs with what proved right instead."""
        return self._known(lambda store: store.repairs(), ())

    def retriever(self) -> Retriever | None:
        """Finds the lessons that are known now; None while there is no knowledge."""
        return self._known(self._refreshed_retriever, None)

    @property
    def student_name(self) -> str:
        """The student's name as far as it is known without asking a server; empty where only the server can say it."""
        role = (self.settings if self.trusted else Settings()).student
        return EmbeddedStudent.name if role.base_url is None else role.model

    def build_student(self) -> Student:
        """The student that the settings name; the caller closes it."""
        return build_student(self.settings if self.trusted else Settings())

    def build_companion(self) -> Student:
        """The student for someone who types: where its server is away the embedded one stands in. The caller closes it."""
        student = self.build_student()
        return SteadyStudent(student, EmbeddedStudent()) if isinstance(student, VllmStudent) else student

    def build_teacher(self) -> Teacher:
        """The teacher that is asked first; the caller closes it."""
        return self.build_teachers()[0][0]

    def build_teachers(self) -> list[tuple[Teacher, Price]]:
        """The teachers that the settings name, the cheapest first; the caller closes them."""
        return build_teachers(self.settings if self.trusted else Settings())

    def close(self) -> None:
        """Close the knowledge store if it was opened, and end what is done for it in the background."""
        if self._retriever is not None:
            self._retriever.close()
        if (store := self.__dict__.pop("knowledge", None)) is not None:
            store.close()

    def _refreshed_retriever(self, store: KnowledgeStore) -> Retriever:
        if self._retriever is None:
            self._retriever = Retriever.open(
                store, self.folder / "index", background=self.serving, questions=self._questions()
            )
        else:
            self._retriever.refresh()
        return self._retriever

    def _questions(self) -> Questions | None:
        """Who embeds questions, where the settings name a model. Raises ConfigurationError if strict."""
        try:
            return build_questions(self.settings.retrieval)
        except ConfigurationError as error:
            self._degrade(error)
            return None

    def _known(self, ask: Callable[[KnowledgeStore], T], otherwise: T) -> T:
        """What the knowledge answers; `otherwise` when there is none or it cannot be read. Makes no file."""
        if not self.has_knowledge or self.knowledge is None:
            return otherwise
        try:
            return ask(self.knowledge)
        except KnowledgeStoreError as error:
            self._degrade(error)
            return otherwise

    def _degrade(self, error: Exception) -> None:
        if self.strict:
            raise error
        if str(error) not in self.notes:
            self.notes.append(str(error))


def build_student(settings: Settings) -> Student:
    """Who completes: a model server where one is configured, else the embedded student. Raises ConfigurationError."""
    if settings.student.base_url is None:
        return EmbeddedStudent()
    server = _server(settings.student, "student")
    return VllmStudent(server, Client(server))


def build_teachers(settings: Settings) -> list[tuple[Teacher, Price]]:
    """Who plans: model servers where some are configured, else the embedded teacher. Raises ConfigurationError."""
    named = [role for role in (settings.teacher, *settings.teachers) if role.base_url is not None]
    if not named:
        return [(EmbeddedTeacher(), Price())]
    priced = [(role, Price(role.prompt_price, role.completion_price)) for role in named]
    priced.sort(key=lambda pair: pair[1].prompt + pair[1].completion)
    servers = [(_server(role, "teacher"), price) for role, price in priced]
    return [(VllmTeacher(server, Client(server)), price) for server, price in servers]


def build_embedder(settings: RetrievalSettings) -> Embedder | None:
    """The embedding model that the settings name; None with the hashed embedding alone. Raises ConfigurationError."""
    if settings.embedding == "folder" and settings.folder is not None:
        return FolderEmbedder(settings.folder)
    if settings.embedding == "server":
        try:
            return ServerEmbedder(
                ServerSettings(
                    base_url=settings.base_url or "",
                    model=settings.model or None,
                    api_key_env=settings.api_key_env or None,
                    timeout=settings.timeout_seconds,
                )
            )
        except ConfigurationError as error:
            raise ConfigurationError(f"retrieval: {error}") from error
    return None


def build_questions(settings: RetrievalSettings) -> Questions | None:
    """Who embeds questions, where the settings name a model. Raises ConfigurationError."""
    embedder = build_embedder(settings)
    return None if embedder is None else Questions(SteadyEmbedder(embedder), settings.budget_ms / 1000)


def limits_of(settings: Settings) -> Limits:
    """What one statement may take."""
    given = settings.execution
    return Limits(given.seconds, given.rows, given.bytes, given.row_bytes, given.memory)


def _server(role: RoleSettings, name: str) -> ServerSettings:
    try:
        return ServerSettings(
            base_url=role.base_url or "",
            model=role.model or None,
            api_key_env=role.api_key_env or None,
            template=role.template,
            timeout=role.timeout_seconds,
            max_tokens=role.max_tokens,
            temperature=role.temperature,
        )
    except ConfigurationError as error:
        raise ConfigurationError(f"{name}: {error}") from error
