"""What an expression is worth: walks Python's own syntax tree of one statement, and knows no method by name."""

import ast
from collections.abc import Callable, Mapping
from typing import Any

from attrs import define, evolve, field

from understudy_server.context.frames import connections, constants, literals
from understudy_server.context.frames.builtins import NAMES, call_builtin
from understudy_server.context.frames.call import Call, Ground
from understudy_server.context.frames.environment import Environment, join_values
from understudy_server.context.frames.methods import (
    attribute_of,
    call_method,
    call_module,
    operate,
    subscript_of,
)
from understudy_server.context.frames.syntax import dotted, parse_expression
from understudy_server.context.frames.values import (
    Accessor,
    Const,
    Frame,
    Function,
    Items,
    Lambda,
    Module,
    Origin,
    Series,
    Table,
    Template,
    Value,
)

MAX_DEPTH = 60
"""Of an expression; chains of methods are as deep as they have links."""
MAX_CALLS = 4
"""Of functions of the file that call each other."""
_MODULES = {
    name: Module(path)
    for name, path in (
        ("pd", "pandas"), ("pandas", "pandas"), ("pl", "polars"), ("polars", "polars"), ("duckdb", "duckdb"), ("np", "numpy"),
        ("spark", "spark"), ("str", "str"), ("int", "int"), ("float", "float"), ("bool", "bool"),
    )
}  # fmt: skip
"""What these names mean where no import says so: a cell of a notebook, a piece of a file."""


