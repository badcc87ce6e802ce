"""What a model class says of its table besides the columns: name, schema, comment and constraints."""

import ast
import re

from attrs import evolve, frozen

from understudy_knowledge.catalog.model import ForeignKey, Table
from understudy_knowledge.catalog.orm_modules import keyword, last_name
from understudy_knowledge.catalog.sqlalchemy_columns import (
    Declared,
    Scope,
    as_part_of_key,
    column_call,
    constraint_keys,
    read_annotation,
    read_column_call,
    read_field,
)

_WORD_ENDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


@frozen
class TableArguments:
    """What `__table_args__` says."""

    namespace: str = ""
    comment: str = ""
    constraints: tuple[ForeignKey | tuple[str, ...], ...] = ()


def table_arguments(value: ast.expr | None, scope: Scope) -> TableArguments:
    """A dict, or a tuple of constraints that may end in one."""
    if isinstance(value, ast.Name) and (bound := scope.modules.bound(value.id, scope.module)) is not None:
        value = bound[1]
    elements = list(value.elts) if isinstance(value, ast.Tuple | ast.List) else [value]
    options = next((element for element in elements if isinstance(element, ast.Dict)), None)
    stated = {
        scope.text(key): scope.text(given)
        for key, given in (zip(options.keys, options.values, strict=True) if options else ())
        if key is not None
    }
    constraints = [element for element in elements if isinstance(element, ast.Call)]
    return TableArguments(
        stated.get("schema") or "", stated.get("comment") or "", tuple(constraint_keys([*constraints], scope))
    )


def schema_of(metadata: ast.expr | None, scope: Scope) -> str:
    """The schema that `MetaData(schema="…")` gives to its tables, also through a name."""
    if (
        isinstance(metadata, ast.Name)
        and (bound := scope.modules.bound(metadata.id, scope.module)) is not None
    ):
        metadata = bound[1]
    if isinstance(metadata, ast.Call) and last_name(metadata) == "MetaData":
        return scope.text(keyword(metadata, "schema")) or ""
    return ""


def computed_name(class_name: str, function: ast.FunctionDef) -> str:
    """The name that a `__tablename__` method makes of the class's: lower case, or words joined by underscores."""
    returned = next((step.value for step in ast.walk(function) if isinstance(step, ast.Return)), None)
    if returned is None:
        return ""
    if isinstance(returned, ast.Constant):
        return str(returned.value)
    calls = {last_name(step) for step in ast.walk(returned) if isinstance(step, ast.Call)}
    name = class_name.lower() if calls <= {"lower"} else framework_name(class_name)
    texts = [
        step.value
        for step in ast.walk(returned)
        if isinstance(step, ast.Constant) and step.value in ("s", "es")
    ]
    return name + "".join(map(str, texts))


def framework_name(class_name: str) -> str:
    """How Flask-SQLAlchemy calls the table of a class: `OrderLine` is `order_line`."""
    return _WORD_ENDS.sub("_", class_name).lower()


def declared_column(
    name: str, value: ast.expr | None, annotation: ast.expr | None, scope: Scope, *, sqlmodel: bool
) -> Declared | None:
    """The column that an attribute of a model declares; None where it declares none."""
    if name.startswith("__") or last_name(annotation) == "ClassVar":
        return None
    if (call := column_call(value, scope)) is not None:
        return read_column_call(name, call, scope, annotation)
    if sqlmodel and annotation is not None:
        return read_field(name, value, annotation, scope)
    if value is None and annotation is not None:
        return read_annotation(name, annotation, scope)
    return None


def returned_column(function: ast.FunctionDef, scope: Scope) -> Declared | None:
    """The column that a declared_attr method returns."""
    for step in ast.walk(function):
        if isinstance(step, ast.Return) and (call := column_call(step.value, scope)) is not None:
            return read_column_call(function.name, call, scope, function.returns)
    return None


def constrained(table: Table, constraints: tuple[ForeignKey | tuple[str, ...], ...]) -> Table:
    """The table with the keys that its constraints state."""
    for constraint in constraints:
        if isinstance(constraint, ForeignKey):
            table = evolve(table, foreign_keys=(*table.foreign_keys, constraint))
        else:
            key = {name.lower() for name in constraint}
            columns = (
                as_part_of_key(column) if column.name.lower() in key else column for column in table.columns
            )
            table = evolve(table, columns=tuple(columns))
    return table


def together(first: Table, other: Table) -> Table:
    """Two classes of one table, as in single-table inheritance: the columns of both."""
    base, more = sorted(
        (first, other), key=lambda table: -sum(column.primary_key for column in table.columns)
    )
    added = tuple(column for column in more.columns if base.column(column.name) is None)
    keys = tuple(key for key in more.foreign_keys if key not in base.foreign_keys)
    return evolve(base, columns=(*base.columns, *added), foreign_keys=(*base.foreign_keys, *keys))


def is_mapped(annotation: ast.expr | None) -> bool:
    """Whether an annotation is `Mapped[…]`."""
    return isinstance(annotation, ast.Subscript) and last_name(annotation) == "Mapped"
