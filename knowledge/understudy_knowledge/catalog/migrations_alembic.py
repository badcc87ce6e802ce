"""Alembic revisions replayed in their order, read without running them: the plain calls of `upgrade`, nothing computed."""

import ast
import warnings
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import lru_cache, partial
from pathlib import Path, PurePosixPath

from attrs import evolve, frozen

from understudy_knowledge.catalog.ddl import read_definitions
from understudy_knowledge.catalog.ddl_changes import (
    AddColumn,
    AddForeignKey,
    AddPrimaryKey,
    AlterColumn,
    Change,
    CreateTable,
    DropColumn,
    DropTable,
    Name,
    RenameColumn,
    RenameTable,
)
from understudy_knowledge.catalog.ddl_replay import Replay
from understudy_knowledge.catalog.model import Catalog, ForeignKey, Table
from understudy_knowledge.catalog.orm_modules import (
    Modules,
    PythonModule,
    assigned,
    is_false,
    is_true,
    keyword,
    last_name,
)
from understudy_knowledge.catalog.source import Known, Precedence, Source
from understudy_knowledge.catalog.sqlalchemy_columns import (
    Scope,
    column_call,
    constraint_keys,
    read_column_call,
)
from understudy_knowledge.catalog.sqlalchemy_tables import constrained
from understudy_knowledge.catalog.tree import Tree

_FILE_BYTES = 1024 * 1024
_FOLDER = "versions"
_WRAPPED = frozenset(("create_table", "drop_table", "add_columns", "drop_columns"))
"""What projects call their own functions around Alembic's, with the same arguments."""


@frozen
class Revision:
    """One step: `before` are the revisions that it comes after."""

    name: str
    before: tuple[str, ...]
    changes: tuple[Change, ...]


def alembic_migrations(tree: Tree) -> Iterator[Source]:
    """A source for each folder of revisions, which Alembic calls `versions`.

    Revisions compute much that is not read here, so the models behind them count first.
    """
    folders: dict[str, list[str]] = defaultdict(list)
    for path in tree.ending(".py"):
        parent = PurePosixPath(path).parent
        if _FOLDER in parent.parts:
            folders["/".join(parent.parts[: parent.parts.index(_FOLDER) + 1])].append(path)
    for folder, names in folders.items():
        files = tuple(tree.root / name for name in names)
        yield Source(folder, Precedence.MODELS, files, partial(_read, tuple(names), tree.root, tree.dialect))


def _read(names: tuple[str, ...], root: Path, dialect: str, known: Known) -> Catalog:
    revisions: list[Revision] = []
    notes: list[str] = []
    for name in names:
        read = _try_revision(root, name, dialect)
        if isinstance(read, str):
            notes.append(read)
        elif read is not None:
            revisions.append(read)
    replay = Replay(dialect, known)
    for revision in in_order(revisions):
        replay.apply_all(revision.changes)
    catalog = replay.catalog()
    return evolve(catalog, notes=(*notes, *catalog.notes))


def in_order(revisions: Iterable[Revision]) -> Iterator[Revision]:
    """Each revision after those that it names; ties and circles go by the order in which they came."""
    waiting = list(revisions)
    done: set[str] = set()
    known = {revision.name for revision in waiting}
    while waiting:
        ready = [revision for revision in waiting if done.issuperset(known.intersection(revision.before))]
        for revision in ready or waiting[:1]:
            done.add(revision.name)
            yield revision
        waiting = [revision for revision in waiting if revision.name not in done]


def _try_revision(root: Path, name: str, dialect: str) -> Revision | str | None:
    """The revision of a file, None where it has none, or the sentence that says why it cannot be read."""
    try:
        found = (root / name).stat()
        return _revision(root / name, name, dialect, found.st_mtime_ns, found.st_size)
    except OSError as error:
        return f"{name} cannot be read ({error.strerror or error})."
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return f"{name}: revision skipped, the file is not valid Python."


@lru_cache(maxsize=8_192)
def _revision(path: Path, name: str, dialect: str, modified: int, size: int) -> Revision | None:
    if size > _FILE_BYTES:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = ast.parse(path.read_bytes(), filename=name)
    bound = {target: value for target, value, _, _ in assigned(tree.body) if value is not None}
    upgrade = next(
        (step for step in tree.body if isinstance(step, ast.FunctionDef) and step.name == "upgrade"), None
    )
    module = PythonModule(name, bound=bound)
    scope = Scope(module, Modules((module,)), {})
    revision = scope.text(bound.get("revision"))
    if not revision or upgrade is None:
        return None
    before = [
        text
        for part in ("down_revision", "depends_on")
        for expression in _elements(bound.get(part))
        if (text := scope.text(expression))
    ]
    functions = {step.name: step for step in tree.body if isinstance(step, ast.FunctionDef)}
    steps = _Steps(scope, functions, dialect)
    return Revision(revision, tuple(before), tuple(steps.of(upgrade.body, {})))


def _elements(expression: ast.expr | None) -> list[ast.expr]:
    if isinstance(expression, ast.Tuple | ast.List):
        return list(expression.elts)
    return [expression] if expression is not None else []


