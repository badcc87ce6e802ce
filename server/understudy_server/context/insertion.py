"""How completion text is written at the cursor: indented, and inside a Python string escaped as its form demands."""

import re

from understudy_server.context.query_context import QueryContext, StringForm


def render_insertion(text: str, context: QueryContext) -> str:
    """The text as it must be inserted so that the SQL at the cursor reads as `text`.

    In a one-line string, and behind a magic of one line, line ends become spaces; elsewhere continuation lines get the context's indentation.
    """
    form = context.string
    if context.one_line or (form is not None and not form.triple):
        text = re.sub(r"\s*[\r\n]+\s*", " ", _without_line_comments(text))
    if form is None:
        return _indent(text, context.indent)
    return _indent(_escape(text, form), context.indent)


def _indent(text: str, indent: str) -> str:
    first, *rest = text.split("\n")
    # A student that saw the lines above may have indented already.
    if not indent or all(not line.strip() or line.startswith(indent) for line in rest):
        return text
    return "\n".join([first, *(indent + line if line.strip() else line for line in rest)])


def _without_line_comments(text: str) -> str:
    """A `--` comment would swallow what follows once its line end is gone."""
    return re.sub(r"('(?:[^']|'')*')|--[^\n]*", lambda match: match.group(1) or "", text)


def _escape(text: str, form: StringForm) -> str:
    if form.template == "percent":
        text = text.replace("%", "%%")
    if form.formatted or form.template == "format":
        text = text.replace("{", "{{").replace("}", "}}")
    if form.raw:
        return _escape_raw(text, form)
    text = text.replace("\\", "\\\\")
    mark = form.quote[0]
    if not form.triple:
        return text.replace(mark, "\\" + mark)
    # A quote right before the closing quotes would end the string early. It is set apart before the others are escaped,
    # for as the last of three it would be escaped twice.
    last = "\\" + mark if text.endswith(mark) else ""
    text = text.removesuffix(mark) if last else text
    return text.replace(form.quote, form.quote[:2] + "\\" + mark) + last


def _escape_raw(text: str, form: StringForm) -> str:
    """A raw string cannot escape its own quote, so the quote stands in a literal of its own: r'a' "'" r'b' is r'a'b'."""
    mark = form.quote[0]
    other = "'" if mark == '"' else '"'
    # In a triple-quoted string only quotes in a row, and one at the end, are in danger.
    endangered = f"{mark}{{2,}}|{mark}$" if form.triple else f"{mark}+"
    return re.sub(
        endangered, lambda run: f"{form.quote} {other}{run.group()}{other} {form.prefix}{form.quote}", text
    )
