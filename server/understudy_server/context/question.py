"""The question a statement answers, from the comments of its SQL; and which words count as a question at all."""

import re
from collections.abc import Sequence

from understudy_server.context.query_context import Question, Span
from understudy_server.context.sql_lexer import Token
from understudy_server.context.sql_statements import Statement

_DIRECTIVE = re.compile(
    r"^(?:todo|fixme|xxx|hack|noqa|sqlfluff|type:|pylint|pragma|fmt:|ruff:|mypy:|language[=:]|%%|!|-\*-|region\b|endregion\b)",
    re.IGNORECASE,
)
_LABEL = re.compile(r"^(?:(?:question|q)\s*\d*|\d+)\s*[:.)]\s+", re.IGNORECASE)
_NAMED_QUERY = re.compile(r"^name:\s*([A-Za-z_]\w*)")
_UPPER_SQL = re.compile(
    r"^(?:SELECT|FROM|WHERE|AND|OR|(?:LEFT |RIGHT |INNER |CROSS |FULL )?(?:OUTER )?JOIN|ON|GROUP BY|ORDER BY|HAVING|LIMIT|WITH|UNION|INSERT INTO"
    r"|UPDATE|DELETE FROM|CREATE|DROP|ALTER|VALUES|SET|CASE|WHEN|ELSE|END)\b(?=.*(?:[=<>*(),;.]|\b[A-Z]{3,}\b|_)|$)"
)
_LOWER_SQL = re.compile(
    r"^select\b(?=.*[*,._(;]).*\bfrom\s+[\w.\"]+\s*(?:;|$|\b(?:where|join|group|order|as)\b)", re.IGNORECASE
)
_CONDITION = re.compile(r"^(?:and |or )?[\w.]+\s*(?:=|<>|!=|<=?|>=?)\s*\S+\s*[,;]?$", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+")

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


def as_question(lines: Sequence[str]) -> str:
    """The question that comment lines ask, on one line; empty when they ask none: rulers, directives, commented-out SQL."""
    kept = [line for line in (line.strip(" \t*=#-~") for line in lines) if _WORD.search(line)]
    if not kept or _DIRECTIVE.match(kept[0]) or any(_is_code(line) for line in kept):
        return ""
    if named := _NAMED_QUERY.match(kept[0]):
        kept[0] = words_of_name(named.group(1))
    return _LABEL.sub("", re.sub(r"\s+", " ", " ".join(kept))).strip()


def words_of_name(name: str) -> str:
    """snake_case or CamelCase as words in lower case."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return " ".join(word.lower() for word in re.split(r"[\s_]+", spaced) if word)


def _is_code(line: str) -> bool:
    return bool(
        _UPPER_SQL.match(line)
        or _LOWER_SQL.match(line)
        or _CONDITION.match(line)
        or (line.endswith(";") and re.match(r"^[A-Za-z]+\s", line))
    )


def _blocks(comments: Sequence[Token], text: bytes) -> list[_Block]:
    """Comments on lines of their own; neighboring `--` lines make one block."""
    blocks: list[_Block] = []
    for token in comments:
        line_start = max(text.rfind(b"\n", 0, token.start), text.rfind(b"\r", 0, token.start)) + 1
        if text[line_start : token.start].strip():
            continue
        if token.text.startswith("/*"):
            body = token.text.removeprefix("/*").removesuffix("*/")
            blocks.append((body.splitlines(), token.start, token.end))
            continue
        line = token.text.removeprefix("--")
        joins = blocks and text[blocks[-1][1] : blocks[-1][1] + 2] == b"--"
        if joins and not _blank_lines(text[blocks[-1][2] : token.start]):
            lines, start, _ = blocks[-1]
            blocks[-1] = ([*lines, line], start, token.end)
        else:
            blocks.append(([line], token.start, token.end))
    return blocks


def _blank_lines(gap: bytes) -> int:
    return max(gap.replace(b"\r\n", b"\n").replace(b"\r", b"\n").count(b"\n") - 1, 0)


def _question_of(block: _Block) -> Question | None:
    lines, start, end = block
    text = as_question(lines)
    return Question(text, "comment", Span(start, end)) if text else None
