"""Django's migrations replayed in the order of their dependencies, read without running them."""

import ast
from collections.abc import Iterator
from functools import partial
from pathlib import PurePosixPath

from attrs import evolve, frozen

from understudy_knowledge.catalog.ddl_replay import Replay
from understudy_knowledge.catalog.django_models import (
    app_folders,
    app_labels,
    app_of,
    declares_models,
    user_model,
)
from understudy_knowledge.catalog.django_operations import Operations
from understudy_knowledge.catalog.migrations_alembic import Revision, in_order
from understudy_knowledge.catalog.model import Catalog
from understudy_knowledge.catalog.orm_modules import Modules, PythonModule, assigned, read_modules
from understudy_knowledge.catalog.source import Known, Precedence, Source
from understudy_knowledge.catalog.tree import Tree

_FOLDER = "migrations"
_WORDS = ((b"Migration",), (b"operations",), (b"migrations.",))
_BESIDE = ((b"models.", b"AppConfig", b"AUTH_USER_MODEL"),)
_REHEARSALS = frozenset(("test", "tests", "testing"))


def django_migrations(tree: Tree) -> Iterator[Source]:
    """One source for the migrations of all apps: they depend on each other.

    Where an app has models, these say more, so of its migrations only what is written in SQL counts.
    """
    paths = [path for path in tree.ending(".py") if _REHEARSALS.isdisjoint(PurePosixPath(path).parent.parts)]
    steps = tuple(path for path in paths if _is_step(PurePosixPath(path)))
    if not steps:
        return
    apps = {PurePosixPath(path).parent.parent for path in steps}
    beside = tuple(path for path in paths if _says_of_apps(PurePosixPath(path), apps))
    files = tuple(tree.root / path for path in (*steps, *beside))
    yield Source("Django migrations", Precedence.MODELS, files, partial(_read, tree, steps, beside))


def _is_step(path: PurePosixPath) -> bool:
    return path.parent.name == _FOLDER and path.name != "__init__.py"


def _says_of_apps(path: PurePosixPath, apps: set[PurePosixPath]) -> bool:
    """Whether it holds models of an app or its label, or the settings."""
    if path.name in ("models.py", "apps.py"):
        return path.parent in apps
    if "models" in path.parent.parts:
        return not apps.isdisjoint(path.parents)
    return "settings" in (path.stem, path.parent.name)


@frozen
class _Migration:
    """A step of `app`. `names` are those that it has for others: its own, and of those steps that it replaces."""

    app: str
    names: tuple[str, ...]
    before: tuple[str, ...]
    module: PythonModule
    operations: ast.expr | None


def _read(tree: Tree, steps: tuple[str, ...], beside: tuple[str, ...], known: Known) -> Catalog:
    around = read_modules(tree.root, beside, *_BESIDE)
    modules = read_modules(tree.root, steps, *_WORDS)
    labels = app_labels(around, app_folders(tree))
    read = [each for module in modules.modules for each in _migrations(module, labels, modules)]
    operations = Operations(modules, tree.dialect, user_model(around))
    replay = Replay(tree.dialect, known)
    for each in _ordered(read):
        replay.apply_all(operations.changes(each.operations, each.app, each.module))
    catalog = replay.catalog()
    modeled = {app_of(module.path, labels).lower() for module in around.modules if declares_models(module)}
    less = {name for app in modeled for name in operations.tables_of(app)}
    tables = tuple(table for table in catalog.tables if table.name.lower() not in less)
    return evolve(catalog, tables=tables, notes=(*modules.notes, *catalog.notes))


def _migrations(module: PythonModule, labels: dict[str, str], modules: Modules) -> Iterator[_Migration]:
    path = PurePosixPath(module.path)
    app = app_of(path.parent.as_posix(), labels).lower()
    for node in module.classes:
        if node.name == "Migration":
            said = {name: value for name, value, _, _ in assigned(node.body)}
            names = (f"{app}.{path.stem}", *_pairs(said.get("replaces"), module, modules))
            before = tuple(_pairs(said.get("dependencies"), module, modules))
            yield _Migration(app, names, before, module, said.get("operations"))


def _pairs(listed: ast.expr | None, module: PythonModule, modules: Modules) -> Iterator[str]:
    """`[("app", "0001_initial"), …]` as `app.0001_initial`."""
    for each in listed.elts if isinstance(listed, ast.List | ast.Tuple) else ():
        if isinstance(each, ast.Tuple) and len(each.elts) == 2:
            app, name = (modules.text(part, module) or "" for part in each.elts)
            yield f"{app.lower()}.{name}"


def _ordered(migrations: list[_Migration]) -> Iterator[_Migration]:
    """Each after those that it depends on; those that a squashed one replaces are left out."""
    replaced = {name: each.names[0] for each in migrations for name in each.names[1:]}
    kept = {each.names[0]: each for each in migrations if each.names[0] not in replaced}
    order = in_order(
        Revision(name, tuple(replaced.get(before, before) for before in each.before), ())
        for name, each in kept.items()
    )
    return (kept[step.name] for step in order)
