"""Bodies of triggers and procedures: which of their statements the cursor is in, and the table of a trigger."""

from collections.abc import Sequence

from attrs import define, frozen

from understudy_server.context.sql_lexer import Token, code_of, tokenize

_ROUTINES = frozenset(("TRIGGER", "PROCEDURE", "PROC", "FUNCTION", "EVENT", "PACKAGE", "RULE"))
_HEAD = 8
# END IF and its like end what was not counted; END CASE ends a CASE.
_NOT_COUNTED = frozenset(("IF", "LOOP", "WHILE", "REPEAT", "FOR"))
# A statement inside of a body stands behind one of these, or behind a `;`.
_BEFORE_STATEMENT = frozenset(("BEGIN", "THEN", "ELSE", "LOOP", "DO", "REPEAT"))


@frozen
class Routine:
    """The statement of a body at the cursor; `table` is the trigger's, empty for other routines."""

    tokens: tuple[Token, ...]
    table: str = ""


def creates_routine(tokens: Sequence[Token]) -> bool:
    """Whether the tokens begin as CREATE TRIGGER, PROCEDURE, FUNCTION or EVENT do, with what may stand between."""
    if not tokens or tokens[0].keyword not in ("CREATE", "ALTER", "REPLACE"):
        return False
    for token in tokens[1:_HEAD]:
        if token.keyword in _ROUTINES:
            return True
        if token.keyword in ("TABLE", "VIEW", "INDEX", "AS", "SELECT") or token.text == "(":
            return False
    return False


def has_body(tokens: Sequence[Token]) -> bool:
    """Whether the tokens are a routine whose body has begun."""
    return creates_routine(tokens) and any(token.keyword == "BEGIN" for token in tokens)


@define
class RoutineBody:
    """How deep in BEGIN ... END a statement is that is read token by token; nothing is read twice."""

    _read: int = 0
    _depth: int = 0

    def is_open(self, tokens: Sequence[Token]) -> bool:
        """Whether a `;` behind the tokens is one of a body; `tokens` grow from call to call."""
        if not creates_routine(tokens):
            return False
        for index in range(self._read, len(tokens)):
            word = tokens[index].keyword
            if word == "BEGIN" or (word == "CASE" and self._depth and not _ends(tokens, index)):
                self._depth += 1
            elif word == "END" and self._depth:
                following = tokens[index + 1].keyword if index + 1 < len(tokens) else ""
                self._depth -= following not in _NOT_COUNTED
        self._read = len(tokens)
        return self._depth > 0


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
