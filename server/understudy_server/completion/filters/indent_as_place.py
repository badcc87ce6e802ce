"""A suggestion is indented as the place is: not twice, and with the same kind of blanks."""

import re

from understudy_server.context.query_context import QueryContext

_TAB = " " * 4
_LEADING = re.compile(r"^[ \t]+")


def indent_as_place(text: str, context: QueryContext) -> str:
    """Drops blanks that stand at the cursor already; where the text has some lines indented as the place and some less,
    it is set back to the margin, from which it is indented as a whole when it is inserted.
    """
    if not context.prefix or context.prefix[-1].isspace():
        text = text.lstrip(" \t")
    first, *rest = text.split("\n")
    indent = context.indent
    if not indent or not rest:
        return text
    rest = [_LEADING.sub(lambda blanks: _as_in(indent, blanks[0]), line) for line in rest]
    said = [line for line in rest if line.strip()]
    # Only a model that saw the indentation of the lines above repeats it.
    saw = context.prefix.rpartition("\n")[2].startswith(indent) and "\n" in context.prefix
    if saw and not all(line.startswith(indent) for line in said):
        rest = [line[len(indent) :] if line.startswith(indent) else line.lstrip() for line in rest]
    return "\n".join([first, *rest])


def _as_in(indent: str, blanks: str) -> str:
    """The blanks as tabs or spaces, as the place has them."""
    return blanks.replace(_TAB, "\t") if indent[0] == "\t" else blanks.replace("\t", _TAB)
