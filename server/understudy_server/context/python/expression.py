"""The expression that a Python string is part of: which literals and holes make one text, and what that text is used for."""

from collections.abc import Iterator
from functools import lru_cache

from attrs import evolve, frozen
from tree_sitter import Node

from understudy_server.context.python.fills import Filling, fills_of, name_behind
from understudy_server.context.python.statement import Statement, parse_statement
from understudy_server.context.python.use import Use, function_of, position_in, use_of
from understudy_server.context.query_context import Template

# Methods and functions whose result is the same text in other words or white space.
_SAME_TEXT = frozenset(
    "strip lstrip rstrip replace lower upper encode format_map expandtabs splitlines split removeprefix removesuffix "
    "translate bindparams columns as_string".split()
)
_WRAPPERS = frozenset("dedent cleandoc indent str trim_indent text_type Template lstrip sqlformat".split())


@frozen
class Literal:
    """One literal of the text, by where it stands in the statement's source, and what fills it."""

    at: int
    template: Template = ""


@frozen
class Text:
    """Literals that make one text, in order. Between two of them stands nothing, or an expression: a hole."""

    literals: tuple[Literal, ...]
    joined: tuple[bool, ...]
    """For each literal but the first: whether nothing but white space stands between it and the one before."""
    use: Use
    composed: bool = False
    """Whether it is put together or filled at run time."""
    span: tuple[int, int] = (0, 0)
    """Of the whole expression, in the statement's source."""
    fills: tuple[Filling, ...] = ()
    """What its fields are filled with, as far as that is known."""
    tail: str = ""
    """The name behind the last literal that the text ends with, or empty."""


@lru_cache(64)
def text_at(source: bytes, target: int, written: tuple[tuple[int, bytes | None], ...]) -> Text | None:
    """The text that the literal at `target` is part of, in a statement as `code_of` gives it; None where no literal is found.

    While someone types in a string nothing of this changes, so it is kept.
    """
    statement = parse_statement(source, target, written)
    return _text_around(statement) if statement is not None else None


def _text_around(statement: Statement) -> Text:
    top = statement.literal
    while (wider := _wider(top, statement)) is not None:
        top = wider
    pieces = list(_pieces(top, statement))
    while pieces and pieces[0] is None:
        pieces.pop(0)
    literals: list[Literal] = []
    joined: list[bool] = []
    hole = False
    for piece in pieces:
        if piece is None:
            hole = True
            continue
        if literals:
            joined.append(not hole)
        literals.append(piece)
        hole = False
    use = use_of(top, statement)
    if _begins_elsewhere(top, statement):
        use = evolve(use, continues=True)
    composed = not all(joined) or hole or use.continues or any(literal.template for literal in literals)
    composed = composed or top.type in ("call", "binary_operator")
    span = min(top.start_byte, literals[0].at), max(top.end_byte, literals[-1].at + len(b'""'))
    fills, tail = fills_of(top, statement), name_behind(top, statement)
    return Text(tuple(literals), tuple(joined), use, composed, span, fills, tail)


def _wider(node: Node, statement: Statement) -> Node | None:
    """The expression around that is the same text, or more of it."""
    parent = statement.parent_of(node)
    if parent is None:
        return None
    if parent.type in ("concatenated_string", "parenthesized_expression"):
        return parent
    if parent.type == "binary_operator":
        operator = parent.child_by_field_name("operator")
        left = parent.child_by_field_name("left")
        if operator is not None and operator.type == "+":
            return parent
        return parent if operator is not None and operator.type == "%" and left == node else None
    if parent.type == "attribute" and parent.child_by_field_name("object") == node:
        call = statement.parent_of(parent)
        if call is not None and call.type == "call" and call.child_by_field_name("function") == parent:
            name = _last_name(parent, statement)
            return call if name == "format" or name in _SAME_TEXT else None
        return None
    if parent.type == "argument_list" and position_in(node, parent) == 0:
        call = statement.parent_of(parent)
        if call is not None and call.type == "call" and _last_name(function_of(call), statement) in _WRAPPERS:
            return call
    if parent.type in ("list", "tuple"):
        arguments = statement.parent_of(parent)
        call = statement.parent_of(arguments) if arguments is not None else None
        if call is not None and call.type == "call" and _joins_with_space(call, statement):
            return call
    return None


def _pieces(top: Node, statement: Statement) -> Iterator[Literal | None]:
    """The literals of a text in order; None stands for what is known at run time only."""
    pending: list[tuple[Node, Template]] = [(top, "")]
    while pending:
        node, template = pending.pop()
        if node.type == "string":
            if statement.is_literal(node):
                yield Literal(node.start_byte, template)
            continue
        inner = _inner(node, statement, template)
        if inner is None:
            yield None
        else:
            pending.extend(reversed(inner))


def _inner(node: Node, statement: Statement, template: Template) -> list[tuple[Node, Template]] | None:
    """What makes an expression's text, in order, and what fills it; None where that is not known."""
    if node.type in ("concatenated_string", "parenthesized_expression"):
        return [(child, template) for child in node.named_children if child.type != "comment"]
    if node.type == "binary_operator" and (operator := node.child_by_field_name("operator")) is not None:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if left is None:
            return None
        if operator.type == "%":
            return [(left, "percent")]
        if operator.type == "+":
            return [(left, template), *([(right, template)] if right is not None else [])]
    if node.type == "call" and (part := _text_of_call(node, statement)) is not None:
        parts, fills = part
        return [(child, "format" if fills else template) for child in parts]
    return None


def _text_of_call(call: Node, statement: Statement) -> tuple[list[Node], bool] | None:
    """(what makes the text of the call's result, whether `format` fills it); None where the call makes something else."""
    function = function_of(call)
    arguments = call.child_by_field_name("arguments")
    if function is None or arguments is None:
        return None
    name = _last_name(function, statement)
    if function.type == "attribute" and (receiver := function.child_by_field_name("object")) is not None:
        if name == "format" or name in _SAME_TEXT:
            return [receiver], name == "format"
        if _joins_with_space(call, statement):
            elements = [
                child for child in arguments.named_children[0].named_children if child.type != "comment"
            ]
            return elements, False
    if name in _WRAPPERS and arguments.named_children:
        return [arguments.named_children[0]], False
    return None


def _joins_with_space(call: Node, statement: Statement) -> bool:
    """Whether the call joins a list of literals with white space or nothing."""
    function, arguments = function_of(call), call.child_by_field_name("arguments")
    if function is None or arguments is None or function.type != "attribute":
        return False
    receiver = function.child_by_field_name("object")
    if receiver is None or receiver.type != "string" or _last_name(function, statement) != "join":
        return False
    if [child.type for child in arguments.named_children] not in (["list"], ["tuple"]):
        return False
    separator = statement.content_of(receiver)
    return separator is not None and len(separator) <= 2


def _begins_elsewhere(top: Node, statement: Statement) -> bool:
    """Whether text stands before the first literal: another operand, or what `+=` appends to."""
    node = top
    while node.type in ("binary_operator", "parenthesized_expression", "concatenated_string", "call"):
        if node.type == "call":
            part = _text_of_call(node, statement)
            if part is None or not part[0]:
                break
            node = part[0][0]
            continue
        left = node.child_by_field_name("left") or next(iter(node.named_children), None)
        if left is None:
            break
        node = left
    if node.type != "string":
        return True
    parent = statement.parent_of(top)
    return parent is not None and parent.type == "augmented_assignment"


def _last_name(function: Node | None, statement: Statement) -> str:
    return statement.text_of(function).rpartition(".")[2] if function is not None else ""
