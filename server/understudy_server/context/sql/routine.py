"""Bodies of triggers and procedures: which of their statements the cursor is in, and the table of a trigger."""

import re
from collections.abc import Sequence

from attrs import define, frozen

from understudy_server.context.sql.lexer import Token, code_of, tokenize

_ROUTINES = frozenset(("TRIGGER", "PROCEDURE", "PROC", "FUNCTION", "EVENT", "PACKAGE", "RULE"))
_HEAD = 12
_CREATING = frozenset(("CREATE", "ALTER", "REPLACE"))
# Before the kind of a routine none of these stands.
_NO_ROUTINE = frozenset("CREATE ALTER DROP TABLE VIEW INDEX AS SELECT SET ADD ON TO FOR IS".split())
# On one line. END IF and its like end what was not counted, END CASE ends a CASE; no END ends a transaction.
_NOT_ENDED = frozenset(("IF", "LOOP", "WHILE", "REPEAT", "FOR"))
_NOT_BEGUN = frozenset(("TRAN", "TRANSACTION", "WORK", "DISTRIBUTED"))
_LINE_END = re.compile(rb"[\r\n]")
# A statement inside of a body stands behind one of these, or behind a `;`.
_BEFORE_STATEMENT = frozenset(("BEGIN", "THEN", "ELSE", "LOOP", "DO", "REPEAT"))


@frozen
class Routine:
    """The statement of a body at the cursor; `table` is the trigger's, empty for other routines."""

    tokens: tuple[Token, ...]
    table: str = ""


def creates_routine(tokens: Sequence[Token], at: int = 0) -> bool:
    """Whether the tokens from `at` on begin as CREATE TRIGGER, PROCEDURE, FUNCTION or EVENT do, with what may stand between."""
    if len(tokens) <= at or tokens[at].keyword not in _CREATING:
        return False
    for token in tokens[at + 1 : at + _HEAD]:
        if token.keyword in _ROUTINES:
            return True
        if token.keyword in _NO_ROUTINE or token.text in ("(", ";"):
            return False
    return False


@define
class RoutineBody:
    """How deep in the BEGIN ... END of a routine statements are that are read token by token; nothing is read twice."""

    _read: int = 0
    _routine: bool = False
    _depth: int = 0

    def is_open(self, tokens: Sequence[Token], before: int, text: bytes, end: int) -> bool:
        """Whether a body is open behind the first `before` tokens, which grow from call to call.

        Behind the last of the tokens a `;` stands at `end` of the text.
        """
        for index in range(self._read, before):
            word = tokens[index].keyword
            if word in _CREATING and creates_routine(tokens, index):
                # Where a routine begins in the body of another, that was never finished.
                self._routine, self._depth = True, 0
            elif not self._routine:
                continue
            elif word == "BEGIN":
                following = self._on_its_line(tokens, index, text, end)
                self._depth += following not in _NOT_BEGUN and following != ";"
            elif word == "CASE":
                ended = index > 0 and tokens[index - 1].keyword == "END"
                ended = ended and self._on_its_line(tokens, index - 1, text, end) == "CASE"
                self._depth += self._depth > 0 and not ended
            elif word == "END" and self._depth:
                self._depth -= self._on_its_line(tokens, index, text, end) not in _NOT_ENDED
        self._read = before
        return self._depth > 0

    def _on_its_line(self, tokens: Sequence[Token], index: int, text: bytes, end: int) -> str:
        """The keyword that follows, or the `;` that ends the tokens; empty where it is on another line."""
        last = index + 1 == len(tokens)
        if _LINE_END.search(text, tokens[index].end, end if last else tokens[index + 1].start):
            return ""
        return ";" if last else tokens[index + 1].keyword or tokens[index + 1].text


def _ends(tokens: Sequence[Token], index: int) -> bool:
    return index > 0 and tokens[index - 1].keyword == "END"


def routine_at(tokens: Sequence[Token], offset: int) -> Routine | None:
    """The statement at the cursor where it is in the body of a routine, also of one in dollar quotes; None elsewhere."""
    if not creates_routine(tokens) and (not tokens or tokens[0].keyword != "DO"):
        return None
    quoted = next(
        (token for token in tokens if token.start < offset < token.end and token.text[0] == "$"), None
    )
    if quoted is not None:
        inner = _tokens_in(quoted)
        begin = next((at for at, token in enumerate(inner) if token.keyword == "BEGIN"), None)
        begin = -1 if begin is None or inner[begin].end > offset else begin
        return Routine(_statement_at(inner, begin, offset))
    begin = _body(tokens)
    if begin is None or tokens[begin].end > offset:
        return None
    return Routine(_statement_at(tokens, begin, offset), _table(tokens[:begin]))


def _statement_at(tokens: Sequence[Token], begin: int, offset: int) -> tuple[Token, ...]:
    """Those of the tokens behind `begin` that stand between the `;`, THEN or ELSE around the cursor."""
    start, end = begin + 1, len(tokens)
    cases = 0
    for index in range(begin + 1, len(tokens)):
        token = tokens[index]
        parts = token.text == ";" or (token.keyword in _BEFORE_STATEMENT and not cases)
        if token.text == ";":
            cases = 0
        elif token.keyword == "CASE" and not _ends(tokens, index):
            cases += 1
        elif token.keyword == "END" and cases:
            cases -= 1
        elif token.keyword == "END":
            parts = token.start >= offset
        if not parts:
            continue
        if token.end <= offset:
            start = index + 1
        elif index > start or token.text == ";":
            end = index
            break
    return tuple(tokens[start:end])


def _tokens_in(quoted: Token) -> list[Token]:
    """The code of a dollar-quoted body, at its place in the statement; none where it is no UTF-8."""
    tag = quoted.text[: quoted.text.index("$", 1) + 1]
    raw = quoted.text.encode()
    if len(raw) != quoted.end - quoted.start:
        return []
    closed = len(raw) > 2 * len(tag) and quoted.text.endswith(tag)
    shift = quoted.start
    inner = tokenize(raw, len(tag.encode()), len(raw) - closed * len(tag.encode()))
    return [token._replace(start=token.start + shift, end=token.end + shift) for token in code_of(inner)]


def _body(tokens: Sequence[Token]) -> int | None:
    """Index of the word that the body stands behind."""
    for index, token in enumerate(tokens):
        if token.keyword == "BEGIN":
            return index
    return next((index for index, token in enumerate(tokens) if token.keyword == "AS"), None)


def _table(head: Sequence[Token]) -> str:
    """The name behind ON in the head of a trigger; behind `UPDATE OF a ON t` too."""
    words = [token.keyword for token in head[:_HEAD]]
    if "TRIGGER" not in words:
        return ""
    for index, token in enumerate(head[:-1]):
        if token.keyword == "ON":
            path = [head[index + 1].name]
            at = index + 2
            while at + 1 < len(head) and head[at].text == ".":
                path.append(head[at + 1].name)
                at += 2
            return ".".join(path)
    return ""
