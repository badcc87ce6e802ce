"""One suggestion, one statement: what comes after it is another question."""

import re

from understudy_knowledge.models.vllm.statement_end import BEGIN, EXPECT_MORE, MAIN
from understudy_server.completion.scan import blanked
from understudy_server.context.query_context import QueryContext

_BORDER = re.compile(rf"[();]|(?<!\w)(?:{'|'.join(sorted(BEGIN))})\b", re.IGNORECASE)
_EXPECTS_MORE = re.compile(
    rf"(?:\b(?:{'|'.join(word for word in EXPECT_MORE if word.isalpha())})|[(,])\s*\Z", re.IGNORECASE
)
_LAST_COMMENTS = re.compile(r"(?:\n[ \t]*--[^\n]*|\n[ \t]*)+\Z")


def trim_to_statement(text: str, context: QueryContext) -> str:
    """The text up to a semicolon, or up to a line that begins a new statement, whichever comes first."""
    before = len(context.prefix)
    code = blanked(context.prefix + text)
    has_main = False
    depth = 0
    for found in _BORDER.finditer(code):
        offset, border = found.start(), found[0].lower()
        depth += (border == "(") - (border == ")")
        if depth > 0 or border in ("(", ")"):
            continue
        if border == ";":
            if offset >= before:
                return text[: offset - before]
            continue
        ends = has_main and offset >= before and _starts_line(code, offset)
        if ends and not _EXPECTS_MORE.search(code, max(0, offset - 200), offset):
            return _LAST_COMMENTS.sub("", text[: offset - before])
        has_main = has_main or border in MAIN
    return text


def _starts_line(code: str, offset: int) -> bool:
    return not code[code.rfind("\n", 0, offset) + 1 : offset].strip()
