"""One suggestion, one statement: what comes after it is another question."""

import re

from understudy_knowledge.models.vllm.statement_end import BEGIN, EXPECT_MORE, MAIN
from understudy_server.completion.scan import blanked, depths
from understudy_server.context.query_context import QueryContext

_VERB = re.compile(rf"(?:{'|'.join(BEGIN)})\b", re.IGNORECASE)
_EXPECTS_MORE = re.compile(
    rf"(?:\b(?:{'|'.join(word for word in EXPECT_MORE if word.isalpha())})|[(,])\s*\Z", re.IGNORECASE
)
_LAST_COMMENTS = re.compile(r"(?:\n[ \t]*--[^\n]*|\n[ \t]*)+\Z")


def trim_to_statement(text: str, context: QueryContext) -> str:
    """The text up to a semicolon, or up to a line that begins a new statement, whichever comes first."""
    before = len(context.prefix)
    code = blanked(context.prefix + text)
    has_main = False
    for offset, character, depth in depths(code):
        if depth > 0:
            continue
        if character == ";" and offset >= before:
            return text[: offset - before]
        if not character.isalpha() or (offset and (code[offset - 1].isalnum() or code[offset - 1] == "_")):
            continue
        verb = _VERB.match(code, offset)
        if verb is None:
            continue
        continues = _EXPECTS_MORE.search(code, max(0, offset - 200), offset)
        if has_main and not continues and offset >= before and _starts_line(code, offset):
            return _LAST_COMMENTS.sub("", text[: offset - before])
        has_main = has_main or verb[0].lower() in MAIN
    return text


def _starts_line(code: str, offset: int) -> bool:
    return not code[code.rfind("\n", 0, offset) + 1 : offset].strip()
