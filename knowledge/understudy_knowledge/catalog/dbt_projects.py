"""The dbt projects of a workspace as sources: what is compiled, and what its files say without that."""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

from attrs import evolve, frozen

from understudy_knowledge.catalog.csv_headers import read_csv_header, table_name
from understudy_knowledge.catalog.dbt_documents import read_documents
from understudy_knowledge.catalog.dbt_jinja import UNKNOWN, plain_sql, references
from understudy_knowledge.catalog.dbt_manifest import read_manifest
from understudy_knowledge.catalog.dbt_yaml import NotReadableError, load_yaml
from understudy_knowledge.catalog.ddl_changes import CreateFrom
from understudy_knowledge.catalog.ddl_replay import Replay
from understudy_knowledge.catalog.family import family_of
from understudy_knowledge.catalog.merge import merge
from understudy_knowledge.catalog.model import Catalog, Column, Table
from understudy_knowledge.catalog.source import Known, Precedence, Source
from understudy_knowledge.catalog.tree import Tree
from understudy_knowledge.errors import DataSourceError

_PROJECT_FILE = "dbt_project.yml"
_MODEL_BYTES = 512 * 1024
_SNAPSHOT = re.compile(r"\{%-?\s*snapshot\s+(\w+)\s*-?%\}(.*?)\{%-?\s*endsnapshot", re.DOTALL)
_SNAPSHOT_COLUMNS = (
    ("dbt_scd_id", "VARCHAR"), ("dbt_updated_at", "TIMESTAMP"), ("dbt_valid_from", "TIMESTAMP"),
    ("dbt_valid_to", "TIMESTAMP"),
)  # fmt: skip


@frozen
class _Project:
    """Paths are relative to the workspace."""

    folder: str
    files: tuple[str, ...]
    """All of its files that dbt reads: YAML, models, snapshots and seeds."""
    models: tuple[str, ...]
    seeds: tuple[str, ...]
    snapshots: tuple[str, ...]
    target: str


def dbt_projects(tree: Tree) -> Iterator[Source]:
    """Two sources for each project: its manifest, which may yet be written, and its own files."""
    for name in tree.ending(f"/{_PROJECT_FILE}", _PROJECT_FILE):
        if PurePosixPath(name).name == _PROJECT_FILE:
            project = _project(name, tree)
            manifest = f"{project.target}/manifest.json"
            compiled = tree.root / manifest, tree.root / project.target / "catalog.json"
            yield Source(
                manifest,
                Precedence.MANIFEST,
                compiled,
                partial(_read_compiled, *compiled, manifest, tree.dialect),
            )
            yield Source(
                name,
                Precedence.DOCUMENTATION,
                tuple(tree.root / path for path in (name, *project.files)),
                partial(_read_files, project, tree.root, tree.dialect),
            )


def _project(name: str, tree: Tree) -> _Project:
    folder = PurePosixPath(name).parent.as_posix()
    prefix = "" if folder == "." else f"{folder}/"
    try:
        content = load_yaml((tree.root / name).read_text("utf-8-sig", errors="replace"))
    except (OSError, NotReadableError):
        content = None
    settings: dict[str, Any] = content if isinstance(content, dict) else {}

    def below(setting: str, old: str, *usual: str) -> tuple[str, ...]:
        stated = settings.get(setting) or settings.get(old)
        folders = [part for part in stated if isinstance(part, str)] if isinstance(stated, list) else usual
        return tuple(f"{prefix}{part.strip('/')}/" for part in folders)

    models, seeds, snapshots = (
        below("model-paths", "source-paths", "models"),
        below("seed-paths", "data-paths", "seeds", "data"),
        below("snapshot-paths", "snapshot-paths", "snapshots"),
    )
    files = tuple(
        path
        for path in tree.ending(".sql", ".yml", ".yaml", ".csv")
        if path.startswith((*models, *seeds, *snapshots))
    )
    target = settings.get("target-path")
    return _Project(
        folder, files, models, seeds, snapshots, f"{prefix}{target if isinstance(target, str) else 'target'}"
    )


