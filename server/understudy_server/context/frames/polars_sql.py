"""SQL that polars runs: `pl.sql(…)` and `SQLContext(…).execute(…)`, and which frames are tables there."""

import re
from collections.abc import Mapping

from attrs import frozen

from understudy_server.context.frames.values import Frame
from understudy_server.context.text.document import Document

_BESIDE_BYTES = 600
_HEAD_BYTES = 3_000
"""Where a file says what it imports."""
_ABOVE_BYTES = 8_000
_MOST_ARGUMENTS = 1_000
_WORD = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"
_MODULES = frozenset((b"pl", b"polars"))
_MADE = rb"(?<![\w.])%b\s*(?::[^=\n]{1,40})?=\s*(?:\w+\.)?SQLContext\("
_HELD = rb"\bSQLContext\((?=[^\n]*\)\s*as\s+%b\s*:)"
_REGISTERED = rb"(?<![\w.])%b\.register(?:_many)?\("
_NAMED = re.compile(rb"(?P<quote>[\"']?)(?P<table>\w+)(?P=quote)\s*[=:,]\s*(?P<frame>[A-Za-z_]\w*)")


@frozen
class PolarsCall:
    """A call that takes SQL. `given` are the table names and the frames' names behind them; None where all frames are seen."""

    given: tuple[tuple[str, str], ...] | None = None

    def tables(self, frames: Mapping[str, Frame]) -> dict[str, Frame]:
        """The frames in scope by the names that the SQL has for them."""
        if self.given is None:
            return dict(frames)
        return {table: frames[name] for table, name in self.given if name in frames}


def polars_call(document: Document, literal: int, code: bytes = b"") -> PolarsCall | None:
    """The call of polars that takes the string literal at the offset; `code` stands above the document, in earlier cells."""
    # Asked at each keystroke in a string that is executed: a pattern would take longer than all else here.
    before = document.slice(max(literal - _BESIDE_BYTES, 0), literal).rstrip()
    if before.endswith(b"="):
        before = before[:-1].rstrip().removesuffix(b"query").rstrip()
    receiver, dot, method = before.rpartition(b".")
    if not dot or method not in (b"sql(", b"execute("):
        return None
    receiver = receiver.rstrip()
    if method == b"execute(" and receiver.endswith(b")"):
        at = receiver.rfind(b"SQLContext(")
        inline = _arguments(receiver, at + len(b"SQLContext")) if at >= 0 else b""
        return _with(_pairs(inline)) if inline and receiver[at:] == b"SQLContext" + inline else None
    rest = receiver.rstrip(_WORD)
    name = receiver[len(rest) :]
    if not name or rest.endswith(b"."):
        return None
    if name in _MODULES or method == b"sql(":
        return PolarsCall() if name in _MODULES and method == b"sql(" else None
    if b"polars" not in code and b"polars" not in document.slice(0, min(_HEAD_BYTES, len(document))):
        return None
    return _of_context(name, code + document.slice(max(literal - _ABOVE_BYTES, 0), literal))


def _of_context(name: bytes, above: bytes) -> PolarsCall | None:
    """What a context has that the name was bound to last; None where it is none."""
    if b"SQLContext(" not in above:
        return None
    made = [*re.finditer(_MADE % name, above), *re.finditer(_HELD % name, above)]
    if not made:
        return None
    begin = max(match.end() for match in made) - 1
    pairs = _pairs(_arguments(above, begin))
    for match in re.finditer(_REGISTERED % name, above[begin:]):
        pairs += _pairs(_arguments(above, begin + match.end() - 1))
    return _with(pairs)


def _with(pairs: list[tuple[str, str]]) -> PolarsCall:
    # Without any it is filled elsewhere, or takes what is in scope.
    return PolarsCall(tuple(pairs) or None)


def _pairs(arguments: bytes) -> list[tuple[str, str]]:
    """(table, frame) of `t=frame`, of `{"t": frame}` and of `"t", frame`; what names no frame is sorted out later."""
    found = ((match["table"].decode(), match["frame"].decode()) for match in _NAMED.finditer(arguments))
    return [(table, frame) for table, frame in found if frame not in ("True", "False", "None")]


def _arguments(text: bytes, opening: int) -> bytes:
    """From the parenthesis to the one that closes it, both included; up to the end where none does."""
    depth = 0
    end = min(opening + _MOST_ARGUMENTS, len(text))
    for at in range(opening, end):
        depth += (text[at] in b"([{") - (text[at] in b")]}")
        if not depth:
            return text[opening : at + 1]
    return text[opening:end]
