"""Tables that Django models declare, read without importing them or Django."""

import ast
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import PurePosixPath

from attrs import define, evolve

from understudy_knowledge.catalog.django_fields import KEY, Field, read_field
from understudy_knowledge.catalog.django_framework import FIELDS, LINKS, TABLES
from understudy_knowledge.catalog.family import family_of
from understudy_knowledge.catalog.model import Catalog, Column, ForeignKey, Table
from understudy_knowledge.catalog.orm_modules import (
    Modules,
    PythonModule,
    assigned,
    docstring,
    is_true,
    keyword,
    last_name,
    read_modules,
)
from understudy_knowledge.catalog.source import Known, Precedence, Source
from understudy_knowledge.catalog.tree import Tree

_PACKAGE = (b"django", b"wagtail", b"AUTH_USER_MODEL")
_WORDS = (b"models.", b"AppConfig", b"AUTH_USER_MODEL", b"class Meta", b"Abstract", b"Choices")
_REHEARSALS = frozenset(("test", "tests"))
_DEEPEST = 20


def django_models(tree: Tree) -> Iterator[Source]:
    """One source for all models, where the workspace has any file that looks like Django's."""
    paths = tuple(
        path for path in tree.ending(".py") if "migrations" not in PurePosixPath(path).parent.parts[-1:]
    )
    if any(_is_django(path) for path in paths):
        files = tuple(tree.root / path for path in paths)
        yield Source("Django models", Precedence.MODELS, files, partial(_read, tree, paths))


def _is_django(path: str) -> bool:
    return PurePosixPath(path).name in ("models.py", "manage.py", "apps.py") or "/models/" in path


def _read(tree: Tree, paths: tuple[str, ...], known: Known) -> Catalog:
    modules = read_modules(tree.root, paths, _PACKAGE, _WORDS)
    return read_django(modules, dialect=tree.dialect, apps=app_folders(tree))


def read_django(modules: Modules, *, dialect: str, apps: Iterable[str] = ()) -> Catalog:
    """The tables of all models in `modules`, those of many-to-many relations included; `apps` are folders known to be apps."""
    tables: dict[str, Table] = {}
    for table in _Linker(modules, apps).tables():
        tables.setdefault(table.name.lower(), table)
    return Catalog(tuple(tables.values()), dialect, modules.notes)


@define
class _Model:
    """A class that may be a model. `app` is its app's label."""

    node: ast.ClassDef
    module: PythonModule
    app: str

    def meta(self, name: str) -> ast.expr | None:
        """What its own `class Meta` says."""
        for inner in self.node.body:
            if isinstance(inner, ast.ClassDef) and inner.name == "Meta":
                return next((value for found, value, _, _ in assigned(inner.body) if found == name), None)
        return None