def _read_compiled(manifest: Path, types: Path, name: str, dialect: str, known: Known) -> Catalog:
    if not manifest.is_file():
        return Catalog(dialect=dialect)
    return read_manifest(manifest, types, name=name, dialect=dialect)


def _read_files(project: _Project, root: Path, dialect: str, known: Known) -> Catalog:
    notes: list[str] = []
    documents: list[Table] = []
    models: dict[str, tuple[str, str]] = {}
    seeds: list[Table] = []

    def read(path: str) -> None:
        if path.endswith((".yml", ".yaml")):
            documents.extend(read_documents(load_yaml(_text(root / path)), source=path))
        elif path.endswith(".csv") and path.startswith(project.seeds):
            seeds.append(Table(table_name(path), read_csv_header(root / path, path), source=path))
        elif path.endswith(".sql"):
            _add_models(models, path, _text(root / path), project)

    for path in project.files:
        notes += _note(read, path)
    derived = _derived(models, seeds, dialect, known)
    described = Catalog(tuple(documents), dialect, tuple(notes))
    return merge(Catalog(dialect=dialect), Catalog(tuple(seeds), dialect), derived, described)


def _note(read: Callable[[str], None], path: str) -> Iterator[str]:
    """What is to be said of a file that could not be read."""
    try:
        read(path)
    except NotReadableError as error:
        yield f"{path}: descriptions skipped, {error}."
    except DataSourceError as error:
        yield str(error)
    except OSError as error:
        yield f"{path} cannot be read ({error.strerror or error})."


def _text(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(_MODEL_BYTES).decode("utf-8-sig", "replace")


def _add_models(models: dict[str, tuple[str, str]], path: str, text: str, project: _Project) -> None:
    """The queries of a file by the name that `ref` has for each; the first file of a name counts."""
    if path.startswith(project.models):
        models.setdefault(PurePosixPath(path).stem, (path, text))
    for match in _SNAPSHOT.finditer(text):
        models.setdefault(match[1], (path, match[2]))


def _derived(
    models: dict[str, tuple[str, str]], seeds: Iterable[Table], dialect: str, known: Known
) -> Catalog:
    """The columns that models have by their SQL, each after those that it refers to."""
    replay = Replay(dialect, known).take_over(seeds)
    for name in _in_order(models):
        path, text = models[name]
        query = plain_sql(text).strip().rstrip(";")
        if query:
            replay.apply(CreateFrom(Table(name, (), kind="view", source=path), query))
    made = replay.catalog(final=False)
    seeded = {seed.name for seed in seeds}
    tables = (
        _certain(table, snapshot=PurePosixPath(models[table.name][0]).stem != table.name)
        for table in made.tables
        if table.name in models and table.name not in seeded
    )
    return Catalog(tuple(tables), dialect)


def _certain(table: Table, *, snapshot: bool) -> Table:
    """Without the columns whose names only running the project would tell; with those that every snapshot has."""
    columns = [column for column in table.columns if UNKNOWN not in column.name]
    if snapshot:
        columns += [
            Column(name, declared, family=family_of(declared, name)) for name, declared in _SNAPSHOT_COLUMNS
        ]
    return evolve(table, columns=tuple(columns), partial=len(columns) < len(table.columns))


def _in_order(models: dict[str, tuple[str, str]]) -> Iterator[str]:
    """The names so that each comes after those that it refers to; circles are broken anywhere."""
    done: set[str] = set()
    for start in models:
        path = [(start, iter(references(models[start][1])))]
        entered = {start}
        while path:
            name, parents = path[-1]
            parent = next((one for one in parents if one in models and one not in done | entered), None)
            if parent is not None:
                entered.add(parent)
                path.append((parent, iter(references(models[parent][1]))))
            else:
                path.pop()
                if name not in done:
                    done.add(name)
                    yield name
