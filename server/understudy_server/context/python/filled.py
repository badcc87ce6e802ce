"""The text of a region as the statements around show it to be: constants in place of their holes, behind the text it extends."""

import re
from collections.abc import Iterator, Mapping, Sequence

from attrs import frozen

from understudy_server.context.python.bindings import constant_texts
from understudy_server.context.python.fills import Filling
from understudy_server.context.python.regions import PythonRegion, StringPart
from understudy_server.context.python.surroundings import Surroundings
from understudy_server.context.query_context import Span

_MAX_HOLES = 40
_MAX_NAMES = 8
_NAME_IN_HOLE = re.compile(rb"\{\s*([A-Za-z_]\w*)\s*\}")
_OPERAND = re.compile(rb"[\"']{1,3}\s*\+\s*([A-Za-z_]\w*)\s*\+\s*[rRuUfF]{0,2}[\"']{1,3}")
_FIELD = re.compile(rb"\{(\w*)(?:![rsa])?\}|%\((\w+)\)s|%[sd]")
_ITEM_BEFORE = re.compile(
    rb"\b(?:from|join)\s+[\w.\"`]+(?:\s+as\s+\w+|\s+(?!(?:on|where|using|left|right|inner|cross|full|natural|join|group|order|having|limit|union|set)\b)\w+)?\s+\Z",
    re.IGNORECASE,
)
_CONDITION_BEHIND = re.compile(rb"\s+(?:and|or)\b", re.IGNORECASE)
_CLAUSE_BEHIND = re.compile(
    rb"\s*(?:\Z|[;)])|\s+(?:where|group|order|having|limit|union|join|left|right|inner|cross|full|natural)\b",
    re.IGNORECASE,
)


@frozen
class Filled:
    """A text to read clause and relations from, and where the cursor is in it. It is not as wide as what is written."""

    text: bytes
    cursor: int


def filled_at(region: PythonRegion, cursor: int) -> Filled | None:
    """The text with the cursor of the region's masked text; None where nothing is known that the masked text does not show."""
    around = region.surroundings
    if around is None or around.window is not None:
        return None
    holes = list(_holes(region, around))
    names = dict.fromkeys(
        name.encode() for name in (region.tail, *(value.name for _, value in holes)) if name
    )
    known = constant_texts(around, tuple(names)[:_MAX_NAMES]) if names else {}
    pieces: list[bytes] = [region.begun]
    done, moved = 0, len(region.begun)
    for start, end, text in _replaced(region, holes, known):
        if start < done or start < cursor < end:
            continue
        pieces += region.masked[done:start], text
        done = end
        moved += len(text) - (end - start) if end <= cursor else 0
    tail = known.get(region.tail.encode())
    if not done and not region.begun and tail is None:
        return None
    return Filled(b"".join([*pieces, region.masked[done:], tail or b""]), cursor + moved)


def _replaced(
    region: PythonRegion, holes: Sequence[tuple[Span, Filling]], known: Mapping[bytes, bytes | None]
) -> Iterator[tuple[int, int, bytes]]:
    """(start, end, text) of each hole that reads otherwise, in order; offsets are those of the masked text."""
    first = region.span.start
    for span, value in holes:
        start, end = span.start - first, span.end - first
        text = known.get(value.name.encode()) if value.name else value.text
        if text is None:
            text = _of_fragment(region.masked, start, end)
        if text is not None:
            yield start, end, text


def _holes(region: PythonRegion, around: Surroundings) -> Iterator[tuple[Span, Filling]]:
    """The holes in order, each with what it is filled with; that is empty where it is not known."""
    fills = {filling.key: filling for filling in region.fills}
    found: list[tuple[Span, Filling]] = []
    count = 0
    for part in region.parts:
        for hole in part.holes:
            key, count = _key(part, around.slice(hole.start, hole.end), count)
            found.append((hole, _of_hole(part, key, fills)))
    for span in region.operands:
        match = _OPERAND.fullmatch(around.slice(span.start, span.end))
        found.append((span, Filling("", name=match.group(1).decode() if match else "")))
    yield from sorted(found, key=lambda pair: pair[0].start)[:_MAX_HOLES]


def _key(part: StringPart, written: bytes, count: int) -> tuple[str, int]:
    """The name in a hole, or the key of a field; and how many fields without a key there have been."""
    if part.form.formatted:
        match = _NAME_IN_HOLE.fullmatch(written)
        return (match.group(1).decode() if match else ""), count
    match = _FIELD.fullmatch(written)
    key = (match.group(1) or match.group(2) or b"") if match else b""
    return (key.decode(), count) if key else (str(count), count + 1)


def _of_hole(part: StringPart, key: str, fills: dict[str, Filling]) -> Filling:
    if part.form.formatted:
        return Filling("", name=key)
    found = fills.get(key) if part.form.template else None
    return found if found is not None and b"\\" not in (found.text or b"") else Filling("")


def _of_fragment(masked: bytes, start: int, end: int) -> bytes | None:
    """What stands for a hole behind a complete relation, where a clause may be but no name of the relation; else None."""
    hole = masked[start:end].strip()
    if hole + b"." in masked or not _ITEM_BEFORE.search(masked, max(start - 200, 0), start):
        return None
    if _CONDITION_BEHIND.match(masked, end):
        return b"where true"
    return b"" if _CLAUSE_BEHIND.match(masked, end) else None
