"""Where an SQL file defines tables: CREATE, DECLARE, ALTER, DROP, RENAME and SELECT INTO, found block by block and kept with the block."""

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from understudy_server.context.text.blocks import Block, Stretch
from understudy_server.context.text.document import Document

DefinitionKind = Literal["create", "alter", "drop", "into", "rename"]

_NAME = rb"(?:[\w$#\x80-\xff]+(?:-\w+)*|\"[^\"\r\n]+\"|`[^`\r\n]+`|\[[^\]\r\n]+\])"
# SQL Server's path may leave its middle out: tempdb..#orders.
_PATH = rb"%b(?:[ \t]*\.{1,2}[ \t]*%b)*" % (_NAME, _NAME)
_KINDS = rb"""(?:(?:global|local|temp|temporary|unlogged|external|foreign|dynamic|iceberg|hybrid|virtual|transient|volatile
    |multiset|set|secure|streaming|live|materialized|recursive|force|algorithm\s*=\s*\w+|definer\s*=\s*\S+|sql\s+security\s+\w+
    )\s+)*(?:table|view)\s+"""
# Each is matched where its first word stands, whatever stands around it: where a text is cut in blocks makes no difference.
_AT_START = re.compile(
    rb"""(?:(?P<create>create\s+(?:or\s+(?:replace|alter|refresh)\s+)?%(kinds)b(?:if\s+not\s+exists\s+)?)
        | (?P<alter>alter\s+%(kinds)b(?:if\s+exists\s+)?(?:only\s+)?)
        | (?P<drop>drop\s+%(kinds)b(?:if\s+exists\s+)?)
      ) (?P<name>%(path)b) (?P<more>(?(drop)(?:\s*,\s*%(path)b)*))
    | rename\s+table\s+(?:if\s+exists\s+)?(?P<pairs>%(path)b\s+to\s+%(path)b(?:\s*,\s*%(path)b\s+to\s+%(path)b)*)
    | declare\s+(?P<variable>@[\w$#]+)\s+(?:as\s+)?table(?=\s*\()"""
    % {b"kinds": _KINDS, b"path": _PATH},
    re.VERBOSE | re.IGNORECASE,
)
_ANYWHERE = re.compile(
    rb"""rename\s+(?:(?:to|as)\s+)?(?P<renamed>%(path)b)
    | into\s+(?:temp(?:orary)?\s+|unlogged\s+)?(?:table\s+)?(?P<target>%(path)b)"""
    % {b"path": _PATH},
    re.VERBOSE | re.IGNORECASE,
)
_FIRST_WORD = re.compile(rb"(?<![\w$])(?:create|alter|drop|rename|into|declare)(?=\s)")
_WORD_BEFORE = re.compile(rb"(?:(\w+)|\S)\s+\Z")
_REACH = 400
"""So many bytes from its first word on are read of a definition; so few above INTO, for the word in front of it."""
_ABOVE = 100
# INSERT INTO defines nothing.
_CHANGES_ROWS = frozenset((b"insert", b"merge", b"replace", b"ignore", b"overwrite", b"fetch", b"copy"))
# What else is renamed.
_PARTS_OF_TABLE = frozenset(
    (b"column", b"index", b"key", b"constraint", b"partition", b"value", b"attribute")
)
_ONE_PATH = re.compile(_PATH)
_PAIR = re.compile(rb"(?P<old>%b)\s+to\s+(?P<new>%b)" % (_PATH, _PATH), re.IGNORECASE)
_PART = re.compile(_NAME)
_WORDS = (b"create", b"alter", b"drop", b"rename", b"into", b"declare")


class Definition(NamedTuple):
    """One place that defines. `path` is lower-case and without quotes; `start` counts from the block's start."""

    kind: DefinitionKind
    path: tuple[str, ...]
    start: int

    def means(self, path: tuple[str, ...]) -> bool:
        """Whether a lower-case path may mean what is defined here: the shorter of both decides."""
        shared = min(len(path), len(self.path))
        return path[-shared:] == self.path[-shared:]


class Place(NamedTuple):
    """A definition and where it stands in the document."""

    definition: Definition
    offset: int


class _OfBlock(NamedTuple):
    """What a block defines: last part of the name -> definitions, in order; and the text around that says so, None for any."""

    defined: dict[str, list[Definition]]
    above: bytes | None = None
    below: bytes | None = None


class _OfStretch(NamedTuple):
    """The blocks of a stretch that define anything, each with its start in it; and the text around that says so."""

    blocks: list[tuple[int, dict[str, list[Definition]]]]
    places: list[tuple[int, str]]
    """Where in it each definition is, and the last part of its name; nearest first."""
    names: frozenset[str]
    above: bytes | None = None
    below: bytes | None = None


_NOTHING = _OfBlock({})


def definitions_above(document: Document, offset: int, name: str) -> Iterator[Place]:
    """Definitions that may be of the name (a dotted path, any case), nearest first; costs no more in a longer file above."""
    path = tuple(part.lower() for part in name.split(".") if part) or ("",)
    for base, found in _stretches_above(document, offset):
        if path[-1] not in found.names:
            continue
        for start, defined in reversed(found.blocks):
            for definition in reversed(defined.get(path[-1], ())):
                place = base + start + definition.start
                if place < offset and definition.means(path):
                    yield Place(definition, place)


def names_above(document: Document, offset: int) -> Iterator[str]:
    """The last parts, in lower case, of all names that are defined above the offset, nearest first; some may repeat."""
    for base, found in _stretches_above(document, offset):
        yield from (name for place, name in found.places if base + place < offset)


