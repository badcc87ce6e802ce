"""Where a streamed SQL insertion ends: with its statement, at a bracket that is not its own, or where the text behind the cursor begins.

Read as it comes, each character once: a stream must be stopped at the token that ends it, and no chunk may cost more than the one before.
"""

import re
from collections import deque

_CLOSERS = {"'": "'", '"': '"', "`": "`", "[": "]", "--": "\n", "/*": "*/"}
_LEXEME = re.compile(r"\w+|--|/\*|[^\S\n]+|.", re.DOTALL)
_TOKEN = re.compile(r"\w+|[^\w\s]")

BEGIN = frozenset("select with insert update delete create drop alter pragma explain merge values".split())
"""What a statement may begin with."""
MAIN = frozenset("select update delete values".split())
"""After one of these, a line that begins like a statement is another statement; `INSERT INTO t` still waits for its rows."""
EXPECT_MORE = frozenset("union all except intersect distinct as then do for ( ,".split())
"""Behind one of these it is not."""
_ENOUGH = 3
"""Tokens of the suffix that are no accident."""
_WINDOW = 4_000


class StatementEnd:
    """Reads the text before and after the cursor first, then what the model writes, in pieces cut anywhere."""

    def __init__(self, before: str = "", after: str = "") -> None:
        self.complete = False
        self._closer = ""
        self._depth = 0
        self._has_main = False
        self._starts_line = True
        self._last = ""
        self._seen: deque[str] = deque(maxlen=_ENOUGH)
        self._following: tuple[str, ...] = ()
        self._reads_prefix, self._closed_behind = True, False
        self._base = self._owed = 0
        _, read = self._read(before)
        self._rest = before[read:]
        """What may go on in the next piece, such as half a word."""
        self._given = len(self._rest)
        """How much of that is not ours to give, or was given."""
        self._reads_prefix = False
        self._closed_behind = len(self._closer) == 1 and self._closer in after.partition("\n")[0]
        """Whether the cursor stands in a literal that the text behind it closes."""
        if self._closed_behind:
            after = after[after.find(self._closer) + 1 :]
        self._base = self._depth
        self._owed = min(self._depth, _surplus(after[:_WINDOW]))
        """How deep the brackets must stay open for those behind the cursor to close them."""
        self._following = _beginning(after)
        self._seen.clear()

    def feed(self, piece: str) -> str:
        """As much of the piece as belongs to the cursor; a semicolon that ends the statement does."""
        if self.complete:
            return ""
        text, given = self._rest + piece, self._given
        end, read = self._read(text)
        if end is not None:
            self.complete, self._rest, self._given = True, "", 0
            return text[given:end]
        self._rest = text[read:]
        # Half a word that may turn out to begin another statement has to wait for its other half.
        waits = self._may_end_here and any(word.startswith(self._rest.lower()) for word in BEGIN)
        self._given = max(given - read, 0) if self._rest and waits else len(self._rest)
        return text[given : read + self._given]

    def finish(self) -> str:
        """What was held back for looking like another statement."""
        held, self._rest = self._rest[self._given :], ""
        return held

    @property
    def _may_end_here(self) -> bool:
        """Whether a verb would begin another statement."""
        return (
            self._starts_line and self._has_main and not self._depth and self._last not in EXPECT_MORE
        ) and not self._closer

    def _read(self, text: str) -> tuple[int | None, int]:
        """(where the insertion ends if it does, up to where the text was read)."""
        at = 0
        while at < len(text):
            if self._closer:
                found = text.find(self._closer, at)
                if found < 0:
                    return None, len(text) - (self._closer == "*/" and text.endswith("*", at))
                if self._closed_behind:
                    return found, found
                # The line end that closes a comment also ends the line.
                at = found + (len(self._closer) if self._closer != "\n" else 0)
                self._closer = ""
                continue
            match = _LEXEME.match(text, at)
            assert match is not None
            lexeme, end = match[0].lower(), match.end()
            word = lexeme[0].isalnum() or lexeme[0] == "_"
            if end == len(text) and (word or lexeme in ("-", "/")):
                return None, at
            ended = self._end_with(lexeme, at, end, word=word)
            if ended is not None:
                return ended, ended
            at = end
        return None, at

    def _end_with(self, lexeme: str, start: int, end: int, *, word: bool) -> int | None:
        """Take the lexeme; where the insertion ends because of it."""
        if lexeme.isspace():
            self._starts_line = self._starts_line or lexeme == "\n"
            return None
        if lexeme in ("--", "/*"):
            self._closer = _CLOSERS[lexeme]
            return None
        if word and lexeme in BEGIN:
            if self._may_end_here and not self._reads_prefix and start >= self._given:
                return start
            self._has_main = self._has_main or (lexeme in MAIN and not self._depth)
        elif lexeme == ";":
            if not self._reads_prefix:
                return end
            self._depth, self._has_main = 0, False
        elif lexeme == "(":
            self._depth += 1
        elif lexeme == ")":
            if not self._reads_prefix and self._depth <= self._owed:
                return start
            self._depth = max(self._depth - 1, 0)
        else:
            self._closer = _CLOSERS.get(lexeme, "")
        self._starts_line, self._last = False, lexeme
        return end if self._is_behind_cursor(lexeme) else None

    def _is_behind_cursor(self, lexeme: str) -> bool:
        """Whether the lexeme is the last of those with which the text behind the cursor begins."""
        if self._depth != self._base:
            self._seen.clear()
            return False
        self._seen.append(lexeme)
        enough = len(self._following)
        return enough > 0 and tuple(self._seen)[-enough:] == self._following


def _surplus(sql: str) -> int:
    """How many brackets it closes that it does not open."""
    depth = lowest = 0
    closer, at = "", 0
    while at < len(sql):
        if closer:
            found = sql.find(closer, at)
            if found < 0:
                break
            at, closer = found + len(closer), ""
            continue
        match = _LEXEME.match(sql, at)
        assert match is not None
        depth += (match[0] == "(") - (match[0] == ")")
        lowest = min(lowest, depth)
        closer, at = _CLOSERS.get(match[0], ""), match.end()
    return -lowest


def _beginning(sql: str) -> tuple[str, ...]:
    """The first tokens; none where there are too few of them to be known again."""
    found = tuple(token.lower() for token in _TOKEN.findall(sql[:_WINDOW])[:_ENOUGH])
    return found if len(found) > 1 and any(len(token) > 1 for token in found) else ()
