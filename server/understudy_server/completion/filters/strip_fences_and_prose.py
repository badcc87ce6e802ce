"""What chat models wrap around code: Markdown fences, a sentence before, an explanation after, end-of-text marks."""

import re

from understudy_server.context.query_context import QueryContext

_THOUGHT = re.compile(r"\A\s*<think>.*?(?:</think>|\Z)", re.DOTALL)
_MARK = re.compile(r"<\|[\w▁ ]{1,40}\|>|</s>|<EOT>|<fim_\w+>")
_FENCE = re.compile(r"(?:^|\n)[ \t]*(?:```|~~~)[ \t]*\w*[ \t]*\n?")
_PROSE = re.compile(
    r"\A\s*(?:sure|certainly|of course|okay|ok|here(?:'s| is| are)|the (?:following|query|sql|completed?)|this (?:query|sql)|"
    r"i |you can|to (?:get|find|answer)|below|answer:|sql:)[^\n]*(?:\n|\Z)",
    re.IGNORECASE,
)


def strip_fences_and_prose(text: str, context: QueryContext) -> str:
    """The code alone: what the first fence holds, or the text without a leading sentence and after the first mark."""
    text = _THOUGHT.sub("", text, count=1)
    if mark := _MARK.search(text):
        text = text[: mark.start()]
    opening = _FENCE.search(text)
    if opening is None:
        return _without_prose(text, context)
    before, after = text[: opening.start()], text[opening.end() :]
    if _without_prose(before, context).strip():
        # Code stands before the fence: it is the closing one, and what follows is explanation.
        return _without_prose(before, context)
    closing = _FENCE.search(after)
    return after[: closing.start()] if closing else after.removesuffix("```")


def _without_prose(text: str, context: QueryContext) -> str:
    # Only an empty statement is answered by a chat; in the middle of one, "the" may well be an alias.
    while not context.prefix.strip() and (prose := _PROSE.match(text)):
        text = text[prose.end() :].lstrip("\n")
    return text