@define
class Evaluator:
    """Reads the expressions of one statement."""

    names: Environment
    ground: Ground
    statement: bytes = b""
    calls: int = 0
    depth: int = 0
    _line_starts: list[int] = field(factory=list)

    def value(self, node: ast.expr | None) -> Value | None:
        """What the expression is worth; None when unknown."""
        if node is None or self.depth >= MAX_DEPTH:
            return None
        read = _READERS.get(type(node))
        if read is None:
            return None
        self.depth += 1
        try:
            return read(self, node)
        finally:
            self.depth -= 1

    def origin(self, node: ast.AST, length: int | None = None) -> Origin:
        """Where the node stands in the statement."""
        line, column = getattr(node, "lineno", 1), getattr(node, "col_offset", 0)
        start = self._offset(line, column)
        if length is not None:
            return Origin(self.statement, start, start + length)
        end_line = getattr(node, "end_lineno", None) or line
        return Origin(self.statement, start, self._offset(end_line, getattr(node, "end_col_offset", 0)))

    def _offset(self, line: int, column: int) -> int:
        if not self._line_starts:
            self._line_starts = [0]
            at = self.statement.find(b"\n")
            while at >= 0:
                self._line_starts.append(at + 1)
                at = self.statement.find(b"\n", at + 1)
        return self._line_starts[min(line, len(self._line_starts)) - 1] + column

    def apply(self, function: Value | None, arguments: tuple[Value | None, ...]) -> Value | None:
        """A function's worth for arguments: a lambda, or a function of the file."""
        if isinstance(function, Lambda):
            bound = dict(zip((each.arg for each in function.node.args.args), arguments, strict=False))
            names = self.names.setting(bound)
            inner = Evaluator(names, self.ground, function.statement, self.calls, self.depth)
            return inner.value(function.node.body)
        if isinstance(function, Function) and self.calls < MAX_CALLS:
            from understudy_server.context.frames.flow import returned_by

            return returned_by(function, arguments, {}, self.names, self.ground, self.calls + 1)
        return None

    def call_of(self, node: ast.Call) -> Call:
        """The arguments, read."""
        positional: list[Value | None] = []
        spread = False
        for argument in node.args:
            if isinstance(argument, ast.Starred):
                given = self.value(argument.value)
                closed = isinstance(given, Items) and not given.open and not given.uniform
                spread = spread or not closed
                positional += given.values if isinstance(given, Items) and closed else ()
            else:
                positional.append(self.value(argument))
        named: dict[str, Value | None] = {}
        origins: dict[str, Origin] = {}
        for keyword in node.keywords:
            value = self.value(keyword.value)
            if keyword.arg is not None:
                named[keyword.arg] = value
                origins[keyword.arg] = self.origin(keyword, len(keyword.arg.encode()))
            elif isinstance(value, Table):
                spread = spread or value.open
                for key, each in value.entries:
                    if isinstance(key, Const) and isinstance(key.value, str):
                        named[key.value] = each
                        if key.origin is not None:
                            origins[key.value] = key.origin
                    else:
                        spread = True
            else:
                spread = True
        return Call(self.ground, self.apply, self.names, tuple(positional), named, spread, origins)

    def read_name(self, node: ast.Name) -> Value | None:
        """A name in scope, else a module by the name that everyone gives it."""
        return self.names.get(node.id) if node.id in self.names else _MODULES.get(node.id)

    def read_constant(self, node: ast.Constant) -> Value | None:
        """A literal."""
        if isinstance(node.value, str | int | float) or node.value is None:
            return Const(node.value, self.origin(node))
        return None

    def read_attribute(self, node: ast.Attribute) -> Value | None:
        """An attribute; `self.frame` is a name of its own."""
        path = dotted(node)
        if path is not None and path in self.names:
            return self.names.get(path)
        base = self.value(node.value)
        return None if base is None else attribute_of(base, node.attr, self.origin(node))

    def read_subscript(self, node: ast.Subscript) -> Value | None:
        """An item, a slice, a selection."""
        base = self.value(node.value)
        if base is None:
            return None
        if isinstance(base, Items) and isinstance(node.slice, ast.Slice):
            ends = (node.slice.lower, node.slice.upper, node.slice.step)
            return constants.slice_of(base, *(self._end(each) for each in ends))
        if isinstance(node.slice, ast.Slice) and isinstance(base, Frame | Series):
            return base
        return subscript_of(base, self.key(node.slice))

    def key(self, node: ast.expr) -> Value | None:
        """What stands between brackets: `rows, columns` and stretches as accessors of a name that no attribute has."""
        if isinstance(node, ast.Slice):
            return Accessor(Items((self._end(node.lower), self._end(node.upper))), "slice")
        if isinstance(node, ast.Tuple) and len(node.elts) > 1:
            return Accessor(Items(tuple(self.key(each) for each in node.elts)), "place")
        return self.value(node)

    def _end(self, node: ast.expr | None) -> Value | None:
        return Const(None) if node is None else self.value(node)

    def read_call(self, node: ast.Call) -> Value | None:
        """A call of a method, of a module's function, of a function of the file, of a builtin."""
        function = node.func
        if isinstance(function, ast.Attribute):
            path = dotted(function)
            if path is None or path not in self.names:
                base = self.value(function.value)
                if base is None:
                    # Of most calls nothing is known, and their arguments are worth no reading.
                    says = function.attr in connections.OF_UNKNOWN
                    return call_module("", function.attr, self.call_of(node)) if says else None
                if isinstance(base, Module):
                    return call_module(base.path, function.attr, self.call_of(node))
                return call_method(base, function.attr, self.call_of(node))
        found = self._built_in(function, node)
        if found is not None:
            return found
        callee = self.value(function)
        if isinstance(callee, Module):
            module, _, name = callee.path.rpartition(".")
            return call_module(module, name, self.call_of(node))
        if isinstance(callee, Function) and self.calls < MAX_CALLS:
            from understudy_server.context.frames.flow import returned_by

            call = self.call_of(node)
            return returned_by(callee, call.positional, call.named, self.names, self.ground, self.calls + 1)
        if isinstance(callee, Lambda):
            return self.apply(callee, self.call_of(node).positional)
        return None

    def _built_in(self, function: ast.expr, node: ast.Call) -> Value | None:
        if not isinstance(function, ast.Name) or function.id not in NAMES or function.id in self.names:
            return None
        return call_builtin(function.id, self.call_of(node))

    def read_operation(self, node: ast.BinOp) -> Value | None:
        """`+` of texts and lists; arithmetic of frames, series and column expressions."""
        left, right = self.value(node.left), self.value(node.right)
        if isinstance(node.op, ast.Add) and (found := constants.concatenate(left, right)) is not None:
            return found
        if isinstance(node.op, ast.Mod) and isinstance(left, Const | Template):
            return constants.filled(left)
        if isinstance(node.op, ast.Sub) and isinstance(left, Items) and isinstance(right, Items):
            gone = constants.plain(right)
            known = isinstance(gone, tuple)
            return constants.without(left, set(gone)) if known else None  # type: ignore[arg-type]
        return operate(left, right)

    def read_unary(self, node: ast.UnaryOp) -> Value | None:
        """`~mask`, `-column`, `-1`."""
        value = self.value(node.operand)
        if isinstance(value, Const):
            number = value.value
            negative = isinstance(node.op, ast.USub) and isinstance(number, int | float)
            return Const(-number, value.origin) if negative else None  # type: ignore[operator]
        if isinstance(value, Series):
            return evolve(value, plain=False)
        return value if isinstance(value, Frame) else operate(value, None)

    def read_comparison(self, node: ast.Compare) -> Value | None:
        """The truth of literals; a mask of frames and series."""
        left, right = self.value(node.left), self.value(node.comparators[0])
        if isinstance(left, Series):
            return evolve(left, family="boolean", plain=False)
        if isinstance(left, Frame):
            return left
        found = constants.compare(left, type(node.ops[0]).__name__, right) if len(node.ops) == 1 else None
        return found if found is not None else operate(left, right)

    def read_choice(self, node: ast.IfExp) -> Value | None:
        """One or the other."""
        return join_values(self.value(node.body), self.value(node.orelse))

    def read_lambda(self, node: ast.Lambda) -> Value:
        """A function of one expression."""
        origin = self.origin(node)
        return Lambda(self.statement[origin.start : origin.end], node, self.statement)

    def within(self, names: Mapping[str, Value | None]) -> "Evaluator":
        """A reader of the same statement that knows these names too."""
        return Evaluator(self.names.setting(names), self.ground, self.statement, self.calls, self.depth)

    def read_truth(self, node: ast.BoolOp) -> Value | None:
        """`and`, `or`, `not` of literals."""
        values = [self.value(each) for each in node.values]
        if not all(isinstance(value, Const) for value in values):
            return None
        truths = [bool(value.value) for value in values if isinstance(value, Const)]
        return Const(all(truths) if isinstance(node.op, ast.And) else any(truths))

    def read_named(self, node: ast.NamedExpr) -> Value | None:
        """The value of `name := value`."""
        return self.value(node.value)

    def read_await(self, node: ast.Await) -> Value | None:
        """What is waited for."""
        return self.value(node.value)