def defines(document: Document) -> bool:
    """Whether anything is defined in it at all."""
    return any(found.names for _, found in _stretches_above(document, len(document)))


def _stretches_above(document: Document, offset: int) -> Iterator[tuple[int, _OfStretch]]:
    """Where each stretch begins that has text above the offset, nearest first, and what it defines."""
    base = len(document)
    for stretch in reversed(document.stretches()):
        base -= stretch.offsets[-1]
        if base < offset:
            yield base, _of_stretch(document, base, stretch)


def _of_stretch(document: Document, base: int, stretch: Stretch) -> _OfStretch:
    """What a stretch at the document's offset `base` defines; kept with it for as long as the text around says the same."""
    end = base + stretch.offsets[-1]
    kept: _OfStretch | None = stretch.notes.get(_of_stretch)
    if kept is not None and _says(document, base, end, kept.above, kept.below):
        return kept
    blocks = []
    leans_above = leans_below = False
    for start, block in zip(stretch.offsets, stretch.blocks, strict=False):
        found = _of_block(document, base + start, block)
        leans_above |= found.above is not None and start < _ABOVE
        leans_below |= found.below is not None and base + start + len(block.text) + _REACH > end
        if found.defined:
            blocks.append((start, found.defined))
    places = [
        (start + one.start, name)
        for start, defined in blocks
        for name, definitions in defined.items()
        for one in definitions
    ]
    kept = stretch.notes[_of_stretch] = _OfStretch(
        blocks,
        sorted(places, reverse=True),
        frozenset(name for _, name in places),
        _above(document, base) if leans_above else None,
        _below(document, end) if leans_below else None,
    )
    return kept


def _of_block(document: Document, base: int, block: Block) -> _OfBlock:
    """What a block at the document's offset `base` defines; kept as that of a stretch is."""
    end = base + len(block.text)
    kept: _OfBlock | None = block.notes.get(_of_block)
    if kept is None or not _says(document, base, end, kept.above, kept.below):
        kept = block.notes[_of_block] = _read(document, base, block.text)
    return kept


def _says(document: Document, base: int, end: int, above: bytes | None, below: bytes | None) -> bool:
    """Whether these bytes stand around a part of the document."""
    return (above is None or above == _above(document, base)) and (
        below is None or below == _below(document, end)
    )


def _above(document: Document, base: int) -> bytes:
    return document.slice(max(0, base - _ABOVE), base)


def _below(document: Document, end: int) -> bytes:
    return document.slice(end, min(end + _REACH, len(document)))


def _read(document: Document, base: int, text: bytes) -> _OfBlock:
    # Most blocks define nothing, and looking for words costs a hundredth of the patterns.
    lower = text.lower()
    if not any(word in lower for word in _WORDS):
        return _NOTHING
    defined: dict[str, list[Definition]] = {}
    above: bytes | None = None
    below: bytes | None = None
    for match in _FIRST_WORD.finditer(lower):
        at = match.start()
        before = text[max(0, at - _ABOVE) : at]
        if match.group() == b"into" and at < _ABOVE and not before.strip():
            above = _above(document, base)
            before = (above + before)[-_ABOVE:]
        definition = text[at : at + _REACH]
        if len(definition) < _REACH:
            below = _below(document, base + len(text))
            definition = (definition + below)[:_REACH]
        for one in _at(definition, before):
            defined.setdefault(one.path[-1], []).append(one._replace(start=at + one.start))
    return _OfBlock(defined, above, below)


def _at(text: bytes, before: bytes) -> Iterator[Definition]:
    """What is defined where a text begins; places are counted from there."""
    if _begins_statement(before) and (match := _AT_START.match(text)):
        if match.group("pairs"):
            for pair in _PAIR.finditer(text, *match.span("pairs")):
                yield _definition("drop", pair.group("old"), pair.start("old"))
                yield _definition("rename", pair.group("new"), pair.start("new"))
            return
        if variable := match.group("variable"):
            yield Definition("create", (variable.decode().lower(),), match.start("variable"))
            return
        kind = _kind(match)
        yield _definition(kind, match.group("name"), match.start("name"))
        for path in _ONE_PATH.finditer(text, *match.span("more")):
            yield _definition(kind, path.group(), path.start())
    elif match := _ANYWHERE.match(text):
        if match.group("renamed"):
            if match.group("renamed").lower() not in _PARTS_OF_TABLE:
                yield _definition("rename", match.group("renamed"), match.start("renamed"))
        elif (word := _WORD_BEFORE.search(before)) and (word.group(1) or b"").lower() not in _CHANGES_ROWS:
            yield _definition("into", match.group("target"), match.start("target"))


def _begins_statement(before: bytes) -> bool:
    """Whether the first word of a line, or what follows a semicolon, stands behind this text."""
    line = before[max(before.rfind(b"\n"), before.rfind(b"\r")) + 1 :].rstrip(b" \t")
    return not line or line.endswith(b";")


def _kind(match: "re.Match[bytes]") -> DefinitionKind:
    if match.group("create"):
        return "create"
    return "alter" if match.group("alter") else "drop"


def _definition(kind: DefinitionKind, path: bytes, start: int) -> Definition:
    """One of the path as it is written; BigQuery's may stand in one pair of quotes with its dots."""
    written = (part.group().decode("utf-8", "replace").strip('"`[]').lower() for part in _PART.finditer(path))
    parts = tuple(part for name in written for part in name.split(".") if part)
    return Definition(kind, parts or ("",), start)
