"""Tables that SQLAlchemy, SQLModel, Flask-SQLAlchemy and Flask-AppBuilder models declare, read without importing them."""

import ast
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import PurePosixPath

from attrs import define, evolve

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
from understudy_knowledge.catalog.sqlalchemy_columns import (
    Declared,
    Scope,
    column_call,
    constraint_keys,
    read_column_call,
)
from understudy_knowledge.catalog.sqlalchemy_tables import (
    TableArguments,
    computed_name,
    constrained,
    declared_column,
    framework_name,
    is_mapped,
    returned_column,
    schema_of,
    table_arguments,
    together,
)
from understudy_knowledge.catalog.tree import Tree

_PACKAGE = (b"sqlalchemy", b"sqlmodel", b"SQLModel", b"SQLAlchemy", b"flask_appbuilder", b"db.Model")
_WORDS = (
    b"Column(", b"mapped_column", b"Mapped[", b"__tablename__", b"DeclarativeBase", b"declarative_base", b"SQLModel", b"Table(",
    b"TypeDecorator", b"MetaData(", b"String(", b"Text(", b"_TABLE", b"TABLE_",
)  # fmt: skip
"""A file has one of the packages' names and one of these words, or it is not parsed."""
_MIGRATION_FOLDERS = frozenset(("versions", "alembic", "migrations"))
_NAMED_BY_FRAMEWORK = ("db.Model", "Model")
_ROOTS = frozenset(("object", "DeclarativeBase", "DeclarativeBaseNoMeta", "Protocol"))
_DEEPEST = 30


def sqlalchemy_models(tree: Tree) -> Iterator[Source]:
    """One source for all models: they refer to each other's mixins and tables across files."""
    paths = tuple(
        path
        for path in tree.ending(".py")
        if not _MIGRATION_FOLDERS & set(PurePosixPath(path).parent.parts[-2:])
    )
    if paths:
        files = tuple(tree.root / path for path in paths)
        yield Source("SQLAlchemy models", Precedence.MODELS, files, partial(_read, tree, paths))


def _read(tree: Tree, paths: tuple[str, ...], known: Known) -> Catalog:
    return read_sqlalchemy(read_modules(tree.root, paths, _PACKAGE, _WORDS), dialect=tree.dialect)


def read_sqlalchemy(modules: Modules, *, dialect: str) -> Catalog:
    """The tables of all models in `modules`. Foreign keys stand as written."""
    tables = _Linker(modules).tables()
    return Catalog(tuple(tables), dialect, modules.notes)


@define
class _Model:
    """A class that may be a table, an abstract base or a mixin."""

    node: ast.ClassDef
    scope: Scope
    bases: tuple[str, ...]

    @property
    def source(self) -> str:
        return f"{self.scope.module.path}:{self.node.lineno}"


