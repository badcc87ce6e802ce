"""What every source of a catalog looks like to the rest: a name, a rank among the others, its files, and how to read it."""

from collections.abc import Callable
from enum import IntEnum
from pathlib import Path

from attrs import frozen

from understudy_knowledge.catalog.model import Catalog

Known = Callable[[], Catalog]
"""Everything that the other sources said. Asking for it ties a source to the others: it is read again when they change."""


class Precedence(IntEnum):
    """Whose word counts where sources differ: the lower number's."""

    DATABASE = 0
    MANIFEST = 1
    """A compiled description of everything, such as dbt's `manifest.json`."""
    DDL = 2
    """Migrations and DDL files."""
    MODELS = 3
    """ORM models."""
    DOCUMENTATION = 4
    """Descriptions that need not be whole, such as dbt's `schema.yml`."""
    HEADERS = 5
    """Column names of data files."""


@frozen
class Source:
    """One thing a catalog is read from, as fine as it can be read again on its own: a file, or files that belong together."""

    name: str
    """As notes and tables name it: a path relative to the workspace, with forward slashes."""
    precedence: Precedence
    files: tuple[Path, ...]
    """Everything its answer depends on; it is read again when one of them changes, appears or goes."""
    read: Callable[[Known], Catalog]
    """Its tables, with a note for what could not be read. Foreign keys may be open, as `read_open_ddl` leaves them.

    May raise OSError and UnderstudyError, which become its note.
    """
