"""The question a Python string's SQL answers, from what stands around the string."""

import re

from tree_sitter import Node

from understudy_server.context.python_regions import PythonRegion
from understudy_server.context.query_context import Question, Span
from understudy_server.context.question import as_question, words_of_name
from understudy_server.context.sql_sinks import variable_of

_NOISE = frozenset(
    (
        "sql",
        "query",
        "queries",
        "stmt",
        "statement",
        "get",
        "fetch",
        "load",
        "read",
        "run",
        "q",
        "df",
        "result",
        "results",
        "rows",
        "data",
    )
)


def python_question(region: PythonRegion) -> Question | None:
    """The comment that touches the statement, else the function's docstring, the nearest comment, a name of two words."""
    statement = _statement_of(region.node)
    function = _function_of(region.node)
    above = _comment_above(statement, touching=True)
    if found := _from_comments(above, region.base):
        return found
    if function is not None and (found := _from_docstring(function, region.base)):
        return found
    if found := _from_comments(_comment_above(statement, touching=False), region.base):
        return found
    name = function.child_by_field_name("name") if function is not None else None
    if name is not None and (found := _from_name(name, region.base)):
        return found
    return _from_variable(region)


def docstring_of(function: Node) -> Node | None:
    """The string that is a function's first statement."""
    body = function.child_by_field_name("body")
    first = next((child for child in body.named_children if child.type != "comment"), None) if body else None
    if first is None or first.type != "expression_statement" or not first.named_children:
        return None
    string = first.named_children[0]
    return string if string.type in ("string", "concatenated_string") else None


def _statement_of(node: Node) -> Node:
    """The statement, on lines of its own, that holds the literal."""
    while node.parent is not None and node.parent.type not in ("block", "module", "ERROR"):
        node = node.parent
    return node


def _function_of(node: Node | None) -> Node | None:
    while node is not None and node.type != "function_definition":
        node = node.parent
    return node


def _comment_above(statement: Node, *, touching: bool) -> list[Node]:
    """Comment lines in a row above the statement, top first; when `touching`, without a line between."""
    comments: list[Node] = []
    row = statement.start_point[0]
    node = statement.prev_sibling
    if node is None and statement.parent is not None and statement.parent.type == "block":
        # The grammar hangs comments before a block's first statement on the block's parent.
        node = statement.parent.prev_sibling
    while node is not None:
        if node.type != "comment":
            if touching or comments:
                break
            node = node.prev_sibling
            continue
        # Behind code it is about that code; below another comment it is part of it only without a gap.
        before = node.prev_sibling
        behind_code = before is not None and before.end_point[0] == node.start_point[0]
        if behind_code or ((touching or comments) and node.end_point[0] + 1 != row):
            if touching or comments:
                break
            node = node.prev_sibling
            continue
        comments.insert(0, node)
        row = node.start_point[0]
        node = node.prev_sibling
    return comments


def _from_comments(comments: list[Node], base: int) -> Question | None:
    text = as_question([_text(comment).lstrip("#") for comment in comments])
    if not text:
        return None
    return Question(text, "comment", Span(base + comments[0].start_byte, base + comments[-1].end_byte))


def _from_docstring(function: Node, base: int) -> Question | None:
    string = docstring_of(function)
    if string is None:
        return None
    body = re.sub(r"^[A-Za-z]*(\"\"\"|'''|\"|')|(\"\"\"|'''|\"|')$", "", _text(string)).strip()
    paragraph = re.split(r"\n\s*\n", body, maxsplit=1)[0]
    text = as_question(paragraph.splitlines())
    return (
        Question(text, "docstring", Span(base + string.start_byte, base + string.end_byte)) if text else None
    )


def _from_name(name: Node, base: int) -> Question | None:
    words = [word for word in words_of_name(_text(name)).split() if word not in _NOISE]
    if len(words) < 2:
        return None
    return Question(" ".join(words), "function", Span(base + name.start_byte, base + name.end_byte))


def _from_variable(region: PythonRegion) -> Question | None:
    words = [word for word in words_of_name(variable_of(region.node)).split() if word not in _NOISE]
    return Question(" ".join(words), "variable") if len(words) > 1 else None


def _text(node: Node) -> str:
    return node.text.decode("utf-8", "replace") if node.text else ""
