"""Models like to begin again: with the word at the cursor, or with the whole statement so far."""

from understudy_server.completion.scan import tokens
from understudy_server.context.query_context import QueryContext

_WINDOW = 4_000
_MAY_FOLLOW_ITSELF = {"end"}


def drop_prefix_repetition(text: str, context: QueryContext) -> str:
    """Drops from the start of the text what the end of the prefix already says, case and blanks aside."""
    prefix = context.prefix[-_WINDOW:]
    said = tokens(prefix)
    again = tokens(text[:_WINDOW])
    for length in range(min(len(said), len(again)), 0, -1):
        words = [word for word, *_ in again[:length]]
        if [word for word, *_ in said[-length:]] == words and (length > 1 or _is_repetition(words[0])):
            rest = text[again[length - 1][2] :]
            return rest.lstrip(" \t") if prefix[-1:].isspace() else rest
    if said and again and said[-1][2] == len(prefix) and len(said[-1][0]) > 1 and again[0][1] == 0:
        # Half a word stands at the cursor and the text writes it out from its start.
        return text[len(said[-1][0]) :] if again[0][0].startswith(said[-1][0]) else text
    return text


def _is_repetition(word: str) -> bool:
    """A single sign or letter may follow itself: `((`, or `s` of `ss`; a doubled comma never may."""
    return word == "," or (len(word) > 1 and not word.isdigit() and word not in _MAY_FOLLOW_ITSELF)
