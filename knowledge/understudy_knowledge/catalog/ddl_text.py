"""SQL files made readable as DDL: what is data, client command, routine or way back is blanked, so that lines stay where they are."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Literal

_COPY = re.compile(r"COPY\s[^;]*?FROM\s+stdin[^;]*;", re.IGNORECASE)
_DATA = re.compile(r"\s*(?:INSERT|REPLACE|MERGE)\s", re.IGNORECASE)
_COMMAND = re.compile(r"\\\w|(?:LOCK|UNLOCK)\s+TABLES", re.IGNORECASE)
_SEPARATOR = re.compile(r"\s*(?:GO(?:\s+\d+)?|/)\s*;?\s*$", re.IGNORECASE)
_DELIMITER = re.compile(r"\s*DELIMITER\s+(\S+)", re.IGNORECASE)
_CONDITIONAL = re.compile(r"/\*!\d*(.*?)(?:\*/|$)")
_MARK = r"\s*(?:--|\#)[\s-]*"
_UP = re.compile(
    _MARK + r"(?:migrate:up|\+?(?:goose|migrate|micrate)\s+up|rambler\s+up|!ups|up(?:\s+migration)?\s*$)",
    re.IGNORECASE,
)
_DOWN = re.compile(
    _MARK
    + r"(?://\s*@?undo|migrate:down|\+?(?:goose|migrate|micrate)\s+down|rambler\s+down|!downs|down(?:\s+migration)?\s*$)",
    re.IGNORECASE,
)
_DEFINES = re.compile(r"(?:CREATE|ALTER|DROP|COMMENT\s+ON|COPY|EXEC)\s", re.IGNORECASE)


def ddl_lines(lines: Iterable[str]) -> Iterator[str]:
    """The lines with everything blanked that is no DDL: as many as came in, so that line numbers hold, and one at a time,
    so that a dump of any size passes through.

    The rows of COPY and INSERT, commands of psql and mysql, routines between DELIMITER lines, and the way back of a
    migration (dbmate, goose, sql-migrate, MyBatis, Play and alike) go. `GO` and `/` end a statement, and MySQL's
    conditional comments are read as the statements they hold.
    """
    skipping: _Skip | None = None
    for line in lines:
        if skipping is not None:
            end = skipping(line)
            if end != "on":
                skipping = None
            if end != "over":
                yield "\n"
                continue
        if (skipping := _begins_skip(line)) is not None:
            yield ";\n"
            if skipping(line) == "last":
                skipping = None
        elif _COMMAND.match(line):
            yield "\n"
        elif _SEPARATOR.match(line):
            yield ";\n"
        else:
            yield _CONDITIONAL.sub(r" \1 ", line) if "/*!" in line else line


_End = Literal["on", "last", "over"]
"""Whether skipping goes on, this line was the last one, or it was over before this line."""
_Skip = Callable[[str], _End]


def _begins_skip(line: str) -> _Skip | None:
    if _COPY.match(line):
        return lambda line: "last" if line.startswith("\\.") else "on"
    if _DOWN.match(line):
        return lambda line: "over" if _UP.match(line) else "on"
    if (delimiter := _DELIMITER.match(line)) and delimiter[1] != ";":
        return lambda line: "last" if (end := _DELIMITER.match(line)) and end[1] == ";" else "on"
    return _Rows() if _DATA.match(line) and "$$" not in line else None


class _Rows:
    """Knows when the rows of an INSERT end: at a line that ends in a semicolon outside of quotes.

    Whether a backslash escapes a quote is not known, so a line that begins a definition ends them as well.
    """

    def __init__(self) -> None:
        self._open = self._begun = False

    def __call__(self, line: str) -> _End:
        if self._begun and (
            _DEFINES.match(line) or (not self._open and (_SEPARATOR.match(line) or "$$" in line))
        ):
            return "over"
        self._begun = True
        quotes = line.count("'") - line.count("\\'") + line.count("\\\\'")
        self._open ^= quotes % 2 == 1
        return "last" if not self._open and line.rstrip().endswith(";") else "on"
