"""Where statements begin and end in SQL text, also while it is being written and `;` are missing."""

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from attrs import define, frozen

from understudy_server.context.query_context import Span
from understudy_server.context.routine import RoutineBody, creates_routine
from understudy_server.context.sql_lexer import Token, tokenize
from understudy_server.context.sql_words import ASKING, CONTINUING, STARTERS

_LINE_END = re.compile(rb"[\r\n]")
# What must follow for the word to begin a statement; the others do in any company.
_FOLLOWERS = {
    "INSERT": frozenset(("INTO", "OR", "OVERWRITE")),
    "REPLACE": frozenset(("INTO",)),
    "DELETE": frozenset(("FROM",)),
    "MERGE": frozenset(("INTO",)),
}
_VERBS = frozenset("SELECT INSERT REPLACE UPDATE DELETE MERGE VALUES EXEC EXECUTE".split())
_TELLING = STARTERS | _VERBS


@frozen
class Statement:
    """One statement: its code tokens (none for a statement not begun) and the place of the code, comments around it left out."""

    span: Span
    tokens: tuple[Token, ...] = ()
    floor: int = 0
    """Where the text that belongs to nothing above begins: comments between `floor` and the span are about this statement."""


def split_statements(text: bytes) -> list[Statement]:
    """Every statement of the text, in order; the `;` between them belong to none, those in a routine's body to it."""
    statements = []
    routines = _may_have_bodies(text)
    for segment, floor in _segments(tokenize(text), text, routines):
        for group in _groups(segment, text, routines):
            statements.append(Statement(Span(group[0].start, group[-1].end), tuple(group), floor))
            floor = group[-1].end
    return statements


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
    groups = _groups(segment, text, routines) if segment else []
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
) -> list[tuple[list[Token], int]]:
    """Runs of code tokens between separators, each with the offset after the separator above it."""
    segments: list[tuple[list[Token], int]] = []
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
            segments.append((current, floor))
        current, floor = [], token.end
        body = body and RoutineBody()
    if current or keep_empty:
        segments.append((current, floor))
    return segments


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


@define
class _Begun:
    """What the words of a statement, read so far, say of what may go on with it."""

    begin: int
    """Index of its first token."""
    opened: int = -1
    """Index of the WITH whose main query is awaited, or of that above it; negative without one."""
    verb: bool = False
    """Whether a verb stands behind the first word, or behind that WITH."""
    inserts: bool = False
    """Whether INSERT INTO awaits its query."""

    def add(self, segment: list[Token], index: int) -> None:
        """Go on with a word outside of parentheses that may be a verb or a WITH."""
        word = segment[index].keyword
        previous = segment[index - 1].keyword if index > self.begin else "AS"
        if word == "WITH":
            if (self.inserts or previous in CONTINUING) and _opens_cte(segment, index):
                self.opened, self.verb = index, False
        elif word in _VERBS:
            self.verb = self.verb or index > self.begin
            self.inserts = word in ("INSERT", "REPLACE") and _follows_well(segment, index)


def _groups(segment: list[Token], text: bytes, routines: bool) -> list[list[Token]]:
    """Split where a statement keyword at a line's start cannot go on with what stands before it."""
    body = RoutineBody() if routines else None
    groups: list[list[Token]] = []
    closing: list[bool] | None = None
    last: dict[str, int] = {}
    begun = _Begun(0)
    depth = 0
    for index, token in enumerate(segment):
        word = token.keyword
        if not word:
            if token.text == "(":
                depth += 1
            elif token.text == ")":
                depth = max(depth - 1, 0)
            elif token.text == ";":  # in a routine's body
                begun = _Begun(begun.begin, verb=True)
            continue
        if word not in _TELLING:
            continue
        if index > begun.begin and word in STARTERS and _starts_line(segment, index, text):
            goes_on = False
            if body is not None and body.is_open(segment, index, text, token.start):
                goes_on = not creates_routine(segment, index)
                depth = depth if goes_on else 0
            if depth and closing is None:
                closing = _closing(segment)
            goes_on = goes_on or bool(depth and closing and closing[index])
            if begun.opened >= 0 and not last:
                last = {named.name.lower(): at for at, named in enumerate(segment)}
            if not goes_on and _begins_statement(segment, begun, index, depth, text, last):
                groups.append(segment[begun.begin : index])
                begun, depth = _Begun(index), 0
        if not depth:
            begun.add(segment, index)
    groups.append(segment[begun.begin :])
    return groups


