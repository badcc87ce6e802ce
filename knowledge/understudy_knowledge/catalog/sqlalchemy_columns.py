"""One attribute of a model, or one argument of Table(...), as a column: SQLAlchemy of all styles, and SQLModel."""

import ast
from collections.abc import Iterator

from attrs import evolve, frozen

from understudy_knowledge.catalog.family import family_of
from understudy_knowledge.catalog.model import Column, ForeignKey
from understudy_knowledge.catalog.orm_modules import (
    Modules,
    PythonModule,
    is_false,
    is_true,
    keyword,
    last_name,
)
from understudy_knowledge.catalog.sqlalchemy_types import listed_values, python_type, sql_type

COLUMN_CALLS = frozenset(("Column", "mapped_column"))
_WRAPPERS = frozenset(("deferred", "column_property", "synonym_for", "declared_attr"))
_NO_TYPES = frozenset(
    "ForeignKey Sequence Identity Computed CheckConstraint FetchedValue UniqueConstraint Index Constraint".split()
)


@frozen
class Scope:
    """Where an expression stands: its file, all files, and what the project's own column types are made of."""

    module: PythonModule
    modules: Modules
    impls: dict[str, ast.expr]

    def text(self, expression: ast.expr | None) -> str | None:
        """The string that the expression plainly is."""
        return self.modules.text(expression, self.module)

    def type(self, expression: ast.expr | None) -> str:
        """The type in SQL that the expression names."""
        return sql_type(expression, self.module, self.modules, self.impls)


@frozen
class Declared:
    """A column with what it refers to: `parent` is `table.column`, or `Class.column` where `of_class`."""

    column: Column
    parent: str = ""
    of_class: bool = False


def column_call(value: ast.expr | None, scope: Scope) -> ast.Call | None:
    """The Column(…) or mapped_column(…) that an attribute is, looking through deferred(…) and names for types."""
    if not isinstance(value, ast.Call):
        return None
    name = last_name(value)
    bound = scope.module.bound.get(name)  # from sqlalchemy import Column as C
    if name in COLUMN_CALLS or (bound is not None and last_name(bound) in COLUMN_CALLS):
        return value
    if name in _WRAPPERS and value.args:
        return column_call(value.args[0], scope)
    return None


def read_column_call(
    name: str, call: ast.Call, scope: Scope, annotation: ast.expr | None = None
) -> Declared | None:
    """The column of `name = Column(…)` or `name: Mapped[…] = mapped_column(…)`; `name` may be empty in a Table(…)."""
    arguments = [argument for argument in call.args if not isinstance(argument, ast.Starred)]
    stated = scope.text(keyword(call, "name"))
    if arguments and isinstance(arguments[0], ast.Constant | ast.JoinedStr):
        stated = scope.text(arguments.pop(0)) or stated
    elif arguments and not name and (text := scope.text(arguments[0])) is not None:
        stated = text
        arguments.pop(0)
    column_name = stated or name
    if not column_name:
        return None
    types = [argument for argument in arguments if last_name(argument) not in _NO_TYPES]
    type_expression = (types[0] if types else None) or keyword(call, "type_")
    declared = scope.type(type_expression)
    inner, optional = mapped(annotation, scope)
    if not declared and inner is not None:
        declared = python_type(inner)[0] or scope.type(inner)
    key = is_true(keyword(call, "primary_key"))
    nullable = keyword(call, "nullable")
    comment = scope.text(keyword(call, "comment")) or scope.text(keyword(call, "doc")) or ""
    column = Column(
        column_name,
        declared,
        nullable=not key and (not is_false(nullable) if nullable is not None else optional or inner is None),
        primary_key=key,
        samples=listed_values(type_expression),
        comment=" ".join(comment.split()),
        family=family_of(declared, column_name),
    )
    parent, of_class = _parent(arguments, scope)
    return Declared(column, parent, of_class)


def read_annotation(name: str, annotation: ast.expr, scope: Scope) -> Declared | None:
    """The column of a bare `name: Mapped[int]`; None where the annotation is no column's."""
    inner, optional = mapped(annotation, scope)
    if inner is None:
        return None
    if (call := _annotated_call(inner, scope)) is not None:
        return read_column_call(name, call, scope, annotation)
    declared = python_type(inner)[0] or scope.type(inner)
    if not declared:
        return None
    return Declared(Column(name, declared, nullable=optional, family=family_of(declared, name)))


