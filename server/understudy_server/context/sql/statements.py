"""Where statements begin and end in SQL text, also while it is being written and `;` are missing."""

import re
from collections.abc import Iterable, Iterator, Sequence

from attrs import frozen

from understudy_server.context.query_context import Span
from understudy_server.context.sql.groups import VERBS, groups_of
from understudy_server.context.sql.lexer import Token, each_token, tokenize
from understudy_server.context.sql.routine import RoutineBody
from understudy_server.context.sql.words import ASKING, CONTINUING

_LINE_END = re.compile(rb"[\r\n]")


@frozen
class Statement:
    """One statement: its code tokens (none for a statement not begun) and the place of the code, comments around it left out."""

    span: Span
    tokens: tuple[Token, ...] = ()
    floor: int = 0
    """Where the text that belongs to nothing above begins: comments between `floor` and the span are about this statement."""


def split_statements(text: bytes) -> list[Statement]:
    """Every statement of the text, in order; the `;` between them belong to none, those in a routine's body to it."""
    return list(each_statement(text))


def each_statement(text: bytes) -> Iterator[Statement]:
    """The same one by one, for long texts."""
    routines = _may_have_bodies(text)
    for segment, floor in _segments(each_token(text), text, routines):
        for group in groups_of(segment, text, routines):
            yield Statement(Span(group[0].start, group[-1].end), tuple(group), floor)
            floor = group[-1].end


def statement_at(text: bytes, offset: int, tokens: Sequence[Token] | None = None) -> Statement:
    """The statement that text typed at the offset would belong to; an empty one where a new statement would begin.

    `tokens` are those of the whole text, comments included.
    """
    floor, segment = 0, []
    routines = _may_have_bodies(text)
    everything = tokens if tokens is not None else tokenize(text)
    for candidate, candidate_floor in _segments(everything, text, routines, keep_empty=True):
        if candidate_floor > offset:
            break
        segment, floor = candidate, candidate_floor
    empty = Statement(Span(offset, offset), (), floor)
    groups = groups_of(segment, text, routines) if segment else []
    for index, group in enumerate(groups):
        start, end = group[0].start, group[-1].end
        if offset < start:
            on_its_line = b"\n" not in text[offset:start] and b"\r" not in text[offset:start]
            return Statement(Span(offset, end), tuple(group), floor) if on_its_line else empty
        before_next = index + 1 == len(groups) or offset < groups[index + 1][0].start
        if offset <= end or (before_next and not _leaves(group, text, offset)):
            return Statement(Span(start, max(end, offset)), tuple(group), floor)
        floor = end
        empty = Statement(Span(offset, offset), (), floor)
    return empty


def _segments(
    tokens: Iterable[Token], text: bytes, routines: bool, *, keep_empty: bool = False
) -> Iterator[tuple[list[Token], int]]:
    """Runs of code tokens between separators, each with the offset after the separator above it."""
    current: list[Token] = []
    floor = 0
    delimiter = ";"
    body = RoutineBody() if routines else None
    behind = 0
    for token in tokens:
        above, behind = behind, token.end
        if token.kind == "comment":
            if not _is_command(token):
                continue
            words = token.text.split()
            delimiter = words[1] if words[0].lower() == "delimiter" else delimiter
        elif not _separates(token, text, delimiter, above) or (
            token.text == ";" and body is not None and body.is_open(current, len(current), text, token.start)
        ):
            if not (token.kind == "number" and not current and _repeats(text, floor, token)):
                current.append(token)
            continue
        if current or keep_empty:
            yield current, floor
        current, floor = [], token.end
        body = body and RoutineBody()
    if current or keep_empty:
        yield current, floor


def _may_have_bodies(text: bytes) -> bool:
    """Whether the bodies of routines need be followed in it: most texts have none."""
    return b"begin" in text.lower()


def _is_command(token: Token) -> bool:
    """Whether the comment is a command of a client: what stands below it is another statement."""
    return token.text[0] == "\\" or token.text.lstrip()[:9].lower() == "delimiter"


def _separates(token: Token, text: bytes, delimiter: str, above: int) -> bool:
    """Whether the token ends a statement: the delimiter, or GO (of T-SQL) or `/` (of Oracle) alone on its line.

    `above` is where the token before it ends.
    """
    if token.text == delimiter:
        return True
    if token.keyword != "GO" and token.text != "/":
        return False
    if above and not _LINE_END.search(text, above, token.start):
        return False
    line_end = _LINE_END.search(text, token.end)
    rest = text[token.end : line_end.start() if line_end else len(text)].strip()
    return not rest or (token.text != "/" and rest.isdigit())


def _repeats(text: bytes, floor: int, token: Token) -> bool:
    """Whether the number says how often GO is to run what stands above."""
    return text[floor - 2 : floor].upper() == b"GO" and not text[floor : token.start].strip(b" \t")


def _has_verb(tokens: list[Token]) -> bool:
    depth = 0
    for token in tokens:
        if token.text == "(":
            depth += 1
        elif token.text == ")":
            depth -= 1
        elif depth <= 0 and token.keyword in VERBS:
            return True
    return False


def _leaves(group: list[Token], text: bytes, offset: int) -> bool:
    """Whether a cursor below the statement's code has left it: a blank line, and a comment or nothing more to come."""
    gap = text[group[-1].end : offset]
    lines = gap.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
    between = [line.strip() for line in lines[1:-1]]
    if b"" not in between:
        return False
    comment_after_blank = any(between[between.index(b"") :])
    return comment_after_blank or _complete(group)


def _complete(group: list[Token]) -> bool:
    """Whether the tokens could be all of a statement: nothing is open and the last token asks for nothing."""
    depth = sum((token.text == "(") - (token.text == ")") for token in group)
    last = group[-1]
    if depth > 0 or last.keyword in CONTINUING | ASKING:
        return False
    if group[0].keyword == "WITH" and not _has_verb(group[1:]):
        return False
    return last.kind != "punctuation" or last.text in (")", "*", "]")
