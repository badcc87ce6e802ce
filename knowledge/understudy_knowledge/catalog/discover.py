"""The catalog of a workspace: which sources lie in it, and all of them read once."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from attrs import evolve

from understudy_knowledge.catalog.csv_headers import csv_headers
from understudy_knowledge.catalog.dbt_projects import dbt_projects
from understudy_knowledge.catalog.ddl_files import ddl_files
from understudy_knowledge.catalog.django_models import django_models
from understudy_knowledge.catalog.migrations_alembic import alembic_migrations
from understudy_knowledge.catalog.migrations_django import django_migrations
from understudy_knowledge.catalog.model import Catalog
from understudy_knowledge.catalog.parquet_headers import parquet_headers
from understudy_knowledge.catalog.readings import Readings
from understudy_knowledge.catalog.source import Source
from understudy_knowledge.catalog.sqlalchemy_models import sqlalchemy_models
from understudy_knowledge.catalog.sqlite import read_sqlite
from understudy_knowledge.catalog.tree import Tree, walk
from understudy_knowledge.errors import DataSourceError

Finder = Callable[[Tree], Iterable[Source]]
FINDERS: tuple[Finder, ...] = (
    dbt_projects,
    ddl_files,
    sqlalchemy_models,
    django_models,
    django_migrations,
    alembic_migrations,
    csv_headers,
    parquet_headers,
)
"""Each finds one kind of source among the files. The order decides only between sources of the same precedence."""


def sources_in(tree: Tree) -> tuple[Source, ...]:
    """Every source of the workspace. Finding looks at names and first bytes; reading is done later, source by source."""
    return tuple(source for find in FINDERS for source in find(tree))


def discover(
    root: Path, *, database: Path | None = None, dialect: str = "sqlite", exclude: Sequence[str] = ()
) -> Catalog:
    """What the workspace at `root` says of its data: the live `database` first, filled up from its files.

    `exclude` holds patterns (`archive/*`, `*.dump.sql`) matched against paths relative to `root`, with forward slashes.
    Never raises for a source that cannot be read: each adds one sentence to the notes and the rest goes on.
    """
    tree = walk(root, dialect=dialect, exclude=exclude)
    read = Readings(dialect).read(sources_in(tree), _read_database(database, dialect))
    return evolve(read, notes=(*read.notes, *tree.notes))


def _read_database(database: Path | None, dialect: str) -> tuple[Catalog, ...]:
    if database is None:
        return ()
    try:
        return (read_sqlite(database),)
    except DataSourceError as error:
        return (Catalog(dialect=dialect, notes=(str(error),)),)