class _Linker:
    def __init__(self, modules: Modules, apps: Iterable[str]) -> None:
        self._modules = modules
        labels = app_labels(modules, apps)
        self._models: dict[str, list[_Model]] = {}
        for module in modules.modules:
            app = app_of(module.path, labels)
            for node in module.classes:
                self._models.setdefault(node.name, []).append(_Model(node, module, app))
        self._user = user_model(modules)

    def tables(self) -> Iterator[Table]:
        for models in self._models.values():
            for model in models:
                if (
                    self._is_model(model)
                    and not is_true(model.meta("abstract"))
                    and not is_true(model.meta("proxy"))
                ):
                    yield from self._tables(model)

    def _is_model(self, model: _Model, depth: int = 0) -> bool:
        """Whether a base is Django's, or outside of the workspace while the fields are plainly Django's."""
        for base in model.node.bases:
            written = ast.unparse(base) if isinstance(base, ast.Attribute | ast.Name) else ""
            if written.endswith("models.Model") or last_name(base) in FIELDS:
                return True
            parent = self._find(last_name(base), model)
            if parent is not None:
                if depth < _DEEPEST and self._is_model(parent, depth + 1):
                    return True
            elif written not in ("object", "type") and _has_fields(model.node):
                return True
        return False

    def _find(self, name: str, near: _Model) -> _Model | None:
        found = [model for model in self._models.get(name, ()) if model.node is not near.node]
        nearest = sorted(found, key=lambda model: (model.module is not near.module, model.app != near.app))
        return nearest[0] if nearest else None

    def _tables(self, model: _Model) -> Iterator[Table]:
        fields = self._fields(model)
        name = self._table_name(model)
        parent = self._concrete_parent(model)
        columns = [field.column for field in fields.values() if field.column is not None]
        keys = [
            ForeignKey((field.column.name,), self._target_table(field.target, model), ())
            for field in fields.values()
            if field.target and field.column is not None
        ]
        if parent is not None:
            pointer = f"{parent.node.name.lower()}_ptr_id"
            if not any(column.primary_key for column in columns):
                columns.insert(0, evolve(KEY, name=pointer, type="", family="unknown"))
                keys.insert(0, ForeignKey((pointer,), self._table_name(parent), ()))
        elif not any(column.primary_key for column in columns):
            columns.insert(0, KEY)
        typed = tuple(self._typed(column, model, fields, parent) for column in columns)
        comment = self._modules.text(model.meta("db_table_comment"), model.module) or docstring(model.node)
        source = f"{model.module.path}:{model.node.lineno}"
        yield Table(name, typed, tuple(keys), comment=comment, source=source)
        for field in fields.values():
            if field.to_many and keyword(field.call, "through") is None:
                yield self._many(model, name, field)

    def _fields(self, model: _Model, depth: int = 0) -> dict[str, Field]:
        """Fields by name: those of abstract bases, then the class's own, which may replace them."""
        found: dict[str, Field] = {}
        for base in reversed(model.node.bases if depth < _DEEPEST else []):
            parent = self._find(last_name(base), model)
            if parent is not None and (is_true(parent.meta("abstract")) or not self._is_model(parent)):
                found |= self._fields(parent, depth + 1)
            elif parent is None:
                found |= _framework_fields(last_name(base), model)
        for name, value, _, _ in assigned(model.node.body):
            field = read_field(name, value, model.module, self._modules)
            if field is not None:
                found[name] = field
            elif name in found:  # `field = None` takes an inherited one away
                del found[name]
        return found

    def _concrete_parent(self, model: _Model) -> _Model | None:
        """The model with a table of its own that the class extends, be it through abstract ones."""
        for base in model.node.bases:
            parent = self._find(last_name(base), model)
            if parent is not None and self._is_model(parent):
                return self._concrete_parent(parent) if is_true(parent.meta("abstract")) else parent
        return None

    def _table_name(self, model: _Model) -> str:
        text = self._modules.text
        stated = text(model.meta("db_table"), model.module)
        if stated:
            return stated.replace('"', "")
        app = text(model.meta("app_label"), model.module) or model.app
        name = model.node.name.lower()
        return f"{app}_{name}" if app else name

    def _target(self, target: str, model: _Model) -> _Model | None:
        if target == "AUTH_USER_MODEL":
            target = self._user
        if target == "self":
            return model
        app, _, name = target.rpartition(".")
        found = [one for one in self._models.get(name, ()) if app in ("", one.app) and self._is_model(one)]
        return next((one for one in found if one.app == model.app), found[0] if found else None)

    def _target_table(self, target: str, model: _Model) -> str:
        """The table of a relation's target; that of a model outside of the workspace by Django's rule."""
        found = self._target(target, model)
        if found is not None:
            return self._table_name(found)
        target = self._user if target == "AUTH_USER_MODEL" else target
        return TABLES.get(target.rpartition(".")[2], target.replace(".", "_").lower())

    def _typed(
        self, column: Column, model: _Model, fields: dict[str, Field], parent: _Model | None
    ) -> Column:
        """A relation's column with the type of the key that it points to."""
        if column.type:
            return column
        field = next((field for field in fields.values() if field.column is column), None)
        target = self._target(field.target, model) if field is not None and field.target else parent
        if field is not None and not field.target and not field.to_one:
            return column
        for _ in range(_DEEPEST):
            if target is None:
                break
            key = next(
                (one for one in self._fields(target).values() if one.column and one.column.primary_key), None
            )
            if key is not None and key.column is not None and key.column.type:
                return evolve(column, type=key.column.type, family=key.column.family)
            if key is None or not key.target:
                break
            target = self._target(key.target, target)
        return evolve(column, type=KEY.type, family=family_of(KEY.type, column.name))

    def _many(self, model: _Model, table: str, field: Field) -> Table:
        """The table between two models, as Django makes it."""
        one, other = model.node.name.lower(), field.target.rpartition(".")[2].lower()
        target = self._target(field.target, model)
        if target is not None:
            other = target.node.name.lower()
        elif field.target == "AUTH_USER_MODEL":
            other = self._user.rpartition(".")[2].lower()
        ends = (f"from_{one}_id", f"to_{one}_id") if target is model else (f"{one}_id", f"{other}_id")
        parents = table, self._target_table(field.target, model)
        name = self._modules.text(keyword(field.call, "db_table"), model.module) or f"{table}_{field.name}"
        columns = (KEY, *(evolve(KEY, name=end, primary_key=False) for end in ends))
        keys = tuple(ForeignKey((end,), parent, ()) for end, parent in zip(ends, parents, strict=True))
        return Table(name, columns, keys, source=f"{model.module.path}:{field.call.lineno}")


