"""The operations of Django's migrations as changes of a schema; what they compute, or do in Python, is not read."""

import ast
from collections.abc import Iterator

from attrs import define, evolve, field

from understudy_knowledge.catalog.ddl import read_definitions
from understudy_knowledge.catalog.ddl_changes import (
    AddColumn,
    AddForeignKey,
    AlterColumn,
    Change,
    CreateTable,
    DropColumn,
    DropTable,
    Name,
    RenameColumn,
    RenameTable,
)
from understudy_knowledge.catalog.ddl_dialect import dialect_of_ddl
from understudy_knowledge.catalog.django_fields import KEY, Field, read_field
from understudy_knowledge.catalog.django_framework import TABLES
from understudy_knowledge.catalog.family import family_of
from understudy_knowledge.catalog.model import ForeignKey, Table
from understudy_knowledge.catalog.orm_modules import Modules, PythonModule, is_true, keyword, last_name

_Label = tuple[str, str]
"""An app and a model in it, in lower case: how migrations refer to models."""


@define
class _Model:
    """A model as the operations so far leave it; `stated` is whether they name its table."""

    name: str
    table: str
    stated: bool
    fields: dict[str, Field]


@define
class Operations:
    """What operations did so far, from the first one on. `user` is the model that AUTH_USER_MODEL means."""

    modules: Modules
    dialect: str
    user: str
    _models: dict[_Label, _Model] = field(factory=dict, init=False)
    _links: dict[tuple[_Label, str], Table] = field(factory=dict, init=False)
    """The tables of many-to-many relations, by model and field."""

    def changes(self, operations: ast.expr | None, app: str, module: PythonModule) -> Iterator[Change]:
        """What a list of operations does, one after the other. One that cannot be read does nothing."""
        for each in operations.elts if isinstance(operations, ast.List | ast.Tuple) else ():
            if isinstance(each, ast.Call):
                yield from _Step(self, each, app, module).changes()

    def tables_of(self, app: str) -> set[str]:
        """The names of the tables that models of the app have now, in lower case."""
        own = {model.table.lower() for (owner, _), model in self._models.items() if owner == app}
        return own | {table.name.lower() for ((owner, _), _), table in self._links.items() if owner == app}

    def relinked(self) -> Iterator[Change]:
        """The tables between models made as they should be now, after a change of a relation or of a name."""
        links = {
            (label, each.name): self._link(label, model, each)
            for label, model in self._models.items()
            for each in model.fields.values()
            if each.to_many and keyword(each.call, "through") is None
        }
        yield from (
            DropTable(Name(table.name)) for key, table in self._links.items() if links.get(key) != table
        )
        yield from (CreateTable(table) for key, table in links.items() if self._links.get(key) != table)
        self._links = links

    def label(self, target: str, app: str, model: str) -> _Label:
        """The model that a relation in `model` of `app` points to."""
        if target == "self":
            return app, model.lower()
        owner, _, name = (self.user if target == "AUTH_USER_MODEL" else target).rpartition(".")
        return (owner or app).lower(), name.lower()

    def table_of(self, label: _Label) -> str:
        """Its table; that of a model outside of the workspace by Django's rule."""
        known = self._models.get(label)
        framework = {name.lower(): table for name, table in TABLES.items()}
        return known.table if known else framework.get(label[1], "_".join(label))

    def key_type(self, label: _Label) -> str:
        """The type of the model's primary key."""
        known = self._models.get(label)
        columns = (each.column for each in known.fields.values()) if known else ()
        return next((column.type for column in columns if column and column.primary_key), "") or KEY.type

    def _link(self, label: _Label, model: _Model, relation: Field) -> Table:
        one = label[1]
        target = _parsed(relation.target)
        ends = (f"from_{one}_id", f"to_{one}_id") if target == label else (f"{one}_id", f"{target[1]}_id")
        stated = self.modules.text(keyword(relation.call, "db_table"), relation.module)
        return Table(
            stated or f"{model.table}_{relation.name}",
            (KEY, *(evolve(KEY, name=end, primary_key=False) for end in ends)),
            (ForeignKey((ends[0],), model.table, ()), ForeignKey((ends[1],), self.table_of(target), ())),
            source=f"{relation.module.path}:{relation.call.lineno}",
        )

    @property
    def models(self) -> dict[_Label, _Model]:
        """The models that there are now."""
        return self._models


