"""One field of a Django model as the columns it makes; knows no models."""

import ast

from attrs import frozen

from understudy_knowledge.catalog.family import family_of
from understudy_knowledge.catalog.model import Column
from understudy_knowledge.catalog.orm_modules import (
    Modules,
    PythonModule,
    is_true,
    keyword,
    last_name,
)

_SQL = {
    "AutoField": "integer", "BigAutoField": "bigint", "SmallAutoField": "smallint", "BigIntegerField": "bigint",
    "BinaryField": "blob", "BooleanField": "boolean", "NullBooleanField": "boolean", "CharField": "varchar",
    "DateField": "date", "DateTimeField": "datetime", "DecimalField": "decimal", "DurationField": "bigint",
    "EmailField": "varchar(254)", "FileField": "varchar(100)", "FilePathField": "varchar(100)", "FloatField": "double",
    "GenericIPAddressField": "char(39)", "IPAddressField": "char(15)", "ImageField": "varchar(100)",
    "IntegerField": "integer", "JSONField": "json", "PositiveBigIntegerField": "bigint", "PositiveIntegerField": "integer",
    "PositiveSmallIntegerField": "smallint", "SlugField": "varchar(50)", "SmallIntegerField": "smallint",
    "TextField": "text", "TimeField": "time", "URLField": "varchar(200)", "UUIDField": "uuid", "HStoreField": "hstore",
    "ArrayField": "array", "SearchVectorField": "tsvector", "DateRangeField": "daterange", "CITextField": "citext",
    "PointField": "geometry", "GeneratedField": "", "RichTextField": "text", "StreamField": "text",
}  # fmt: skip
_SIZED = ("varchar", "decimal")
_TO_ONE = ("ForeignKey", "OneToOneField", "ParentalKey")
_TO_MANY = "ManyToManyField"
_TELLING = (
    ("json", "json"), ("datetime", "datetime"), ("date", "date"), ("text", "text"), ("char", "varchar"), ("uuid", "uuid"),
    ("integer", "integer"), ("boolean", "boolean"), ("decimal", "decimal"), ("image", "varchar(100)"), ("file", "varchar(100)"),
    ("url", "varchar(200)"), ("email", "varchar(254)"), ("slug", "varchar(50)"), ("float", "double"),
)  # fmt: skip
_NO_FIELDS = frozenset(("GenericForeignKey", "GenericRelation", "TaggableManager", "ClusterTaggableManager"))

KEY = Column("id", "bigint", nullable=False, primary_key=True, family="integer")
"""What Django adds to a model that names no key."""


@frozen
class Field:
    """A field: its column, unless it is a relation `to_many`, and what a relation points to: a class as written, `self`
    or `app.Class`.
    """

    name: str
    call: ast.Call
    module: PythonModule
    column: Column | None = None
    target: str = ""
    to_one: bool = False
    to_many: bool = False


def read_field(name: str, value: ast.expr | None, module: PythonModule, modules: Modules) -> Field | None:
    """The field of `name = models.CharField(…)`; None where the attribute is none."""
    if not isinstance(value, ast.Call) or name.startswith("__"):
        return None
    kind = last_name(value)
    if kind in _NO_FIELDS or not kind.endswith(("Field", "Key")):
        return None
    bases = _bases(kind, module, modules)
    if any(base.endswith(_TO_MANY) for base in bases):
        return Field(name, value, module, target=_target(value), to_many=True)
    if any(base.endswith(_TO_ONE) for base in bases) and not kind.startswith("Generic"):
        return Field(
            name, value, module, _relation(name, value, module, modules), _target(value), to_one=True
        )
    declared = next((_SQL[base] for base in bases if base in _SQL), None)
    if declared is None:
        declared = next((type_ for word, type_ in _TELLING if word in kind.lower()), "")
    return Field(name, value, module, _column(name, value, declared, module, modules))


def _bases(kind: str, module: PythonModule, modules: Modules) -> list[str]:
    """The field's class and those of the project's own that it is made of."""
    found = [kind]
    for name in found:
        if name in _SQL or len(found) > 10:
            break
        node = modules.class_named(name)
        if node is not None:
            found += [base for base in map(last_name, node.bases) if base not in found]
    return found


def _column(name: str, call: ast.Call, declared: str, module: PythonModule, modules: Modules) -> Column:
    if declared == "varchar" and isinstance(size := keyword(call, "max_length"), ast.Constant):
        declared = f"varchar({size.value!s})"
    if declared == "decimal":
        digits = [keyword(call, part) for part in ("max_digits", "decimal_places")]
        sizes = [str(size.value) for size in digits if isinstance(size, ast.Constant)]
        declared = f"decimal({', '.join(sizes)})" if len(sizes) == 2 else declared
    key = is_true(keyword(call, "primary_key"))
    column = modules.text(keyword(call, "db_column"), module) or name
    return Column(
        column,
        declared,
        nullable=is_true(keyword(call, "null")) and not key,
        primary_key=key,
        samples=_choices(keyword(call, "choices"), module, modules),
        comment=_comment(call, module, modules),
        family=family_of(declared, column),
    )


def _relation(name: str, call: ast.Call, module: PythonModule, modules: Modules) -> Column:
    column = _column(name, call, "", module, modules)
    stated = modules.text(keyword(call, "db_column"), module)
    return Column(stated or f"{name}_id", "", column.nullable, column.primary_key, comment=column.comment)


def _target(call: ast.Call) -> str:
    target = call.args[0] if call.args else keyword(call, "to")
    if isinstance(target, ast.Constant) and isinstance(target.value, str):
        return target.value
    if isinstance(target, ast.Attribute) and target.attr == "AUTH_USER_MODEL":
        return "AUTH_USER_MODEL"
    return last_name(target) if isinstance(target, ast.Name | ast.Attribute) else ""


def _comment(call: ast.Call, module: PythonModule, modules: Modules) -> str:
    for name in ("db_comment", "help_text"):
        if text := modules.text(keyword(call, name), module):
            return " ".join(text.split())
    return ""


def _choices(choices: ast.expr | None, module: PythonModule, modules: Modules) -> tuple[str, ...]:
    """The stored values of `choices=[("a", "A"), …]` or of a TextChoices class, as far as they are plain."""
    if isinstance(choices, ast.Attribute) and choices.attr == "choices":
        choices = choices.value
    if isinstance(choices, ast.Name | ast.Attribute):
        node = modules.class_named(last_name(choices))
        if node is not None and "TextChoices" in map(last_name, node.bases):
            return _choice_values(node, module, modules)
    if not isinstance(choices, ast.List | ast.Tuple):
        return ()
    pairs = (pair.elts[0] for pair in choices.elts if isinstance(pair, ast.Tuple) and pair.elts)
    return tuple(value for pair in pairs if (value := modules.text(pair, module)))


def _choice_values(node: ast.ClassDef, module: PythonModule, modules: Modules) -> tuple[str, ...]:
    values = (step.value for step in node.body if isinstance(step, ast.Assign))
    firsts = (value.elts[0] if isinstance(value, ast.Tuple) and value.elts else value for value in values)
    return tuple(text for first in firsts if (text := modules.text(first, module)))