@frozen
class _Steps:
    """Reads the calls of a function's body; `batches` maps a batch's variable to its table."""

    scope: Scope
    functions: dict[str, ast.FunctionDef]
    dialect: str

    def of(self, body: Iterable[ast.stmt], batches: dict[str, Name], depth: int = 0) -> Iterator[Change]:
        """The changes in the order of the text; branches are taken as if all of them ran."""
        for statement in body:
            match statement:
                case ast.Expr(value=ast.Call() as call) | ast.Assign(value=ast.Call() as call):
                    helper = self.functions.get(call.func.id) if isinstance(call.func, ast.Name) else None
                    if helper is not None and depth < 5 and not call.args:
                        yield from self.of(helper.body, batches, depth + 1)
                    else:
                        yield from self._call(call, batches)
                case ast.With(items=items, body=inner):
                    yield from self.of(inner, batches | dict(self._opened(items)), depth)
                case ast.If(body=inner, orelse=other):
                    yield from self.of([*inner, *other], batches, depth)
                case ast.Try(body=inner):
                    yield from self.of(inner, batches, depth)

    def _opened(self, items: Iterable[ast.withitem]) -> Iterator[tuple[str, Name]]:
        for item in items:
            call, variable = item.context_expr, item.optional_vars
            if not isinstance(call, ast.Call) or last_name(call) != "batch_alter_table":
                continue
            table = self._table(call, call.args)
            if table is not None and isinstance(variable, ast.Name):
                yield variable.id, table

    def _call(self, call: ast.Call, batches: dict[str, Name]) -> Iterator[Change]:
        batch: Name | None = None
        match call.func:
            case ast.Attribute(value=owner, attr=operation):
                batch = batches.get(owner.id) if isinstance(owner, ast.Name) else None
                if batch is None and last_name(owner) != "op":
                    return
            case ast.Name(id=operation) if operation in _WRAPPED:
                pass
            case _:
                return
        arguments = list(call.args)
        if operation == "execute":
            yield from self._sql(call)
            return
        place = 1 if operation in ("create_primary_key", "create_foreign_key") and batch is None else 0
        table = batch or self._table(call, arguments[place:])
        if table is None:
            return
        rest = arguments if batch is not None else arguments[:place] + arguments[place + 1 :]
        yield from self._operation(operation, table, call, rest)

    def _operation(
        self, operation: str, table: Name, call: ast.Call, rest: list[ast.expr]
    ) -> Iterator[Change]:
        text = self.scope.text
        if operation == "create_table":
            yield from self._create(table, call, rest)
        elif operation == "drop_table":
            yield DropTable(table)
        elif operation == "rename_table" and (new := text(_given(call, rest, 0, "new_table_name"))):
            yield RenameTable(table, new)
        elif operation == "add_column" and (
            column := column_call(_given(call, rest, 0, "column"), self.scope)
        ):
            if (declared := read_column_call("", column, self.scope)) is not None:
                yield AddColumn(table, evolve(declared.column, source=self._place(call)))
                if "." in declared.parent:
                    parent, _, target = declared.parent.rpartition(".")
                    yield AddForeignKey(table, ForeignKey((declared.column.name,), parent, (target,)))
        elif operation == "add_columns":
            for added in rest:
                yield from self._operation("add_column", table, call, [added])
        elif operation == "drop_columns":
            for dropped in rest:
                yield from self._operation("drop_column", table, call, [dropped])
        elif operation == "drop_column" and (name := text(_given(call, rest, 0, "column_name"))):
            yield DropColumn(table, name)
        elif operation == "alter_column" and (name := text(_given(call, rest, 0, "column_name"))):
            nullable = keyword(call, "nullable")
            declared_type = self.scope.type(keyword(call, "type_")) if keyword(call, "type_") else None
            known = is_true(nullable) if is_true(nullable) or is_false(nullable) else None
            yield AlterColumn(table, name, declared_type or None, known)
            if new := text(keyword(call, "new_column_name")):
                yield RenameColumn(table, name, new)
        elif operation == "create_primary_key" and (columns := self._texts(_given(call, rest, 1, "columns"))):
            yield AddPrimaryKey(table, columns)
        elif operation == "create_foreign_key":
            parent_table = text(_given(call, rest, 1, "referent_table"))
            columns = self._texts(_given(call, rest, 2, "local_cols"))
            targets = self._texts(_given(call, rest, 3, "remote_cols"))
            if parent_table and columns and len(columns) == len(targets):
                yield AddForeignKey(table, ForeignKey(columns, parent_table, targets))

    def _create(self, table: Name, call: ast.Call, rest: list[ast.expr]) -> Iterator[Change]:
        declared = [
            found
            for argument in rest
            if (column := column_call(argument, self.scope)) is not None
            and (found := read_column_call("", column, self.scope)) is not None
        ]
        keys = tuple(
            ForeignKey((found.column.name,), parent, (target,))
            for found in declared
            for parent, dot, target in (found.parent.rpartition("."),)
            if dot and not found.of_class
        )
        made = Table(
            table.name,
            tuple(found.column for found in declared),
            keys,
            comment=self.scope.text(keyword(call, "comment")) or "",
            source=self._place(call),
            namespace=table.namespace,
        )
        if made.columns:
            yield CreateTable(constrained(made, tuple(constraint_keys(rest, self.scope))))

    def _sql(self, call: ast.Call) -> Iterator[Change]:
        text = self.scope.text(call.args[0]) if call.args else None
        if text and "TABLE" in text.upper():
            yield from read_definitions(text, dialect=self.dialect, source=self.scope.module.path).changes

    def _table(self, call: ast.Call, arguments: list[ast.expr]) -> Name | None:
        given = _given(call, arguments, 0, "table_name") or keyword(call, "source_table")
        name = self.scope.text(given)
        return Name(name, self.scope.text(keyword(call, "schema")) or "") if name else None

    def _texts(self, expression: ast.expr | None) -> tuple[str, ...]:
        return tuple(text for part in _elements(expression) if (text := self.scope.text(part)))

    def _place(self, call: ast.Call) -> str:
        return f"{self.scope.module.path}:{call.lineno}"


def _given(call: ast.Call, positional: list[ast.expr], place: int, name: str) -> ast.expr | None:
    return positional[place] if place < len(positional) else keyword(call, name)
