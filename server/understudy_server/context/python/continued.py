"""A text that is put together statement by statement: `q = "select …"`, then `q += "where …"`."""

import re

from understudy_server.context.python.bindings import bindings_above, constant_texts
from understudy_server.context.python.state import PythonString
from understudy_server.context.python.surroundings import StatementAround
from understudy_server.context.sql.look import begins_clause, look_at

_HOLE_FIRST = re.compile(rb"\{\s*([A-Za-z_]\w*)\s*\}")
_MAX_PIECES = 20
_EXTENDS = re.compile(rb"[ \t]*(?::[^=\r\n]*)?(?:\+=|=[ \t(]*(\w+)\s*\+)")


def text_before(around: StatementAround, variable_at: int, variable: str) -> bytes:
    """What the name holds that the statement extends, by the statements above; empty where it extends none, or that is not known.

    `variable_at` is where in the text around the statement names its variable.
    """
    match = _EXTENDS.match(around.text, variable_at + len(variable.encode()))
    if match is None or around.text[variable_at - 1 : variable_at] == b".":
        return b""
    pieces: list[bytes] = []
    for _, binding in bindings_above(around, (match.group(1) or variable.encode(),)):
        if binding is None or len(pieces) == _MAX_PIECES:
            return b""
        text = binding.text
        if text is not None:
            pieces.append(text)
        if not binding.adds:
            return b"".join(reversed(pieces)) if text is not None else b""
    return b""


def is_begun(text: bytes) -> bool:
    """Whether the text is a statement, so that what goes on with it is SQL."""
    return look_at(text.lstrip()) == "statement"


def goes_on_with_hole(around: StatementAround, literal: PythonString, masked: bytes) -> bool:
    """Whether the text is SQL because its literal begins with a hole that stands for a statement, which it goes on with."""
    if not literal.holes or literal.holes[0][0] != literal.content:
        return False
    start, end = literal.holes[0]
    hole = _HOLE_FIRST.fullmatch(around.text, start, end)
    rest = masked[end - start :].lstrip()
    if hole is None or not (begins_clause(rest) or rest[:6].upper() == b"SELECT"):
        return False
    name = hole.group(1)
    return is_begun(constant_texts(around, (name,)).get(name) or b"")
