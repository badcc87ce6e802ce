"""A suggestion closes what it opens, and closes nothing that was never open."""

from understudy_server.completion.scan import blanked, inside_quotes, parentheses
from understudy_server.context.query_context import QueryContext


def balance_parentheses(text: str, context: QueryContext) -> str:
    """Cuts the text at a parenthesis too many; adds the closing ones that neither it nor the suffix has."""
    before = len(context.prefix)
    code = blanked(context.prefix + text)
    depth = 0
    for offset, parenthesis, depth in parentheses(code):
        if depth < 0 and offset >= before and parenthesis == ")":
            return text[: offset - before].rstrip()
    if not text.strip() or inside_quotes(context.prefix + text):
        return text
    missing = depth + _balance(context.suffix)
    if context.suffix.strip():
        # The rest of the statement is the user's: only what this text opened is ours to close.
        missing = min(missing, _balance(code[before:]))
    return text.rstrip() + ")" * missing if missing > 0 else text


def _balance(sql: str) -> int:
    """Opened minus closed."""
    code = blanked(sql)
    return code.count("(") - code.count(")")
