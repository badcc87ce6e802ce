"""Keeps the catalog of one workspace: its files at once, its database when it answers, both again when they change.

Every method may block on disk or network, so an editor calls them in threads; `catalog` never does.
"""

import time
from pathlib import Path
from threading import Lock

from attrs import define, evolve, field

from understudy_knowledge.catalog import remembered
from understudy_knowledge.catalog.discover import sources_in
from understudy_knowledge.catalog.engines import Database, mark_of, read_database, touched
from understudy_knowledge.catalog.facts import NAME as FACTS
from understudy_knowledge.catalog.facts import FactsFile
from understudy_knowledge.catalog.model import Catalog
from understudy_knowledge.catalog.readings import Readings
from understudy_knowledge.catalog.source import Source
from understudy_knowledge.catalog.tree import walk
from understudy_knowledge.errors import DataSourceError

ASK_SERVER_SECONDS = 30.0
"""How often a server is asked whether its schema changed, at most."""
NEW_SAMPLES_SECONDS = 60.0
"""How often a file whose rows change and whose schema does not is read again, at most."""
_SLOW_SECONDS = 1.0
"""A SQLite file that takes longer than this is worth remembering."""


@define(slots=False, eq=False)
class Keeper:
    """Files and the database may be read in two threads at once; each of the two in one thread at a time."""

    root: Path
    database: Database | None = None
    dialect: str = "sqlite"
    """How DDL is read that does not say its dialect."""
    exclude: tuple[str, ...] = ()
    seconds: float = 10.0
    """How long the database may take to answer."""
    catalog: Catalog = field(init=False)
    """What is known now. Replaced as a whole."""
    failure: DataSourceError | None = field(default=None, init=False)
    """Why the database was not read the last time it should have been."""
    _readings: Readings = field(init=False)
    _facts: FactsFile = field(init=False)
    _sources: tuple[Source, ...] = field(default=(), init=False)
    _walk_notes: tuple[str, ...] = field(default=(), init=False)
    _answer: Catalog | None = field(default=None, init=False)
    """The database's last answer, or what is remembered of it."""
    _touched: str = field(default="", init=False)
    _mark: str = field(default="", init=False)
    _asked: float | None = field(default=None, init=False)
    """When the database was last asked, by the monotonic clock; None: never, or what is known of it is only remembered."""
    _took: float = field(default=0.0, init=False)
    _merging: Lock = field(factory=Lock, init=False)

    def __attrs_post_init__(self) -> None:
        self.catalog = Catalog(dialect=self.dialect)
        self._readings = Readings(self.dialect)
        self._facts = FactsFile(self.root / FACTS)

    def read_files(self) -> Catalog:
        """Find the sources that lie in the workspace, and read what is new or changed."""
        tree = walk(self.root, dialect=self.dialect, exclude=self.exclude)
        self._sources, self._walk_notes = sources_in(tree), tree.notes
        return self._merge()

    def refresh_files(self) -> bool:
        """Read again the known files that changed; whether that changed the catalog. Only asks the file system otherwise."""
        if not self._readings.changed() and not self._facts.changed():
            return False
        before = self.catalog
        # A file that has gone, or one beside it that decides what it is: finding them anew costs one walk.
        self.read_files()
        return self.catalog is not before

    def read_database(self) -> Catalog:
        """Read the database, whatever is known of it; a failure leaves what was known and becomes a note."""
        if self.database is None:
            return self.catalog
        started = time.monotonic()
        looked = repr(touched(self.database))
        try:
            # Before the tables: a change in between is then seen as one the next time.
            mark = mark_of(self.database, seconds=self.seconds)
            left = max(0.1, started + self.seconds - time.monotonic())
            self._answer = read_database(self.database, seconds=left)
            self._touched, self._mark, self.failure = looked, mark, None
        except DataSourceError as error:
            self.failure = error
        # A driver's own bug, or names that are no text: no reason to do without the files.
        except Exception as error:
            said = (
                f"{self.database.name} cannot be read ({type(error).__name__}: {error}); please report this."
            )
            self.failure = DataSourceError(said)
        self._asked = ended = time.monotonic()
        self._took = ended - started
        return self._merge()

    def refresh_database(self) -> bool:
        """Read the database again where there are signs that it changed, and not too often; whether the catalog changed."""
        if self.database is None or not self._looks_changed(self.database):
            return False
        before = self.catalog
        self.read_database()
        return self.catalog is not before

    def _looks_changed(self, database: Database) -> bool:
        if self._asked is None:
            return True
        waited = time.monotonic() - self._asked
        # Whatever takes long is asked seldom.
        if waited < 10 * self._took:
            return False
        if database.path is None:
            return waited > ASK_SERVER_SECONDS and not self._answers_the_same(database)
        if repr(touched(database)) == self._touched:
            return False
        return waited > NEW_SAMPLES_SECONDS or not self._answers_the_same(database)

    def recall(self, path: Path) -> bool:
        """Take what the file at `path` remembers of the database until it answers; whether that is as good as its answer."""
        kept = remembered.load(path, self.database) if self.database else None
        if kept is None or self.database is None:
            return False
        fresh = bool(self.database.path) and kept.touched == repr(touched(self.database))
        if fresh:
            self._answer, self._touched, self._mark = kept.catalog, kept.touched, kept.mark
            self._asked = time.monotonic()
        else:
            self._answer = _as_remembered(kept)
        self._merge()
        return fresh

    @property
    def is_current(self) -> bool:
        """Whether the catalog is that of today: the database, where there is one, answered when it was last asked."""
        return self.database is None or (
            self._answer is not None and self._asked is not None and self.failure is None
        )

    @property
    def remembers(self) -> bool:
        """Whether anything is known of the database, however old."""
        return self._answer is not None

    @property
    def worth_remembering(self) -> bool:
        """Whether the database answered, and might not do so as fast the next time."""
        if self.database is None or self._answer is None or self.failure is not None:
            return False
        return self.database.engine != "sqlite" or self._took > _SLOW_SECONDS

    def remember(self, path: Path) -> bool:
        """Keep the database's answer in the file at `path`; whether that went well."""
        if self.database is None or self._answer is None:
            return False
        return remembered.save(path, self.database, self._answer, self._touched, self._mark)

    def _answers_the_same(self, database: Database) -> bool:
        """Whether the database answers, and says that its schema is as it was when it was last read."""
        if self.failure is not None:
            return False
        try:
            return mark_of(database, seconds=self.seconds) == self._mark
        except DataSourceError:
            return False
        finally:
            if database.path is None:
                self._asked = time.monotonic()

    def _merge(self) -> Catalog:
        with self._merging:
            read = self._readings.read(self._sources, (self._answer,) if self._answer else ())
            failed = (str(self.failure),) if self.failure else ()
            merged = self._facts.added_to(evolve(read, notes=(*failed, *read.notes, *self._walk_notes)))
            if merged != self.catalog or merged.notes != self.catalog.notes:
                self.catalog = merged
            return self.catalog


def _as_remembered(kept: remembered.Remembered) -> Catalog:
    """The catalog with each table saying that it is remembered; nothing is certain of what it does not have."""
    tables = tuple(
        evolve(table, source=f"{table.source}, as it was on {kept.read}") for table in kept.catalog.tables
    )
    return evolve(kept.catalog, tables=tables, complete=False)
