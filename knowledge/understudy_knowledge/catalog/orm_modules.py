"""Python files cut down to what models are declared with: classes without their methods, and names bound once.

Nothing is imported or run; files without the words of a model are not even parsed.
"""

import ast
import warnings
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

from attrs import define, field, frozen

FILE_BYTES = 2 * 1024 * 1024
_KEPT_FILES = 65_536
"""As many as a workspace may have: fewer would be none, because all of them are asked for in turn."""
_MOST_FOLLOWED = 20
Words = tuple[bytes, ...]


@frozen(eq=False)
class PythonModule:
    """What is left of a file. `path` is relative to the workspace, with forward slashes."""

    path: str
    classes: tuple[ast.ClassDef, ...] = ()
    bound: dict[str, ast.expr] = field(factory=dict)
    """Names that the file binds to an expression at its top level, or to an imported name under another one."""
    calls: tuple[ast.Call, ...] = ()
    """What is called at the top level, whatever it is bound to."""


@define
class Modules:
    """All files of one kind of model. A name is looked up in its own file first, then in all others."""

    modules: tuple[PythonModule, ...]
    notes: tuple[str, ...] = ()
    _bound: dict[str, tuple[PythonModule, ast.expr]] = field(init=False, factory=dict)
    _classes: dict[str, ast.ClassDef] = field(init=False, factory=dict)

    def __attrs_post_init__(self) -> None:
        for module in self.modules:
            for name, value in module.bound.items():
                self._bound.setdefault(name, (module, value))
            for node in module.classes:
                self._classes.setdefault(node.name, node)
                for inner in node.body:
                    if isinstance(inner, ast.ClassDef):
                        self._classes.setdefault(inner.name, inner)

    def class_named(self, name: str) -> ast.ClassDef | None:
        """The first class of that name, be it inside of another one."""
        return self._classes.get(name)

    def bound(self, name: str, module: PythonModule) -> tuple[PythonModule, ast.expr] | None:
        """What a name stands for, and in which file."""
        own = module.bound.get(name)
        return (module, own) if own is not None else self._bound.get(name)

    def text(self, expression: ast.expr | None, module: PythonModule, depth: int = 0) -> str | None:
        """The string that the expression plainly is, through names, `+` and f-strings; None where it is not plain."""
        if depth > _MOST_FOLLOWED:
            return None
        match expression:
            case ast.Constant(value=str(value)):
                return value
            case ast.Name(id=name) | ast.Attribute(attr=name):
                found = self.bound(name, module)
                return self.text(found[1], found[0], depth + 1) if found else None
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                parts = [self.text(left, module, depth + 1), self.text(right, module, depth + 1)]
            case ast.JoinedStr(values=values):
                parts = [self.text(value, module, depth + 1) for value in values]
            case ast.FormattedValue(value=value):
                return self.text(value, module, depth + 1)
            case ast.Call(args=[inner, *_]):  # gettext_lazy("…"), quoted_name("…", True)
                return self.text(inner, module, depth + 1)
            case _:
                return None
        return None if None in parts else "".join(part for part in parts if part)


def read_modules(root: Path, paths: Iterable[str], *words: Words) -> Modules:
    """The files among `paths` (relative to `root`) that hold one of each `words`. One that cannot be read adds a note."""
    modules: list[PythonModule] = []
    notes: list[str] = []
    for name in paths:
        try:
            found = (root / name).stat()
            if found.st_size > FILE_BYTES:
                continue
            module = _module(root / name, name, words, found.st_mtime_ns, found.st_size)
        except OSError as error:
            notes.append(f"{name} cannot be read ({error.strerror or error}).")
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            line = f":{error.lineno}" if isinstance(error, SyntaxError) and error.lineno else ""
            notes.append(f"{name}{line}: models skipped, the file is not valid Python.")
        else:
            if module is not None:
                modules.append(module)
    return Modules(tuple(modules), tuple(notes))


def last_name(expression: ast.expr | None) -> str:
    """The last part of a dotted name, looking through calls and subscripts; empty where there is none."""
    match expression:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Call(func=inner) | ast.Subscript(value=inner):
            return last_name(inner)
        case ast.Constant(value=str(name)):
            return name.rpartition(".")[2]
    return ""


def keyword(call: ast.Call, name: str) -> ast.expr | None:
    """The argument of that name."""
    return next((given.value for given in call.keywords if given.arg == name), None)


def is_true(expression: ast.expr | None) -> bool:
    """Whether it is a plain True."""
    return isinstance(expression, ast.Constant) and expression.value is True


def is_false(expression: ast.expr | None) -> bool:
    """Whether it is a plain False."""
    return isinstance(expression, ast.Constant) and expression.value is False


def assigned(body: Iterable[ast.stmt]) -> Iterator[tuple[str, ast.expr | None, ast.expr | None, int]]:
    """Every `name = value` and `name: annotation = value` of a body, as (name, value, annotation, line)."""
    for statement in body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                yield name, value, None, statement.lineno
            case ast.AnnAssign(target=ast.Name(id=name), value=given, annotation=annotation):
                yield name, given, annotation, statement.lineno


def docstring(node: ast.ClassDef) -> str:
    """The first sentence or line of a class's docstring."""
    first = (ast.get_docstring(node) or "").strip().partition("\n")[0].strip()
    return first[:200]


@lru_cache(maxsize=_KEPT_FILES)
def _module(path: Path, name: str, words: tuple[Words, ...], modified: int, size: int) -> PythonModule | None:
    """A file as long as it does not change; None where it holds none of the words."""
    data = path.read_bytes()
    if not all(any(word in data for word in group) for group in words):
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # other people's invalid escapes
        tree = ast.parse(data, filename=name)
    bound: dict[str, ast.expr] = {}
    classes: list[ast.ClassDef] = []
    calls: list[ast.Call] = []
    for statement in _flat(tree.body):
        match statement:
            case ast.ClassDef():
                classes.append(_without_methods(statement))
            case (
                ast.Assign(targets=[ast.Name(id=target)], value=value)
                | ast.AnnAssign(target=ast.Name(id=target), value=ast.expr() as value)
            ):
                if not isinstance(value, ast.Dict | ast.List | ast.Lambda):
                    bound.setdefault(target, value)
                if isinstance(value, ast.Call):
                    calls.append(value)
            case ast.ImportFrom(names=names):
                for alias in names:
                    if alias.asname and alias.asname != alias.name:
                        bound.setdefault(alias.asname, ast.Name(alias.name, ast.Load()))
            case ast.Expr(value=ast.Call() as call):
                calls.append(call)
    return PythonModule(name, tuple(classes), bound, tuple(calls))


def _flat(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a body and of the branches in it: models may stand under `if` and `try`."""
    for statement in body:
        yield statement
        if isinstance(statement, ast.If | ast.Try | ast.With):
            yield from _flat(statement.body)
            yield from _flat(getattr(statement, "orelse", ()))
            for handler in getattr(statement, "handlers", ()):
                yield from _flat(handler.body)


def _without_methods(node: ast.ClassDef) -> ast.ClassDef:
    """The class with the bodies of those methods left out that declare nothing."""
    node.body = [
        statement
        for statement in _flat(node.body)
        if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef)
        or any("declared_attr" in (last_name(mark), *_names(mark)) for mark in statement.decorator_list)
        or statement.name == "__tablename__"
    ]
    for inner in node.body:
        if isinstance(inner, ast.ClassDef):
            _without_methods(inner)
    return node


def _names(expression: ast.expr) -> Iterator[str]:
    while isinstance(expression, ast.Attribute):
        expression = expression.value
        yield last_name(expression)