class _Linker:
    def __init__(self, modules: Modules) -> None:
        impls = {
            node.name: value
            for module in modules.modules
            for node in module.classes
            for name, value, _, _ in assigned(node.body)
            if name == "impl" and value is not None
        }
        self._models: dict[str, list[_Model]] = {}
        self._cores: list[tuple[Scope, ast.Call]] = []
        for module in modules.modules:
            scope = Scope(module, modules, impls)
            for node in module.classes:
                bases = tuple(_dotted(base) for base in node.bases)
                self._models.setdefault(node.name, []).append(_Model(node, scope, bases))
            self._cores += [(scope, call) for call in module.calls if _called(call, module) == "Table"]

    def tables(self) -> Iterator[Table]:
        found: dict[str, Table] = {}
        for model in (model for models in self._models.values() for model in models):
            table = self._table(model)
            if table is not None:
                known = found.get(table.path.lower())
                found[table.path.lower()] = together(known, table) if known else table
        for scope, call in self._cores:
            core = self._core(scope, call, "")
            if core is not None:
                found.setdefault(core.path.lower(), core)
        for table in found.values():
            yield evolve(table, columns=tuple(_typed(column, table, found) for column in table.columns))

    def _table(self, model: _Model) -> Table | None:
        if not model.bases or _ROOTS.intersection(base.rpartition(".")[2] for base in model.bases):
            return None  # a mixin, or the base of all models
        if any(name == "__abstract__" and is_true(value) for name, value, _, _ in assigned(model.node.body)):
            return None
        given = next((value for name, value, _, _ in assigned(model.node.body) if name == "__table__"), None)
        if isinstance(given, ast.Call):
            return self._core(model.scope, given, docstring(model.node))
        lineage = list(self._lineage(model))
        name = self._table_name(model, lineage)
        if not name:
            return None
        declared = self._declared(model, lineage)
        if not declared:
            return None
        arguments = self._arguments(lineage)
        table = Table(
            name,
            tuple(found.column for found in declared.values()),
            tuple(self._keys(declared.values(), model)),
            comment=arguments.comment or docstring(model.node),
            source=model.source,
            namespace=arguments.namespace,
        )
        return constrained(table, arguments.constraints)

    def _lineage(self, model: _Model, depth: int = 0) -> Iterator[_Model]:
        """The class and those it takes from, in the order in which Python looks: nearly, which is enough here."""
        yield model
        if depth > _DEEPEST:
            return
        for base in model.bases:
            if (parent := self._find(base.rpartition(".")[2], model)) is not None:
                yield from self._lineage(parent, depth + 1)

    def _find(self, name: str, near: _Model) -> _Model | None:
        found = [model for model in self._models.get(name, ()) if model is not near]
        if not found:
            bound = near.scope.module.bound.get(name)  # from x import A as B
            alias = last_name(bound) if bound is not None else ""
            return (
                self._find(alias, near) if alias and alias != name and isinstance(bound, ast.Name) else None
            )
        same = [model for model in found if model.scope.module is near.scope.module]
        return (same or found)[0]

    def _table_name(self, model: _Model, lineage: list[_Model]) -> str:
        """What the class calls its table, itself or through a mixin or its framework; empty where it has none of its own."""
        for ancestor in lineage:
            if ancestor is not model and self._is_table(ancestor):
                break  # a subclass in its parent's table, unless it says otherwise itself
            for name, value, _, _ in assigned(ancestor.node.body):
                if name == "__tablename__" and value is not None and not _is_none(value):
                    return ancestor.scope.text(value) or ""
            for statement in ancestor.node.body:
                if isinstance(statement, ast.FunctionDef) and statement.name == "__tablename__":
                    return computed_name(model.node.name, statement)
        else:
            if any(is_true(given.value) for given in model.node.keywords if given.arg == "table"):
                return model.node.name.lower()
            roots = {base for ancestor in lineage for base in ancestor.bases}
            if roots.intersection(_NAMED_BY_FRAMEWORK) and any(
                column_call(value, model.scope) for _, value, _, _ in assigned(model.node.body)
            ):
                return framework_name(model.node.name)
        return self._parents_table(model, lineage)

    def _parents_table(self, model: _Model, lineage: list[_Model]) -> str:
        """The table of the class that `model` is a kind of, where all kinds share one."""
        parent = next(
            (ancestor for ancestor in lineage if ancestor is not model and self._is_table(ancestor)), None
        )
        return self._table_name(parent, list(self._lineage(parent))) if parent else ""

    def _is_table(self, model: _Model) -> bool:
        """Whether the class itself has a table, by what it says of its own."""
        own = list(assigned(model.node.body))
        if any(name == "__abstract__" and is_true(value) for name, value, _, _ in own):
            return False
        stated = (value for name, value, _, _ in own if name in ("__tablename__", "__table__"))
        if all(value is None or _is_none(value) for value in stated):
            return False
        return any(
            column_call(value, model.scope) is not None or is_mapped(annotation)
            for _, value, annotation, _ in own
        )

    def _declared(self, model: _Model, lineage: list[_Model]) -> dict[str, Declared]:
        """Columns by attribute: the class's own, then those of mixins and abstract bases, up to the next table."""
        is_sqlmodel = any(base.rpartition(".")[2] == "SQLModel" for one in lineage for base in one.bases)
        found: dict[str, Declared | None] = {}
        for ancestor in lineage:
            if ancestor is not model and self._is_table(ancestor):
                continue
            for name, value, annotation, _ in assigned(ancestor.node.body):
                if name not in found:
                    found[name] = declared_column(
                        name, value, annotation, ancestor.scope, sqlmodel=is_sqlmodel
                    )
            for statement in ancestor.node.body:
                if isinstance(statement, ast.FunctionDef) and statement.name not in found:
                    found[statement.name] = returned_column(statement, ancestor.scope)
        return {name: declared for name, declared in found.items() if declared is not None}

    def _arguments(self, lineage: list[_Model]) -> TableArguments:
        arguments = TableArguments()
        for model in lineage:
            for name, value, _, _ in assigned(model.node.body):
                if name == "__table_args__" and arguments == TableArguments():
                    arguments = table_arguments(value, model.scope)
                elif name == "metadata" and isinstance(value, ast.expr) and not arguments.namespace:
                    arguments = evolve(arguments, namespace=schema_of(value, model.scope))
        return arguments

    def _core(self, scope: Scope, call: ast.Call, comment: str) -> Table | None:
        """The table of `Table("name", metadata, Column(…), …)`."""
        name = scope.text(call.args[0]) if call.args else None
        if not name:
            return None
        declared = [
            found
            for argument in call.args[1:]
            if (inner := column_call(argument, scope)) is not None
            and (found := read_column_call("", inner, scope)) is not None
        ]
        if not declared:
            return None
        owner = _Model(ast.ClassDef(name, [], [], [], []), scope, ())
        metadata = call.args[1] if len(call.args) > 1 else None
        table = Table(
            name,
            tuple(found.column for found in declared),
            tuple(self._keys(declared, owner)),
            comment=scope.text(keyword(call, "comment")) or comment,
            source=f"{scope.module.path}:{call.lineno}",
            namespace=scope.text(keyword(call, "schema")) or (schema_of(metadata, scope) if metadata else ""),
        )
        return constrained(table, tuple(constraint_keys(call.args[2:], scope)))

    def _keys(self, declared: Iterable[Declared], owner: _Model) -> Iterator[ForeignKey]:
        for found in declared:
            table, _, column = found.parent.rpartition(".")
            if found.of_class and (parent := self._find(table, owner)) is not None:
                table = self._table_name(parent, list(self._lineage(parent)))
            if table:
                yield ForeignKey((found.column.name,), table, (column,))


def _typed(column: Column, table: Table, tables: dict[str, Table], depth: int = 0) -> Column:
    """The column with the type of what it refers to, where it says none of its own."""
    if column.type or depth > _DEEPEST:
        return column
    for key in table.foreign_keys:
        parent = tables.get(key.ref_table.lower())
        if key.columns == (column.name,) and parent is not None and key.ref_columns:
            target = parent.column(key.ref_columns[0])
            if target is not None and target is not column:
                found = _typed(target, parent, tables, depth + 1)
                return evolve(column, type=found.type, family=found.family)
    return column


def _dotted(base: ast.expr) -> str:
    """A base class as written, the arguments of a generic left out."""
    if isinstance(base, ast.Subscript):
        base = base.value
    return ast.unparse(base) if isinstance(base, ast.Name | ast.Attribute) else last_name(base)


def _called(call: ast.Call, module: PythonModule) -> str:
    """What is called, by the name that it has where it comes from."""
    name = last_name(call)
    bound = module.bound.get(name)
    return last_name(bound) if isinstance(bound, ast.Name) else name


def _is_none(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value is None
