"""SQL that polars runs: `pl.sql(…)` and `SQLContext(…).execute(…)`, and which frames are tables there."""

import re
from collections.abc import Mapping

from attrs import frozen

from understudy_server.context.frames.values import Frame
from understudy_server.context.text.document import Document

_BESIDE_BYTES = 600
_CALL_BYTES = 150
"""So long is a receiver's name with the method, and the blank lines up to the string."""
_ABOVE_BYTES = 8_000
_MOST_ARGUMENTS = 1_000
_CALLED = re.compile(
    rb"(?P<receiver>(?<![\w.])[A-Za-z_]\w*|\))\s*\.\s*(?P<name>sql|execute)\(\s*(?:query\s*=\s*)?\Z"
)
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
    beside = document.slice(max(literal - _BESIDE_BYTES, 0), literal)
    called = _CALLED.search(beside, max(len(beside) - _CALL_BYTES, 0))
    if called is None:
        return None
    receiver = called["receiver"]
    if receiver in _MODULES:
        return PolarsCall() if called["name"] == b"sql" else None
    if receiver == b")":
        at = beside.rfind(b"SQLContext(", 0, called.start() + 1)
        inline = _arguments(beside, at + len(b"SQLContext")) if at >= 0 else b""
        ends = at + len(b"SQLContext") + len(inline) == called.start() + 1
        return _with(_pairs(inline)) if inline and ends else None
    if called["name"] == b"sql":
        return None
    return _of_context(receiver, code + document.slice(max(literal - _ABOVE_BYTES, 0), literal))


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
