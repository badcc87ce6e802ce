"""Parameters of a function of the file, bound to what a call gives them."""

import ast
import re
from collections.abc import Mapping

from understudy_server.context.frames.call import Ground
from understudy_server.context.frames.environment import Environment
from understudy_server.context.frames.expressions import Evaluator
from understudy_server.context.frames.statements import annotated as annotated_value
from understudy_server.context.frames.syntax import parse_statements
from understudy_server.context.frames.values import Value

_PLAIN = re.compile(rb"(?:async[ \t]+)?def[ \t]+\w+\(((?:[A-Za-z_]\w*(?:, ?|(?=\))))*)\)[ \t]*:\Z")
"""A `def` line with nothing but names in it, as most are."""


def bound_parameters(
    header: bytes,
    positional: tuple[Value | None, ...],
    named: Mapping[str, Value | None],
    names: Environment,
    ground: Ground,
    *,
    annotated: bool = False,
) -> dict[str, Value | None] | None:
    """What a function's parameters are worth, by name, given its `def` line; None when that is none.

    What a call does not give has its default's worth. With `annotated` nobody calls: an annotation is all that is known.
    """
    if annotated and (plain := _PLAIN.match(header)):
        return dict.fromkeys(_parameters(plain[1]))
    nodes = parse_statements(header + b" pass")
    if not nodes or not isinstance(nodes[0], ast.FunctionDef | ast.AsyncFunctionDef):
        return None
    arguments = nodes[0].args
    parameters = [*arguments.posonlyargs, *arguments.args]
    if parameters and parameters[0].arg in ("self", "cls"):
        parameters = parameters[1:]
    reader = Evaluator(names, ground, header)
    bound: dict[str, Value | None] = {each.arg: None for each in (*parameters, *arguments.kwonlyargs)}
    if arguments.defaults:
        for parameter, default in zip(reversed(parameters), reversed(arguments.defaults), strict=False):
            bound[parameter.arg] = reader.value(default)
    for parameter, worth in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        bound[parameter.arg] = reader.value(worth)
    for parameter in (*parameters, *arguments.kwonlyargs):
        if bound[parameter.arg] is None or annotated:
            bound[parameter.arg] = annotated_value(parameter.annotation, reader)
    if not annotated:
        given = dict(zip((each.arg for each in parameters), positional, strict=False))
        bound.update(
            {name: value for name, value in {**given, **named}.items() if name in bound and value is not None}
        )
    for rest in (arguments.vararg, arguments.kwarg):
        if rest is not None:
            bound[rest.arg] = None
    return bound


def _parameters(names: bytes) -> list[str]:
    """The names between the parentheses; the object of a method is none."""
    found = names.decode().replace(" ", "").rstrip(",").split(",")
    return found[found[0] in ("", "self", "cls") :]
