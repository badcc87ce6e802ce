"""The catalog while an editor runs: read in threads, looked after while someone types, and never waited for by a keystroke."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from attrs import define, field

from understudy_server.lsp.errand import Errand

if TYPE_CHECKING:
    from understudy_knowledge.catalog import Catalog
    from understudy_server.project import Project

LOOK_SECONDS = 3.0
"""How often sources are looked at, at most; only the file system is asked unless something changed."""
WALK_SECONDS = 60.0
"""How often new files are searched for, where the editor does not tell of them."""
FILE_GRACE_SECONDS = 2.0
"""How long the first request waits for a database file. Most take milliseconds, and then nobody sees half a schema."""
SERVER_GRACE_SECONDS = 0.3


@define(slots=False, eq=False)
class CatalogLife:
    """Looks after the catalog of one open project. `changed` is called in `loop` whenever there is another catalog."""

    project: "Project"
    loop: asyncio.AbstractEventLoop
    changed: Callable[[], None]
    _shown: "Catalog | None" = field(default=None, init=False)
    _until: float = field(default=0.0, init=False)
    """Until when the first request waits for the database, by the monotonic clock."""
    _looked: float = field(factory=time.monotonic, init=False)
    _walked: float = field(factory=time.monotonic, init=False)
    _closed: bool = field(default=False, init=False)

    def __attrs_post_init__(self) -> None:
        self._files = Errand(self._look_at_files)
        self._database = Errand(self._look_at_database)

    def begin(self) -> None:
        """Start reading the database, unless what is remembered of it is as good. Returns soon."""
        keeper = self.project.keeper
        if keeper.database is None or keeper.recall(self.project.catalog_path):
            return
        if not keeper.catalog:
            grace = FILE_GRACE_SECONDS if keeper.database.path else SERVER_GRACE_SECONDS
            self._until = time.monotonic() + grace
        self._database.start()

    def settle(self) -> "Catalog":
        """The catalog of the files and of what is known of the database by now; waits a moment where that is nothing."""
        self.project.keeper.read_files()
        self._database.wait(max(0.0, self._until - time.monotonic()))
        self._shown = self.project.keeper.catalog
        return self._shown

    def use(self) -> None:
        """Someone is at work: look at the sources now and then. Returns at once."""
        now = time.monotonic()
        if now - self._looked > LOOK_SECONDS and not self._closed:
            self._looked = now
            self._files.start()
            self._database.start()

    def files_changed(self, *, found: bool) -> None:
        """The editor tells of changed files; `found` says whether some came or went. Returns at once."""
        if found:
            self._walked = float("-inf")
        if not self._closed:
            self._files.start()
            self._database.start()

    @property
    def late(self) -> str:
        """What to say of a database that takes longer than it may: a name that is looked up, a folder that is far away."""
        keeper = self.project.keeper
        if keeper.database is None or self._database.seconds < keeper.seconds + LOOK_SECONDS:
            return ""
        return f"{keeper.database.name} did not answer within {keeper.seconds:g} s; what it says is taken in when it does."

    def close(self) -> None:
        """Nothing is told any more; what is under way in threads comes to nothing."""
        self._closed = True

    def _look_at_files(self) -> None:
        keeper = self.project.keeper
        if time.monotonic() - self._walked > WALK_SECONDS:
            self._walked = time.monotonic()
            keeper.read_files()
        else:
            keeper.refresh_files()
        self._tell()

    def _look_at_database(self) -> None:
        if self.project.keeper.refresh_database():
            self.project.remember_catalog()
        self._tell()

    def _tell(self) -> None:
        """Say that there is another catalog, with everything in it that a keystroke would have to make first."""
        catalog = self.project.keeper.catalog
        if catalog is self._shown or self._closed:
            return
        self._shown = catalog
        _ = catalog.version, catalog.sqlglot_schema, catalog.table("")
        with suppress(RuntimeError):  # the loop has ended
            self.loop.call_soon_threadsafe(self.changed)
