"""Python's own parser on one statement: faster than a tolerant one, and what stands above the cursor is complete."""

import ast
import warnings
from collections.abc import Mapping
from functools import lru_cache

from understudy_server.context.frames.values import Const, Each, Items, Value

MAX_BYTES = 16_000
"""A longer statement is not read: it is data, and nesting that deep is hostile."""
_FILE = "a statement"
_FAILURES = (SyntaxError, ValueError, RecursionError, MemoryError)

# The parser warns of `"\d"` in code that is not ours; the name above is the module that the warnings are filed under.
warnings.filterwarnings("ignore", module=_FILE)


@lru_cache(256)
def parse_statements(text: bytes) -> tuple[ast.stmt, ...]:
    """The statements of one logical line, or of a compound statement with its body; empty when it is no Python."""
    if len(text) > MAX_BYTES:
        return ()
    try:
        return tuple(ast.parse(text, _FILE).body)
    except _FAILURES:
        return ()


@lru_cache(256)
def parse_expression(text: bytes) -> ast.expr | None:
    """The expression; None when it is none."""
    if len(text) > MAX_BYTES:
        return None
    try:
        # In parentheses line ends stand for nothing, as they did where the expression was taken from.
        return ast.parse(b"(" + text + b"\n)", _FILE, "eval").body
    except _FAILURES:
        return None


def dotted(node: ast.expr) -> str | None:
    """`name` or `self.name` as the name under which a scope keeps it; None for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if (
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id in ("self", "cls")
    ):
        return f"{node.value.id}.{node.attr}"
    return None


def bindings(target: ast.expr, value: Value | None) -> Mapping[str, Value | None]:
    """The names that a target sets, with what each is then worth."""
    if isinstance(target, ast.Starred):
        return bindings(target.value, None)
    if isinstance(target, ast.Tuple | ast.List):
        parts = _parts(value, len(target.elts))
        found: dict[str, Value | None] = {}
        for element, part in zip(target.elts, parts, strict=True):
            found.update(bindings(element, part))
        return found
    name = dotted(target)
    return {} if name is None else {name: value}


def _parts(value: Value | None, count: int) -> tuple[Value | None, ...]:
    if isinstance(value, Items) and not value.open:
        if len(value.values) == count and not value.uniform:
            return value.values
        if value.uniform and len(value.values) == 1:
            return value.values * count
    if isinstance(value, Each):
        columns = [_parts(each, count) for each in value.values]
        return tuple(Each(tuple(row[place] for row in columns)) for place in range(count))
    return (None,) * count


def is_none(value: Value | None) -> bool:
    """Whether it is a literal None."""
    return isinstance(value, Const) and value.value is None
