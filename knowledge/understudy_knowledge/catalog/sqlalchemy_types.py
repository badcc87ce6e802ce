"""The type of a column as SQLAlchemy and Python annotations name it, in the words of SQL."""

import ast

from understudy_knowledge.catalog.orm_modules import Modules, PythonModule, keyword, last_name

_SQL = {
    "Integer": "INTEGER", "BigInteger": "BIGINT", "SmallInteger": "SMALLINT", "String": "VARCHAR", "Unicode": "VARCHAR",
    "AutoString": "VARCHAR", "Text": "TEXT", "UnicodeText": "TEXT", "Boolean": "BOOLEAN", "DateTime": "DATETIME",
    "Date": "DATE", "Time": "TIME", "Float": "FLOAT", "Double": "DOUBLE", "Numeric": "NUMERIC", "LargeBinary": "BLOB",
    "PickleType": "BLOB", "JSON": "JSON", "Uuid": "UUID", "Interval": "INTERVAL", "Enum": "VARCHAR", "MediumText": "TEXT",
    "LongText": "TEXT",
}  # fmt: skip
_PYTHON = {
    "int": "INTEGER", "str": "VARCHAR", "bool": "BOOLEAN", "float": "FLOAT", "bytes": "BLOB", "datetime": "DATETIME",
    "date": "DATE", "time": "TIME", "timedelta": "INTERVAL", "Decimal": "NUMERIC", "UUID": "UUID", "dict": "JSON",
    "Dict": "JSON", "DateTime": "DATETIME", "EmailStr": "VARCHAR", "AnyUrl": "VARCHAR", "HttpUrl": "VARCHAR",
}  # fmt: skip
_MOST_FOLLOWED = 8
# Of a type that somebody else wrote only the name is known; what it has in it tells the kind.
_TELLING = (
    ("json", "JSON"), ("datetime", "DATETIME"), ("timestamp", "DATETIME"), ("uuid", "UUID"), ("guid", "UUID"),
    ("text", "TEXT"), ("string", "VARCHAR"), ("date", "DATE"), ("integer", "INTEGER"), ("bool", "BOOLEAN"),
    ("enum", "VARCHAR"), ("interval", "INTERVAL"),
)  # fmt: skip


def sql_type(
    expression: ast.expr | None,
    module: PythonModule,
    modules: Modules,
    impls: dict[str, ast.expr],
    depth: int = 0,
) -> str:
    """The type in SQL, empty where it cannot be told. `impls` holds what the project's own types are made of."""
    for _ in range(_MOST_FOLLOWED):
        # JSON().with_variant(JSONB(), "postgresql") is JSON; MutableDict.as_mutable(JSON) is too.
        match expression:
            case ast.Call(func=ast.Attribute(attr="with_variant", value=inner)):
                expression = inner
            case ast.Call(func=ast.Attribute(attr="as_mutable"), args=[inner, *_]):
                expression = inner
            case _:
                break
    name = last_name(expression)
    arguments = expression.args if isinstance(expression, ast.Call) else []
    if name == "ARRAY" and arguments:
        inner_type = sql_type(arguments[0], module, modules, impls)
        return f"{inner_type}[]" if inner_type else "ARRAY"
    known = _SQL.get(name)
    if known is None:
        return _followed(name, module, modules, impls, depth + 1)
    sizes = [
        str(size.value) for size in arguments if isinstance(size, ast.Constant) and type(size.value) is int
    ]
    if known == "VARCHAR" and not sizes and isinstance(expression, ast.Call):
        length = keyword(expression, "length")
        sizes = [str(length.value)] if isinstance(length, ast.Constant) and length.value else []
    sized = sizes and known in ("VARCHAR", "NUMERIC")
    return f"{known}({', '.join(sizes)})" if sized else known


def listed_values(expression: ast.expr | None) -> tuple[str, ...]:
    """The values of `Enum("a", "b")`."""
    if not isinstance(expression, ast.Call) or last_name(expression) != "Enum":
        return ()
    values = (argument.value for argument in expression.args if isinstance(argument, ast.Constant))
    return tuple(value for value in values if isinstance(value, str))


def python_type(annotation: ast.expr | None) -> tuple[str, bool]:
    """The type in SQL of a Python annotation (empty where it is no plain one), and whether it may be None."""
    match annotation:
        case ast.Constant(value=str(text)):
            try:
                return python_type(ast.parse(text, mode="eval").body)
            except (SyntaxError, ValueError, RecursionError):
                return "", True
        case ast.Subscript(value=outer, slice=inner):
            if last_name(outer) == "Optional":
                return python_type(inner)[0], True
            if last_name(outer) in ("Annotated", "Union") and isinstance(inner, ast.Tuple) and inner.elts:
                rest = inner.elts[1:] if last_name(outer) == "Union" else []
                declared, nullable = python_type(inner.elts[0])
                return declared, nullable or any(_is_none(part) for part in rest)
            return _PYTHON.get(last_name(outer), ""), False
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            if _is_none(left):
                return python_type(right)[0], True
            return python_type(left)[0], _is_none(right) or python_type(left)[1]
        case ast.Name() | ast.Attribute():
            return _PYTHON.get(last_name(annotation), ""), False
    return "", True


def _is_none(expression: ast.expr) -> bool:
    return isinstance(expression, ast.Constant) and expression.value is None


def _followed(
    name: str, module: PythonModule, modules: Modules, impls: dict[str, ast.expr], depth: int
) -> str:
    """The type of a name that is not SQLAlchemy's: what it is bound to, made of, or called."""
    if not name or depth > _MOST_FOLLOWED:
        return ""
    if (found := modules.bound(name, module)) is not None and last_name(found[1]) not in ("", name):
        return sql_type(found[1], found[0], modules, impls, depth)
    if name in impls:
        return sql_type(impls[name], module, modules, impls, depth)
    if name.isupper():
        return name
    return next((declared for word, declared in _TELLING if word in name.lower()), "")
