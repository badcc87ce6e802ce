"""Models do not stop where the text after the cursor takes over."""

from understudy_server.completion.scan import blanked, inside_quotes, tokens
from understudy_server.context.query_context import QueryContext

_WINDOW = 4_000
_CLOSERS = set(")]}'\"`")


def drop_suffix_overlap(text: str, context: QueryContext) -> str:
    """Drops from the end of the text what the suffix goes on to say, case and blanks aside."""
    following = tokens(context.suffix[:_WINDOW])
    written = tokens(text)
    for length in range(min(len(following), len(written)), 0, -1):
        words = [word for word, *_ in written[-length:]]
        if [word for word, *_ in following[:length]] != words:
            continue
        shorter = text[: written[-length][1]]
        if _takes_over(words, text, shorter, context):
            return shorter.rstrip() if context.suffix[:1].isspace() else shorter
    return text


def _takes_over(words: list[str], text: str, shorter: str, context: QueryContext) -> bool:
    """Closing signs are dropped only where both would be one too many; a lone letter or digit never is."""
    if set(words) <= _CLOSERS:
        return _surplus(context.prefix + text + context.suffix) > _surplus(
            context.prefix + shorter + context.suffix
        )
    return len(words) > 1 or words[0] in {",", ";"} or (len(words[0]) > 1 and not words[0].isdigit())


def _surplus(sql: str) -> int:
    """How far the parentheses and quotes are from closing."""
    code = blanked(sql)
    return abs(code.count("(") - code.count(")")) + inside_quotes(sql)
