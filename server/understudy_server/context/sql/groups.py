"""Where statements part that no `;` parts: at a keyword that cannot go on with what stands above it."""

from collections.abc import Mapping
from itertools import pairwise

from attrs import define

from understudy_server.context.sql.lexer import Token
from understudy_server.context.sql.routine import RoutineBody, creates_routine
from understudy_server.context.sql.words import CONTINUING, STARTERS

VERBS = frozenset("SELECT INSERT REPLACE UPDATE DELETE MERGE VALUES EXEC EXECUTE".split())
"""What a statement does, or a query in it."""

_TELLING = STARTERS | VERBS
# What must follow for the word to begin a statement; the others do in any company.
_FOLLOWERS = {
    "INSERT": frozenset(("INTO", "OR", "OVERWRITE")),
    "REPLACE": frozenset(("INTO",)),
    "DELETE": frozenset(("FROM",)),
    "MERGE": frozenset(("INTO",)),
}


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
        elif word in VERBS:
            self.verb = self.verb or index > self.begin
            self.inserts = word in ("INSERT", "REPLACE") and _follows_well(segment, index)


def groups_of(segment: list[Token], text: bytes, routines: bool) -> list[list[Token]]:
    """The tokens between two separators, parted where a keyword at a line's start cannot go on with what stands before it.

    `routines` says whether there may be bodies of routines among them.
    """
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
    if head == "ALTER" and word in ("DROP", "ALTER") and not begun.verb:
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


def _cte_names(tokens: list[Token]) -> set[str]:
    return {
        token.name.lower()
        for token, after in pairwise(tokens)
        if token.name and (after.keyword == "AS" or after.text == "(")
    }
