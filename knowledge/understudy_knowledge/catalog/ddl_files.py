"""The SQL files of a workspace as sources: each migration is one, and all other files are one."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache, partial
from pathlib import Path, PurePosixPath

from attrs import evolve

from understudy_knowledge.catalog.ddl import Definitions, describes_tables, read_definitions
from understudy_knowledge.catalog.ddl_changes import Change, DropTable, RenameTable
from understudy_knowledge.catalog.ddl_dialect import dialect_of_ddl
from understudy_knowledge.catalog.ddl_replay import Replay
from understudy_knowledge.catalog.ddl_text import ddl_lines
from understudy_knowledge.catalog.merge import merge
from understudy_knowledge.catalog.migrations import Migration, find_migrations, in_planned_order
from understudy_knowledge.catalog.model import Catalog
from understudy_knowledge.catalog.source import Known, Precedence, Source
from understudy_knowledge.catalog.tree import Tree

FILE_BYTES = 256 * 1024 * 1024
"""A dump may be this large: its rows are passed over while it is read."""
DDL_CHARACTERS = 8 * 1024 * 1024
"""What is left of a file without its rows may be this long."""
_LINE = 1024 * 1024
_KEPT_FILES = 4_096
_REHEARSALS = frozenset("test tests testing fixtures testdata spec".split())
_AGREE = 0.75
"""The share of the changes that must be in one dialect, of those that are in any."""


def ddl_files(tree: Tree) -> Iterator[Source]:
    """Migrations come first: what they leave behind is newer than what a file creates. Files of tests come last.

    Files that are no steps are one source, because any of them may be about the tables of another. Each is read once.
    """
    migrations, rest = find_migrations(tree.ending(".sql"))
    steps = [_migration(migration, tree) for migration in migrations]
    real = [name for name in rest if not _is_rehearsal(name)]
    yield from (source for source in steps if not _is_rehearsal(source.name))
    yield from _others("SQL files", real, tree)
    yield from (source for source in steps if _is_rehearsal(source.name))
    yield from _others("SQL files of tests", sorted({*rest} - {*real}), tree)


def _is_rehearsal(name: str) -> bool:
    return not _REHEARSALS.isdisjoint(name.lower().split("/"))


def _migration(migration: Migration, tree: Tree) -> Source:
    files = tuple(tree.root / step for step in migration.steps)
    plan = tree.root / PurePosixPath(migration.folder).parent / "sqitch.plan"
    return Source(
        migration.folder,
        Precedence.DDL,
        (*files, plan) if migration.folder.endswith("deploy") else files,
        partial(_replay, migration, plan, tree.root, tree.dialect),
    )


def _others(called: str, names: Sequence[str], tree: Tree) -> Iterator[Source]:
    if names:
        yield Source(
            names[0] if len(names) == 1 else called,
            Precedence.DDL,
            tuple(tree.root / name for name in names),
            partial(_merge, tuple(names), tree.root, tree.dialect),
        )


def _replay(migration: Migration, plan: Path, root: Path, dialect: str, known: Known) -> Catalog:
    """All steps, one after the other, on one schema."""
    if plan.is_file() and migration.folder.endswith("deploy"):
        migration = in_planned_order(migration, plan.read_text("utf-8", errors="replace"))
    replay = Replay(dialect, known)
    steps = [_read(root / step, step, dialect) for step in migration.steps]
    for step in steps:
        replay.apply_all(step.changes)
    catalog = replay.catalog()
    notes = (*(note for step in steps for note in step.notes), *catalog.notes)
    return evolve(catalog, notes=notes, written_in=_agreed(steps))


def _merge(names: Sequence[str], root: Path, dialect: str, known: Known) -> Catalog:
    """Each file on a schema of its own, then what one file says of the tables of another."""
    catalogs: list[Catalog] = []
    left: list[Change] = []
    files = [_read(root / name, name, dialect) for name in names]
    for read in files:
        replay = Replay(dialect)
        others = [change for change in read.changes if not replay.apply(change)]
        catalog = replay.catalog(final=False)
        dropped = _dropped(others, catalog, catalogs)
        # A file that renames tables of another one has been run.
        left += [
            change
            for change in others
            if not isinstance(change, DropTable | RenameTable) or change in dropped
        ]
        left += replay.waiting
        catalogs.append(evolve(catalog, notes=(*read.notes, *catalog.notes)))
    merged = merge(Catalog(dialect=dialect), *catalogs)
    final = Replay(dialect, known).take_over(merged.tables).apply_all(left).catalog()
    return evolve(final, notes=(*merged.notes, *final.notes), written_in=_agreed(files))


def _agreed(read: Iterable[Definitions]) -> str:
    """The dialect of the files, as far as they agree; a file counts as much as it defines."""
    said: Counter[str] = Counter()
    for file in read:
        said[file.dialect] += len(file.changes) if file.dialect else 0
    dialect, most = said.most_common(1)[0] if said else ("", 0)
    return dialect if most and most >= _AGREE * said.total() else ""


def _dropped(changes: Iterable[Change], own: Catalog, before: Iterable[Catalog]) -> list[Change]:
    """Those that drop tables of the files `before`, unless nothing stays of such a file: then they clean up after tests."""
    drops = {
        change.name.name.lower(): change
        for change in changes
        if isinstance(change, DropTable) and own.table(change.name.path) is None
    }
    if not drops:
        return []
    created = [{table.name.lower() for table in catalog.tables} for catalog in before]
    swept = set().union(*(names for names in created if names <= drops.keys()))
    return [change for name, change in drops.items() if name not in swept]


def _read(path: Path, name: str, dialect: str) -> Definitions:
    try:
        found = path.stat()
        if found.st_size > FILE_BYTES:
            note = f"{name} is larger than {FILE_BYTES // 1024**2} MB and is not read as DDL."
            return Definitions(notes=(note,))
        return _definitions(path, name, dialect, found.st_mtime_ns, found.st_size)
    except OSError as error:
        return Definitions(notes=(f"{name} cannot be read ({error.strerror or error}).",))


@lru_cache(maxsize=_KEPT_FILES)
def _definitions(path: Path, name: str, dialect: str, modified: int, size: int) -> Definitions:
    """What a file defines; kept as long as the file does not change, so that its folder is put together again at once."""
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        kept: list[str] = []
        length = 0
        for line in ddl_lines(iter(lambda: file.readline(_LINE), "")):
            kept.append(line)
            length += len(line)
            if length > DDL_CHARACTERS:
                note = f"{name} holds more than {DDL_CHARACTERS // 1024**2} MB of statements and is not read as DDL."
                return Definitions(notes=(note,))
    text = "".join(kept)
    if not describes_tables(text):
        return Definitions()
    said = dialect_of_ddl(text)
    read = read_definitions(text, dialect=said or dialect, source=name)
    # What tests run on is no word on what the project runs on, nor are macros, which have a branch for each adapter.
    return evolve(read, dialect="" if _is_rehearsal(name) or "{%" in text else said)