def evaluate(text: bytes, names: Environment, ground: Ground) -> Value | None:
    """What an expression is worth where these names are set; None when unknown or no expression."""
    node = parse_expression(text)
    return Evaluator(names, ground, b"(" + text).value(node) if node is not None else None


_READERS: Mapping[type[ast.expr], Callable[[Evaluator, Any], Value | None]] = {
    ast.Name: Evaluator.read_name,
    ast.Constant: Evaluator.read_constant,
    ast.JoinedStr: literals.read_fstring,
    ast.List: literals.read_items,
    ast.Tuple: literals.read_items,
    ast.Set: literals.read_items,
    ast.Dict: literals.read_dict,
    ast.Attribute: Evaluator.read_attribute,
    ast.Subscript: Evaluator.read_subscript,
    ast.Call: Evaluator.read_call,
    ast.BinOp: Evaluator.read_operation,
    ast.UnaryOp: Evaluator.read_unary,
    ast.Compare: Evaluator.read_comparison,
    ast.IfExp: Evaluator.read_choice,
    ast.Lambda: Evaluator.read_lambda,
    ast.ListComp: literals.read_comprehension,
    ast.SetComp: literals.read_comprehension,
    ast.GeneratorExp: literals.read_comprehension,
    ast.DictComp: literals.read_dict_comprehension,
    ast.BoolOp: Evaluator.read_truth,
    ast.NamedExpr: Evaluator.read_named,
    ast.Await: Evaluator.read_await,
}
