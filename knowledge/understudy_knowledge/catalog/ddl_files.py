"""The SQL files of a workspace as sources: one for each file, so that a changed one is read alone."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from understudy_knowledge.catalog.ddl import describes_tables, read_open_ddl
from understudy_knowledge.catalog.model import Catalog
from understudy_knowledge.catalog.source import Known, Precedence, Source
from understudy_knowledge.catalog.tree import Tree
from understudy_knowledge.errors import DataSourceError

FILE_BYTES = 2 * 1024 * 1024


def ddl_files(tree: Tree) -> Iterator[Source]:
    """A source for every SQL file; one that creates nothing has an empty catalog."""
    for name in tree.ending(".sql"):
        path = tree.root / name
        yield Source(name, Precedence.DDL, (path,), partial(_read, path, name, tree.dialect))


def _read(path: Path, name: str, dialect: str, known: Known) -> Catalog:
    if path.stat().st_size > FILE_BYTES:
        raise DataSourceError(f"{name} is larger than {FILE_BYTES // 1024**2} MB and is not read as DDL.")
    text = path.read_text("utf-8-sig", errors="replace")
    if not describes_tables(text):
        return Catalog(dialect=dialect)
    others = known() if "VIEW" in text.upper() or "SELECT" in text.upper() else None
    return read_open_ddl(text, dialect=dialect, source=name, known=others)
