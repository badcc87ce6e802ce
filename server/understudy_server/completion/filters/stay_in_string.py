"""Inside a Python string the SQL ends where the string does, and the Python behind it is not asked for."""

import re

from understudy_server.completion.scan import literals
from understudy_server.context.query_context import QueryContext

_CALL_GOES_ON = re.compile(r"[ \t]*[)\],;:]*[ \t]*(?:\n|\Z)")


def stay_in_string(text: str, context: QueryContext) -> str:
    """The text up to the quotes with which a model closes the Python string, that is, quotes that begin no literal of SQL."""
    form = context.string
    if form is None:
        return text
    if form.triple:
        return text.partition(form.quote)[0]
    before = len(context.prefix)
    for start, literal in literals(context.prefix + text):
        if start >= before and literal[0] == form.quote and _CALL_GOES_ON.match(literal, 1):
            return text[: start - before]
    return text
