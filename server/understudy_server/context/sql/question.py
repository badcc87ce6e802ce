"""The question a statement answers, from the comments of its SQL or the name of its model."""

import re
from collections.abc import Sequence

from understudy_server.context.dialect.markers import path_of
from understudy_server.context.query_context import Question, Span
from understudy_server.context.sql.lexer import Token
from understudy_server.context.sql.question_lines import as_question, words_of_name
from understudy_server.context.sql.statements import Statement

# What dbt projects put before the name of a model to say which layer it is of.
_LAYER = re.compile(
    r"^(?:stg|stage|base|src|raw|int|intermediate|fct|fact|dim|mart|rpt|report|agg|obt|snap)_+"
)

_Block = tuple[list[str], int, int]
"""Lines of a comment, and its start and end."""


def statement_question(
    text: bytes, tokens: Sequence[Token], statement: Statement, *, blank_lines: int = 1
) -> Question | None:
    """The comment right above the statement, at most `blank_lines` blank lines away; else the first inside of it.

    `tokens` are those of `text` with comments. The span is in offsets of `text`.
    """
    comments = [token for token in tokens if token.kind == "comment"]
    above = [token for token in comments if statement.floor <= token.start < statement.span.start]
    blocks = _blocks(above, text)
    if blocks and _blank_lines(text[blocks[-1][2] : statement.span.start]) <= blank_lines:
        found = _question_of(blocks[-1])
        if found:
            return found
    inside = [token for token in comments if statement.span.start <= token.start < statement.span.end]
    return next((found for block in _blocks(inside, text) if (found := _question_of(block))), None)


def model_question(name: str) -> Question | None:
    """The name of a dbt model as words, from the path or URI of its file in a folder `models`; None where it is one word."""
    *folders, file = path_of(name).split("/")
    if "models" not in folders or not file.endswith(".sql"):
        return None
    words = words_of_name(_LAYER.sub("", file.removesuffix(".sql")))
    return Question(words, "model") if " " in words else None


def _blocks(comments: Sequence[Token], text: bytes) -> list[_Block]:
    """Comments on lines of their own; neighboring `--` lines make one block."""
    blocks: list[_Block] = []
    for token in comments:
        line_start = max(text.rfind(b"\n", 0, token.start), text.rfind(b"\r", 0, token.start)) + 1
        if text[line_start : token.start].strip():
            continue
        if token.text.startswith(("/*+", "/*!")):
            # A hint for the optimizer, or code that only MySQL runs.
            continue
        if token.text.startswith("/*"):
            body = token.text.removeprefix("/*").removesuffix("*/")
            blocks.append((body.splitlines(), token.start, token.end))
            continue
        line = token.text.removeprefix("--")
        joins = blocks and text[blocks[-1][1] : blocks[-1][1] + 2] != b"/*"
        if joins and not _blank_lines(text[blocks[-1][2] : token.start]):
            lines, start, _ = blocks[-1]
            lines.append(line)
            blocks[-1] = (lines, start, token.end)
        else:
            blocks.append(([line], token.start, token.end))
    return blocks


def _blank_lines(gap: bytes) -> int:
    return max(gap.replace(b"\r\n", b"\n").replace(b"\r", b"\n").count(b"\n") - 1, 0)


def _question_of(block: _Block) -> Question | None:
    lines, start, end = block
    text = as_question(lines)
    return Question(text, "comment", Span(start, end)) if text else None
