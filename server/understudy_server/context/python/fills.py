"""What a call of `format`, or `%`, fills a text with and `+` adds at its end, where that is a literal or a name."""

from collections.abc import Iterator

from attrs import frozen
from tree_sitter import Node

from understudy_server.context.python.statement import Statement


@frozen
class Filling:
    """One value of a template: `key` is a field's name, or its number from 0 on; of `text` and `name` one is given."""

    key: str
    text: bytes | None = None
    name: str = ""


def fills_of(top: Node, statement: Statement) -> tuple[Filling, ...]:
    """The values that fill the text of the whole expression; empty where nothing is known of them."""
    if top.type == "binary_operator":
        operator, right = top.child_by_field_name("operator"), top.child_by_field_name("right")
        if operator is None or operator.type != "%" or right is None:
            return ()
        return tuple(_of_percent(right, statement))
    function, arguments = top.child_by_field_name("function"), top.child_by_field_name("arguments")
    if top.type != "call" or function is None or arguments is None or function.type != "attribute":
        return ()
    name = function.child_by_field_name("attribute")
    if name is None or statement.text_of(name) != "format":
        return ()
    return tuple(_of_values(arguments.named_children, statement))


def name_behind(top: Node, statement: Statement) -> str:
    """The name that `+` adds at the end of the whole expression, empty where it is none."""
    while top.type == "parenthesized_expression" and top.named_children:
        top = top.named_children[0]
    operator, right = top.child_by_field_name("operator"), top.child_by_field_name("right")
    if top.type != "binary_operator" or operator is None or operator.type != "+" or right is None:
        return ""
    return statement.text_of(right) if right.type == "identifier" else ""


def _of_percent(right: Node, statement: Statement) -> Iterator[Filling]:
    while right.type == "parenthesized_expression" and right.named_children:
        right = right.named_children[0]
    yield from _of_values(
        right.named_children if right.type in ("tuple", "dictionary") else [right], statement
    )


def _of_values(nodes: list[Node], statement: Statement) -> Iterator[Filling]:
    values = [node for node in nodes if node.type != "comment"]
    for position, node in enumerate(values):
        key, value = str(position), node
        if node.type in ("keyword_argument", "pair"):
            first, *_, value = node.named_children
            written = (
                statement.content_of(first) if first.type == "string" else statement.text_of(first).encode()
            )
            if written is None:
                continue
            key = written.decode("utf-8", "replace")
        elif node.type in ("list_splat", "dictionary_splat"):
            return
        if value.type == "identifier":
            yield Filling(key, name=statement.text_of(value))
        elif value.type == "string" and (text := statement.content_of(value)) is not None:
            yield Filling(key, text)
