"""A suggestion ends every literal that it begins, once: a quote too few swallows the rest of the file, one too many opens it."""

from understudy_server.completion.scan import open_quote
from understudy_server.context.query_context import QueryContext


def balance_quotes(text: str, context: QueryContext) -> str:
    """Ends the text where the suffix closes the literal at the cursor; closes one that neither does, on its line."""
    quote, _ = open_quote(context.prefix)
    if quote and quote in context.suffix.partition("\n")[0]:
        return text[: _closing(text, quote)].partition("\n")[0]
    quote, opened = open_quote(context.prefix + text)
    if not quote or not text or context.suffix.startswith(quote):
        return text
    begin = max(opened + 1 - len(context.prefix), 0)
    literal = text[begin:].partition("\n")[0].rstrip()
    if opened >= len(context.prefix) and not literal:
        return text[: begin - 1].rstrip()
    return text[:begin] + literal + quote


def _closing(text: str, quote: str) -> int:
    """Where a literal that is open at the start of the text ends; a doubled quote is part of it."""
    at = text.find(quote)
    while at >= 0 and text.startswith(quote, at + 1):
        at = text.find(quote, at + 2)
    return at if at >= 0 else len(text)