@define
class _Step:
    """One operation of a migration of `app`."""

    so_far: Operations
    call: ast.Call
    app: str
    module: PythonModule

    def changes(self) -> Iterator[Change]:
        kind = last_name(self.call)
        own = self.so_far.modules.class_named(kind)
        match last_name(own.bases[0]) if own and own.bases else kind:
            case "CreateModel":
                yield from self._create()
            case "DeleteModel":
                yield from self._delete()
            case "RenameModel":
                yield from self._rename_model()
            case "AlterModelTable":
                yield from self._move()
            case "AddField" | "AlterField" as operation:
                yield from self._set_field(is_new=operation == "AddField")
            case "RemoveField":
                yield from self._remove_field()
            case "RenameField":
                yield from self._rename_field()
            case "RunSQL":
                yield from self._sql(self._given(0, "sql"))
                yield from self._inner(self._given(2, "state_operations"))
            case "SeparateDatabaseAndState":
                yield from self._inner(self._given(0, "database_operations"))
                yield from self._inner(self._given(1, "state_operations"))

    def _create(self) -> Iterator[Change]:
        name = self._text(0, "name")
        options = self._given(2, "options")
        said = dict(zip(options.keys, options.values, strict=True)) if isinstance(options, ast.Dict) else {}
        stated = {key.value: value for key, value in said.items() if isinstance(key, ast.Constant)}
        if not name or is_true(stated.get("proxy")):
            return
        table = self.so_far.modules.text(stated.get("db_table"), self.module)
        model = _Model(name, (table or self._usual_table(name)).replace('"', ""), bool(table), {})
        self.so_far.models[self.app, name.lower()] = model
        listed = self._given(1, "fields")
        for each in listed.elts if isinstance(listed, ast.List | ast.Tuple) else ():
            if isinstance(each, ast.Tuple) and len(each.elts) == 2:
                field_name = self.so_far.modules.text(each.elts[0], self.module)
                if field_name and (found := self._field(model, field_name, each.elts[1])):
                    model.fields[field_name] = found
        own = [each for each in model.fields.values() if each.column]
        columns = [each.column for each in own if each.column]
        if not any(column.primary_key for column in columns):
            columns.insert(0, KEY)
        keys = tuple(key for each in own if (key := self._key(each)))
        yield CreateTable(Table(model.table, tuple(columns), keys, source=self._place))
        yield from self._relinked_for(*model.fields.values())

    def _delete(self) -> Iterator[Change]:
        model = self.so_far.models.pop((self.app, self._text(0, "name").lower()), None)
        # A model that moves to another app leaves its table behind.
        if model and all(other.table != model.table for other in self.so_far.models.values()):
            yield from self.so_far.relinked()
            yield DropTable(Name(model.table))

    def _rename_model(self) -> Iterator[Change]:
        old, new = self._text(0, "old_name").lower(), self._text(1, "new_name")
        model = self.so_far.models.pop((self.app, old), None) if new else None
        if model is None:
            return
        self.so_far.models[self.app, new.lower()] = model
        model.name = new
        for other in self.so_far.models.values():
            for name, each in other.fields.items():
                if each.target == f"{self.app}.{old}":
                    other.fields[name] = evolve(each, target=f"{self.app}.{new.lower()}")
        if not model.stated:
            yield from self._renamed(model, self._usual_table(new))
        yield from self.so_far.relinked()

    def _move(self) -> Iterator[Change]:
        if (model := self._model("name")) is not None:
            table = self._text(1, "table")
            model.stated = bool(table)
            yield from self._renamed(model, table.replace('"', "") or self._usual_table(model.name))
            yield from self.so_far.relinked()

    def _renamed(self, model: _Model, table: str) -> Iterator[Change]:
        if table != model.table:
            yield RenameTable(Name(model.table), table)
            model.table = table

    def _set_field(self, *, is_new: bool) -> Iterator[Change]:
        model, name = self._model("model_name"), self._text(1, "name")
        declared = self._given(2, "field")
        found = self._field(model, name, declared) if model and name and declared else None
        before = model.fields.get(name) if model else None
        # Another branch of the migrations may have renamed what this one alters.
        if model is None or found is None or not (before or is_new):
            return
        model.fields[name] = found
        table = Name(model.table)
        if found.column and before and before.column:
            yield AlterColumn(table, before.column.name, redefined=found.column)
        elif found.column:
            yield AddColumn(table, evolve(found.column, source=self._place))
        if (key := self._key(found)) and (before is None or before.target != found.target):
            yield AddForeignKey(table, key)
        yield from self._relinked_for(found, *((before,) if before else ()))

    def _remove_field(self) -> Iterator[Change]:
        model = self._model("model_name")
        gone = model.fields.pop(self._text(1, "name"), None) if model else None
        if model and gone:
            if gone.column:
                yield DropColumn(Name(model.table), gone.column.name)
            yield from self._relinked_for(gone)

    def _rename_field(self) -> Iterator[Change]:
        model, new = self._model("model_name"), self._text(2, "new_name")
        old = model.fields.pop(self._text(1, "old_name"), None) if model and new else None
        if model is None or old is None:
            return
        column = old.column
        if column and keyword(old.call, "db_column") is None:
            column = evolve(column, name=f"{new}_id" if old.to_one else new)
            yield RenameColumn(Name(model.table), old.column.name if old.column else "", column.name)
        model.fields[new] = evolve(old, name=new, column=column)
        yield from self._relinked_for(old)

    def _sql(self, sql: ast.expr | None) -> Iterator[Change]:
        """What a statement, a list of them, or a list of (statement, parameters) does."""
        parts = sql.elts if isinstance(sql, ast.List | ast.Tuple) else [sql]
        for part in parts:
            statement = part.elts[0] if isinstance(part, ast.Tuple) and part.elts else part
            if text := self.so_far.modules.text(statement, self.module):
                dialect = dialect_of_ddl(text) or self.so_far.dialect
                yield from read_definitions(text, dialect=dialect, source=self.module.path).changes

    def _inner(self, operations: ast.expr | None) -> Iterator[Change]:
        return self.so_far.changes(operations, self.app, self.module)

    def _field(self, model: _Model, name: str, declared: ast.expr) -> Field | None:
        """The field with its target as `app.model` in lower case, and with its column's type."""
        found = read_field(name, declared, self.module, self.so_far.modules)
        if found is None or not found.target:
            return found
        label = self.so_far.label(found.target, self.app, model.name)
        column = found.column
        if column and not column.type:
            key = self.so_far.key_type(label)
            column = evolve(column, type=key, family=family_of(key, column.name))
        return evolve(found, target=".".join(label), column=column)

    def _key(self, relation: Field) -> ForeignKey | None:
        if not relation.target or relation.column is None:
            return None
        return ForeignKey((relation.column.name,), self.so_far.table_of(_parsed(relation.target)), ())

    def _relinked_for(self, *fields: Field) -> Iterator[Change]:
        return self.so_far.relinked() if any(each.to_many for each in fields) else iter(())

    def _model(self, argument: str) -> _Model | None:
        return self.so_far.models.get((self.app, self._text(0, argument).lower()))

    def _usual_table(self, model: str) -> str:
        return f"{self.app}_{model.lower()}"

    def _given(self, place: int, name: str) -> ast.expr | None:
        return self.call.args[place] if place < len(self.call.args) else keyword(self.call, name)

    def _text(self, place: int, name: str) -> str:
        return self.so_far.modules.text(self._given(place, name), self.module) or ""

    @property
    def _place(self) -> str:
        return f"{self.module.path}:{self.call.lineno}"


def _parsed(target: str) -> _Label:
    app, _, name = target.rpartition(".")
    return app, name