def read_field(name: str, value: ast.expr | None, annotation: ast.expr, scope: Scope) -> Declared | None:
    """The column of a SQLModel attribute `name: int | None = Field(…)`; None for relationships and what is no column."""
    call = value if isinstance(value, ast.Call) and last_name(value) == "Field" else None
    if isinstance(value, ast.Call) and last_name(value) in ("Relationship", "PrivateAttr"):
        return None
    if call is not None and (given := keyword(call, "sa_column")) is not None:
        inner = column_call(given, scope)
        return read_column_call(name, inner, scope) if inner else None
    declared, optional = python_type(annotation)
    if call is not None and (given := keyword(call, "sa_type")) is not None:
        declared = scope.type(given)
    if not declared:
        declared = scope.type(annotation)
    if last_name(annotation) in ("ClassVar", "List", "list") and call is None:
        return None
    if (
        call is not None
        and declared == "VARCHAR"
        and isinstance(length := keyword(call, "max_length"), ast.Constant)
    ):
        declared = f"VARCHAR({length.value!s})"
    key = call is not None and is_true(keyword(call, "primary_key"))
    comment = (scope.text(keyword(call, "description")) if call else None) or ""
    column = Column(
        name,
        declared,
        nullable=optional and not key,
        primary_key=key,
        comment=comment,
        family=family_of(declared, name),
    )
    return Declared(column, (scope.text(keyword(call, "foreign_key")) if call else None) or "")


def constraint_keys(arguments: list[ast.expr], scope: Scope) -> Iterator[ForeignKey | tuple[str, ...]]:
    """Foreign keys, and the columns of the primary key, that constraints among a table's arguments state."""
    for argument in arguments:
        if not isinstance(argument, ast.Call):
            continue
        if last_name(argument) == "PrimaryKeyConstraint":
            yield tuple(name for part in argument.args if (name := _column_name(part, scope)))
        elif last_name(argument) == "ForeignKeyConstraint":
            given = [*argument.args[:2]]
            given += [
                found for name in ("columns", "refcolumns") if (found := keyword(argument, name)) is not None
            ]
            if len(given) != 2:
                continue
            columns, targets = (_texts(part, scope) for part in given)
            parents = {target.rpartition(".")[0] for target in targets}
            if columns and len(columns) == len(targets) and len(parents) == 1:
                names = tuple(target.rpartition(".")[2] for target in targets)
                yield ForeignKey(columns, parents.pop(), names)


def mapped(annotation: ast.expr | None, scope: Scope) -> tuple[ast.expr | None, bool]:
    """What `Mapped[…]` holds without its Optional, and whether it was optional; None where it is no Mapped."""
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        try:
            annotation = ast.parse(annotation.value, mode="eval").body
        except (SyntaxError, ValueError, RecursionError):
            return None, True
    if not isinstance(annotation, ast.Subscript) or last_name(annotation) not in ("Mapped", "MappedColumn"):
        return None, True
    inner = annotation.slice
    optional = python_type(inner)[1] if not isinstance(inner, ast.Name | ast.Attribute) else False
    match inner:
        case ast.Subscript(value=outer, slice=held) if last_name(outer) == "Optional":
            inner = held
        case ast.BinOp(left=left, op=ast.BitOr()):
            inner = left
    return inner, optional


def _annotated_call(inner: ast.expr, scope: Scope) -> ast.Call | None:
    """The mapped_column(…) in `intpk = Annotated[int, mapped_column(…)]`."""
    found = scope.modules.bound(last_name(inner), scope.module) if isinstance(inner, ast.Name) else None
    value = found[1] if found else inner
    if (
        isinstance(value, ast.Subscript)
        and last_name(value) == "Annotated"
        and isinstance(value.slice, ast.Tuple)
    ):
        first, *rest = value.slice.elts
        for part in rest:
            if (call := column_call(part, scope)) is not None:
                declared = python_type(first)[0]
                has_type = any(last_name(argument) not in _NO_TYPES for argument in call.args)
                if has_type or not declared:
                    return call
                return ast.Call(call.func, [*call.args, ast.Name(declared, ast.Load())], call.keywords)
    return None


def _parent(arguments: list[ast.expr], scope: Scope) -> tuple[str, bool]:
    for argument in arguments:
        if isinstance(argument, ast.Call) and last_name(argument) == "ForeignKey" and argument.args:
            target = argument.args[0]
            if isinstance(target, ast.Attribute) and scope.text(target) is None:
                return f"{last_name(target.value)}.{target.attr}", True
            return scope.text(target) or "", False
    return "", False


def _texts(expression: ast.expr, scope: Scope) -> tuple[str, ...]:
    if not isinstance(expression, ast.List | ast.Tuple):
        return ()
    return tuple(text for part in expression.elts if (text := _column_name(part, scope)))


def _column_name(part: ast.expr, scope: Scope) -> str:
    """A column as a constraint names it: by a string, or by the attribute of the class."""
    if isinstance(part, ast.Name):
        return part.id
    return scope.text(part) or ""


def as_part_of_key(column: Column) -> Column:
    """The column as one of the primary key's."""
    return evolve(column, primary_key=True, nullable=False)