def _begins_statement(
    segment: list[Token], begun: _Begun, index: int, depth: int, text: bytes, last: Mapping[str, int]
) -> bool:
    """`last` has where each name, in lower case, stands last in the segment; it is asked below a WITH alone."""
    token, previous = segment[index], segment[index - 1]
    word = token.keyword
    # A subquery being written at the end of the text is not closed either, but nothing parts it from its parenthesis.
    if depth and previous.text == "(" and not _blank_line(text[previous.end : token.start]):
        return False
    if not depth and previous.keyword in CONTINUING:
        return False
    if not _follows_well(segment, index) or (word == "WITH" and not _opens_cte(segment, index)):
        return False
    head = segment[begun.begin].keyword
    if head == "ALTER" and word in ("DROP", "ALTER"):
        return False
    if head == "EXPLAIN" and not begun.verb and previous.text == ")":  # behind its options
        return False
    if word not in ("SELECT", "WITH", *_FOLLOWERS, "UPDATE"):
        return True
    if begun.inserts and word in ("SELECT", "WITH"):
        return False
    if begun.opened >= 0 and not begun.verb:
        # The main query of a WITH may stand below comments and blank lines, but then it uses what WITH defined.
        return all(last.get(name, -1) < index for name in _cte_names(segment[begun.opened : index]))
    return True


def _follows_well(segment: list[Token], index: int) -> bool:
    """Whether the word may begin a statement with what follows it."""
    followers = _FOLLOWERS.get(segment[index].keyword)
    return followers is None or (index + 1 < len(segment) and segment[index + 1].keyword in followers)


def _starts_line(segment: list[Token], index: int, text: bytes) -> bool:
    """Whether nothing stands before the token on its line; it is not the first of the segment."""
    above, start = segment[index - 1].end, segment[index].start
    line_start = max(text.rfind(b"\n", above, start), text.rfind(b"\r", above, start)) + 1
    return line_start > 0 and not text[line_start:start].strip()


def _blank_line(gap: bytes) -> bool:
    return (
        gap.replace(b"\r\n", b"\n")
        .replace(b"\r", b"\n")
        .replace(b" ", b"")
        .replace(b"\t", b"")
        .count(b"\n\n")
        > 0
    )


def _closing(segment: list[Token]) -> list[bool]:
    """For each token whether a parenthesis that is open before it is closed behind it."""
    before, level = [], 0
    for token in segment:
        before.append(level)
        level += (token.text == "(") - (token.text == ")")
    closing, fewest = [False] * len(segment), level
    for index in range(len(segment) - 1, -1, -1):
        closing[index] = fewest < before[index]
        fewest = min(fewest, before[index])
    return closing


def _opens_cte(segment: list[Token], index: int) -> bool:
    words = [token.keyword for token in segment[index + 1 : index + 4]]
    if words[:2] == ["EXECUTE", "AS"]:  # whose rights a routine has
        return False
    return (
        "RECURSIVE" in words[:1] or "AS" in words[1:2] or (len(words) > 1 and segment[index + 2].text == "(")
    )


def _has_verb(tokens: list[Token]) -> bool:
    depth = 0
    for token in tokens:
        if token.text == "(":
            depth += 1
        elif token.text == ")":
            depth -= 1
        elif depth <= 0 and token.keyword in _VERBS:
            return True
    return False


def _cte_names(tokens: list[Token]) -> set[str]:
    return {
        token.name.lower()
        for token, after in pairwise(tokens)
        if token.name and (after.keyword == "AS" or after.text == "(")
    }


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
