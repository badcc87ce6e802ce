"""What a text of Python is used for, by the code around it: the calls that take it, the name that it is bound to."""

import re

from attrs import evolve, frozen
from tree_sitter import Node

from understudy_server.context.python.statement import Statement

# Around these a text goes on to where they stand; the name of a call among them is kept as a candidate for the sink.
_THROUGH = frozenset(
    "parenthesized_expression conditional_expression boolean_operator await list tuple set pair dictionary named_expression "
    "list_splat keyword_argument argument_list call attribute subscript binary_operator expression_list".split()
)


@frozen
class Use:
    """What a text is used for, by the code around it. Empty where that is not known."""

    calls: tuple[str, ...] = ()
    """Dotted paths of the calls it is an argument of, innermost first."""
    positions: tuple[int, ...] = ()
    """Which positional argument it is of each call, from 0 on; -1 for a keyword argument."""
    keyword: str = ""
    """Name of the keyword argument or dictionary key that it is the value of."""
    variable: str = ""
    """Name that it is bound to: a variable, attribute, parameter, or the function that returns it."""
    variable_at: int = -1
    """Offset of that name in the statement's source."""
    bare: bool = False
    """Whether it is a statement of its own, as a docstring is."""
    continues: bool = False
    """Whether it goes on with a text that begins elsewhere: `sql += "…"`, `head + "…"`."""
    arguments: int = 0
    """How many arguments the innermost call takes."""


def use_of(top: Node, statement: Statement) -> Use:
    """What the expression's value is used for in its statement."""
    calls: list[str] = []
    positions: list[int] = []
    keyword = ""
    count = 0
    node, parent = top, statement.parent_of(top)
    while parent is not None:
        if parent.type == "keyword_argument" or (parent.type == "pair" and parent.named_children[0] != node):
            keyword = keyword or _word(parent.named_children[0], statement)
        elif parent.type == "pair":
            break
        elif parent.type == "argument_list":
            call = statement.parent_of(parent)
            if call is None or call.type != "call":
                break
            if not calls:
                count = len([child for child in parent.named_children if child.type != "comment"])
            positions.append(-1 if node.type == "keyword_argument" else position_in(node, parent))
            function = function_of(call)
            calls.append(_dotted(statement.text_of(function)) if function is not None else "")
        elif parent.type in ("assignment", "augmented_assignment"):
            left = parent.child_by_field_name("left")
            if left is None or left == node:
                break
            name = left if left.type != "subscript" else left.named_children[-1]
            return _bound(Use(tuple(calls), tuple(positions), keyword, arguments=count), name, statement)
        elif parent.type in ("default_parameter", "typed_default_parameter", "named_expression"):
            name_node = parent.child_by_field_name("name")
            use = Use(tuple(calls), tuple(positions), keyword, arguments=count)
            return use if name_node is None else _bound(use, name_node, statement)
        elif parent.type == "expression_statement":
            return Use(tuple(calls), tuple(positions), keyword, bare=node == top, arguments=count)
        elif parent.type in ("module", "block", "ERROR"):
            bare = node == top and parent.type != "ERROR"
            return Use(tuple(calls), tuple(positions), keyword, bare=bare, arguments=count)
        elif parent.type not in _THROUGH:
            break
        elif parent.type == "conditional_expression" and parent.named_children[1:2] == [node]:
            break  # what is asked, not what is answered
        node, parent = parent, statement.parent_of(parent)
    return Use(tuple(calls), tuple(positions), keyword, arguments=count)


def _bound(use: Use, name: Node, statement: Statement) -> Use:
    if name.type == "string":
        return evolve(use, keyword=use.keyword or _content(name, statement))
    if name.type == "attribute" and (last := name.child_by_field_name("attribute")) is not None:
        name = last
    if name.type != "identifier":
        return use
    return evolve(use, variable=statement.text_of(name), variable_at=name.start_byte)


def _word(node: Node, statement: Statement) -> str:
    """A keyword argument's name, or a dictionary's key."""
    if node.type == "string":
        return _content(node, statement)
    return statement.text_of(node) if node.type == "identifier" else ""


def _content(node: Node, statement: Statement) -> str:
    return (statement.content_of(node) or b"").decode("utf-8", "replace")


def function_of(call: Node) -> Node | None:
    """What is called."""
    return call.child_by_field_name("function")


def _dotted(path: str) -> str:
    """`a.b(c).d` as `a.b().d`, on one line."""
    path = re.sub(r"\s+", "", path)
    while (shorter := re.sub(r"\([^()]+\)", "()", path)) != path:
        path = shorter
    return path[-120:]


def position_in(node: Node, arguments: Node) -> int:
    """Which argument the node is, from 0 on; -1 where it is none."""
    named = [child for child in arguments.named_children if child.type != "comment"]
    return named.index(node) if node in named else -1
