"""Literals that hold other expressions: f-strings, lists, dicts, and comprehensions over known items."""

import ast
from collections.abc import Sequence
from typing import TYPE_CHECKING

from understudy_server.context.frames import constants
from understudy_server.context.frames.syntax import bindings
from understudy_server.context.frames.values import Const, Frame, Items, Series, Table, Value

if TYPE_CHECKING:
    from understudy_server.context.frames.expressions import Evaluator


def read_fstring(reader: "Evaluator", node: ast.JoinedStr) -> Value | None:
    """An f-string; with a hole that is not known it is a template."""
    parts: list[Value | None] = []
    for part in node.values:
        if isinstance(part, ast.FormattedValue):
            plain = part.format_spec is None and part.conversion == -1
            parts.append(constants.as_text(reader.value(part.value)) if plain else None)
        else:
            parts.append(reader.value(part))
    origin = reader.origin(node)
    return constants.spread(parts, lambda each: constants.join_text(each, origin))


def read_items(reader: "Evaluator", node: ast.List | ast.Tuple | ast.Set) -> Value | None:
    """A list, tuple or set."""
    values: list[Value | None] = []
    is_open = False
    for element in node.elts[: constants.MAX_ITEMS]:
        if isinstance(element, ast.Starred):
            given = reader.value(element.value)
            if isinstance(given, Items):
                values += given.values
                is_open = is_open or given.open or given.uniform
            else:
                is_open = True
        else:
            values.append(reader.value(element))
    return Items(tuple(values), open=is_open or len(node.elts) > constants.MAX_ITEMS)


def read_dict(reader: "Evaluator", node: ast.Dict) -> Value | None:
    """A dict."""
    entries: list[tuple[Value | None, Value | None]] = []
    is_open = len(node.keys) > constants.MAX_ITEMS
    for key, each in list(zip(node.keys, node.values, strict=True))[: constants.MAX_ITEMS]:
        value = reader.value(each)
        if key is not None:
            entries.append((reader.value(key), value))
        elif isinstance(value, Table):
            entries += value.entries
            is_open = is_open or value.open
        else:
            is_open = True
    return Table(tuple(entries), open=is_open)


def read_comprehension(
    reader: "Evaluator", node: ast.ListComp | ast.SetComp | ast.GeneratorExp
) -> Value | None:
    """One value for each item; without known items, any number of what one would give."""
    found = _each(reader, [node.elt], node.generators)
    if found is not None:
        return Items(tuple(values[0] for values in found))
    names = {name: None for part in node.generators for name in bindings(part.target, None)}
    one = reader.within(names).value(node.elt)
    return Items((one,), uniform=True) if isinstance(one, Frame | Series) else None


def read_dict_comprehension(reader: "Evaluator", node: ast.DictComp) -> Value | None:
    """A dict made of known items."""
    found = _each(reader, [node.key, node.value], node.generators)
    return Table(tuple((key, value) for key, value in found)) if found is not None else None


def _each(
    reader: "Evaluator", elements: Sequence[ast.expr], generators: Sequence[ast.comprehension]
) -> list[list[Value | None]] | None:
    """The elements' worth for each item of the only generator; None when the items or a condition are unknown."""
    over = reader.value(generators[0].iter) if len(generators) == 1 else None
    if not isinstance(over, Items) or over.open or over.uniform:
        return None
    found = []
    for item in over.values:
        inner = reader.within(bindings(generators[0].target, item))
        truths = [inner.value(condition) for condition in generators[0].ifs]
        if not all(isinstance(truth, Const) for truth in truths):
            return None
        if all(isinstance(truth, Const) and truth.value for truth in truths):
            found.append([inner.value(element) for element in elements])
    return found
