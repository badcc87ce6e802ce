"""A text that is put together statement by statement: `q = "select …"`, then `q += "where …"`."""

import re

from understudy_server.context.python.bindings import bindings_above
from understudy_server.context.python.surroundings import StatementAround
from understudy_server.context.sql.look import look_at

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
    for binding in bindings_above(around, match.group(1) or variable.encode()):
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
