"""The stretch of an SQL file around the cursor that is enough to know its statement; the rest is never read.

It begins and ends where statements surely do: behind a `;`, or where a statement's keyword stands at a line's start and the
statement above it asks for nothing more. It depends on the text alone, not on how the text came to be.
"""

import re

from understudy_server.context.limits import MAX_REGION_BYTES, too_long
from understudy_server.context.sql.checkpoint import INITIAL, Border, SqlState, advance, read
from understudy_server.context.text.checkpoints import Checkpoints
from understudy_server.context.text.document import Document

_COMMENTS_BYTES = 2_000
# Within a routine's body nothing is taken for a border, unless the body seems to have been left open so far away.
_BODY_BYTES = 16_000
# What a statement that begins with the word may go on with at a line's start.
_GOES_ON = {
    b"WITH": frozenset((b"SELECT", b"INSERT", b"REPLACE", b"UPDATE", b"DELETE", b"MERGE")),
    b"INSERT": frozenset((b"SELECT", b"WITH")),
    b"REPLACE": frozenset((b"SELECT", b"WITH")),
    b"CREATE": frozenset((b"SELECT", b"WITH")),
    b"ALTER": frozenset((b"ALTER", b"DROP", b"CREATE", b"SELECT", b"WITH")),
    b"EXPLAIN": frozenset(
        (b"SELECT", b"WITH", b"INSERT", b"REPLACE", b"UPDATE", b"DELETE", b"MERGE", b"CREATE")
    ),
}
_LAST = re.compile(rb"[\w$]+\Z|.\Z", re.DOTALL)
_COMMENT = re.compile(rb"--|\#(?=[ \t!]|\Z)")
_ASKING_MARKS = frozenset(b"(,=<>+-*/|.%&~!^:}")
_ASKING_WORDS = frozenset(
    b"""
    after all analyze and any as before begin between by case check cross delete describe distinct do each else
    escape except exists explain for from full function glob grant group having if ilike in inner insert instead intersect
    into is join key lateral left like limit loop materialized minus natural not of offset on or order outer over
    partition plan procedure recursive regexp replace returning returns revoke right rlike select set similar some
    statement table temp temporary then to trigger union unique unless update using values view when where window with
    """.split()
)


def sql_window(document: Document, offset: int) -> tuple[int, int] | None:
    """(start, end) of a stretch that holds the whole statement at the cursor and, as a rule, the one above it.

    None in a comment longer than what is looked at. Raises UnderstudyError when a statement is that long.
    """
    checkpoints = Checkpoints(document, advance, INITIAL)
    start, word = _start(document, checkpoints, offset)
    end = _end(document, checkpoints, offset, word)
    if end - start <= MAX_REGION_BYTES:
        return start, end
    base, state = checkpoints.before(offset)
    if advance(document.slice(base, offset), state).mode == b"/*":
        return None
    raise too_long(document.name, "statement")


def _start(document: Document, checkpoints: Checkpoints[SqlState], offset: int) -> tuple[int, bytes]:
    """Where to begin, and the word with which the statement at the cursor seems to begin, empty when there is none."""
    begins = lower = b""
    for base, block, state in checkpoints.upward(offset):
        ended, found = read(block, state)
        checkpoints.remember(block, state, ended)
        for border in reversed(found):
            place = base + border.above
            if place > offset:
                continue
            if not border.word:
                return place, begins
            if not _may_begin(document, border, place, offset):
                continue
            # One more statement than the cursor's, which settles what the cursor's own keyword is.
            if lower and lower not in _GOES_ON.get(border.word, ()):
                return place, begins
            begins, lower = begins or border.word, border.word
        if offset - base > MAX_REGION_BYTES:
            return base, begins
    return 0, begins


def _end(document: Document, checkpoints: Checkpoints[SqlState], offset: int, word: bytes) -> int:
    _, state = checkpoints.before(offset)
    for base, block in document.blocks(offset):
        if base - offset > MAX_REGION_BYTES:
            return base
        state, found = read(block, state)
        for border in found:
            if not border.word:
                if base + border.below > offset:
                    return base + border.below
                continue
            place = base + border.above
            if place <= offset or not _may_begin(document, border, place, offset):
                continue
            if word and border.word not in _GOES_ON.get(word, ()):
                return place
            word = border.word
    return len(document)


def _may_begin(document: Document, border: Border, place: int, offset: int) -> bool:
    """Whether the text above asks for nothing that could go on with the keyword at the border."""
    if border.inner and abs(offset - place) < _BODY_BYTES:
        return False
    low = max(place - _COMMENTS_BYTES, 0)
    above = document.slice(low, place).rstrip()
    while above:
        if above.endswith(b"*/"):
            opens = above.rfind(b"/*")
            if opens < 0:
                return False
            above = above[:opens].rstrip()
            continue
        line_start = max(above.rfind(b"\n"), above.rfind(b"\r")) + 1
        line = above[line_start:]
        comment = _COMMENT.search(line)
        code = line[: comment.start()].rstrip() if comment else line
        if code.strip():
            return _asks_nothing(code)
        above = above[:line_start].rstrip()
    return low == 0


def _asks_nothing(line: bytes) -> bool:
    last = _LAST.search(line)
    assert last is not None
    word = last.group()
    if word[0] in _ASKING_MARKS:
        return line.strip() == b"/"  # Oracle's end of a statement
    return word.lower() not in _ASKING_WORDS