def user_model(modules: Modules) -> str:
    """The model of users that settings name, else Django's own."""
    said = (
        modules.text(module.bound.get("AUTH_USER_MODEL"), module)
        for module in modules.modules
        if _REHEARSALS.isdisjoint(module.path.split("/"))
    )
    return next(filter(None, said), "auth.User")


def declares_models(module: PythonModule) -> bool:
    """Whether a class of the file looks like a model."""
    return any(
        _has_fields(node) or any(last_name(base).endswith("Model") for base in node.bases)
        for node in module.classes
    )


def _has_fields(node: ast.ClassDef) -> bool:
    """Whether the class says `models.…Field(…)` somewhere: forms and serializers have fields of their own."""
    return any(
        isinstance(value, ast.Call)
        and isinstance(value.func, ast.Attribute)
        and last_name(value.func.value) == "models"
        for _, value, _, _ in assigned(node.body)
    )


def _framework_fields(base: str, model: _Model) -> dict[str, Field]:
    call = ast.Call(ast.Name(base, ast.Load()), [], [], lineno=model.node.lineno)
    columns = {
        name: Field(name, call, model.module, Column(name, declared, family=family_of(declared, name)))
        for name, declared in FIELDS.get(base, ())
    }
    return columns | {
        name: Field(name, call, model.module, target=target, to_many=True)
        for name, target in LINKS.get(base, ())
    }


def app_folders(tree: Tree) -> tuple[str, ...]:
    """The folders that hold a package of migrations."""
    steps = (PurePosixPath(path) for path in tree.ending("/migrations/__init__.py"))
    return tuple(path.parent.parent.as_posix() for path in steps)


def app_labels(modules: Modules, apps: Iterable[str] = ()) -> dict[str, str]:
    """The label of the app in each folder: what its AppConfig says, else its name for those that are known to be `apps`."""
    labels: dict[str, str] = {}
    for module in modules.modules:
        for node in module.classes:
            if any(last_name(base).endswith("AppConfig") for base in node.bases):
                stated = {name: modules.text(value, module) for name, value, _, _ in assigned(node.body)}
                label = stated.get("label") or (stated.get("name") or "").rpartition(".")[2]
                if label:
                    labels.setdefault(PurePosixPath(module.path).parent.as_posix(), label)
    for folder in apps:
        labels.setdefault(folder, PurePosixPath(folder).name)
    return labels


def app_of(path: str, labels: dict[str, str]) -> str:
    """The app that a file belongs to: its folder's, or that of the folder around `models/`."""
    for folder in PurePosixPath(path).parents:
        if (label := labels.get(folder.as_posix())) is not None:
            return label
    parts = PurePosixPath(path).parent.parts
    return parts[parts.index("models") - 1] if "models" in parts[1:] else parts[-1] if parts else ""
