"""Where an SQL file defines tables: CREATE, ALTER, DROP, RENAME and SELECT INTO, found block by block and kept with the block."""

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from understudy_server.context.document import Document
from understudy_server.context.text_blocks import Block, Stretch

DefinitionKind = Literal["create", "alter", "drop", "into", "rename"]

_NAME = rb"(?:[\w$#\x80-\xff]+(?:-\w+)*|\"[^\"\r\n]+\"|`[^`\r\n]+`|\[[^\]\r\n]+\])"
# SQL Server's path may leave its middle out: tempdb..#orders.
_PATH = rb"%b(?:[ \t]*\.{1,2}[ \t]*%b)*" % (_NAME, _NAME)
_KINDS = rb"""(?:(?:global|local|temp|temporary|unlogged|external|foreign|dynamic|iceberg|hybrid|virtual|transient|volatile
    |multiset|set|secure|streaming|live|materialized|recursive|force|algorithm\s*=\s*\w+|definer\s*=\s*\S+|sql\s+security\s+\w+
    )\s+)*(?:table|view)\s+"""
_DEFINES = re.compile(
    rb"""(?:^|;)[ \t]*(?:
          (?P<create>create\s+(?:or\s+(?:replace|alter|refresh)\s+)?%(kinds)b(?:if\s+not\s+exists\s+)?)
        | (?P<alter>alter\s+%(kinds)b(?:if\s+exists\s+)?(?:only\s+)?)
        | (?P<drop>drop\s+%(kinds)b(?:if\s+exists\s+)?)
      ) (?P<name>%(path)b) (?P<more>(?(drop)(?:\s*,\s*%(path)b)*))
    | (?:^|;)[ \t]*rename\s+table\s+(?:if\s+exists\s+)?(?P<pairs>%(path)b\s+to\s+%(path)b(?:\s*,\s*%(path)b\s+to\s+%(path)b)*)
    | (?<!\w)rename\s+(?:(?:to|as)\s+)?(?P<renamed>%(path)b)
    | (?<!\w)(?P<before>\w+|\S)\s+into\s+(?:temp(?:orary)?\s+|unlogged\s+)?(?:table\s+)?(?P<target>%(path)b)"""
    % {b"kinds": _KINDS, b"path": _PATH},
    re.VERBOSE | re.IGNORECASE | re.MULTILINE,
)
# INSERT INTO defines nothing.
_CHANGES_ROWS = frozenset((b"insert", b"merge", b"replace", b"ignore", b"overwrite", b"fetch", b"copy"))
# What else is renamed.
_PARTS_OF_TABLE = frozenset(
    (b"column", b"index", b"key", b"constraint", b"partition", b"value", b"attribute")
)
_ONE_PATH = re.compile(_PATH)
_PAIR = re.compile(rb"(?P<old>%b)\s+to\s+(?P<new>%b)" % (_PATH, _PATH), re.IGNORECASE)
_PART = re.compile(_NAME)
_WORDS = (b"create", b"alter", b"drop", b"rename")


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


def definitions_above(document: Document, offset: int, name: str) -> Iterator[Place]:
    """Definitions that may be of the name (a dotted path, any case), nearest first; costs no more in a longer file above."""
    path = tuple(part.lower() for part in name.split(".") if part) or ("",)
    base = len(document)
    for stretch in reversed(document.stretches()):
        end = base
        base -= stretch.offsets[-1]
        # The stretch at the cursor is another one after each key: its blocks are asked themselves.
        if base >= offset or (end <= offset and path[-1] not in _names(stretch)):
            continue
        for start, defined in reversed(_of_stretch(stretch)):
            for definition in reversed(defined.get(path[-1], ())):
                place = base + start + definition.start
                if place < offset and definition.means(path):
                    yield Place(definition, place)


def names_above(document: Document, offset: int) -> Iterator[str]:
    """The last parts, in lower case, of all names that are defined above the offset, nearest stretch first; some may repeat."""
    base = len(document)
    for stretch in reversed(document.stretches()):
        end = base
        base -= stretch.offsets[-1]
        if end <= offset:
            yield from sorted(_names(stretch))
        elif base < offset:
            for start, defined in reversed(_of_stretch(stretch)):
                places = ((name, one.start) for name, found in defined.items() for one in found)
                yield from (name for name, place in places if base + start + place < offset)


def defines(document: Document) -> bool:
    """Whether anything is defined in it at all."""
    for stretch in document.stretches():  # noqa: SIM110  # asked of every cell at each keystroke
        if _names(stretch):
            return True
    return False


def _names(stretch: Stretch) -> frozenset[str]:
    """The last parts of all names defined in it; kept with the stretch."""
    kept: frozenset[str] | None = stretch.notes.get(_names)
    if kept is None:
        kept = frozenset(name for _, defined in _of_stretch(stretch) for name in defined)
        stretch.notes[_names] = kept
    return kept


def _of_stretch(stretch: Stretch) -> list[tuple[int, dict[str, list[Definition]]]]:
    """Those of its blocks that define anything, each with its start in the stretch; kept with the stretch."""
    kept: list[tuple[int, dict[str, list[Definition]]]] | None = stretch.notes.get(_of_stretch)
    if kept is None:
        kept = stretch.notes[_of_stretch] = []
        for start, block in zip(stretch.offsets, stretch.blocks, strict=False):
            defined: dict[str, list[Definition]] | None = block.notes.get(_of_block)
            if defined is None:
                defined = _of_block(block)
            if defined:
                kept.append((start, defined))
    return kept


def _of_block(block: Block) -> dict[str, list[Definition]]:
    """Last part of the name -> definitions, in order; kept with the block."""
    kept: dict[str, list[Definition]] | None = block.notes.get(_of_block)
    if kept is None:
        kept = {}
        for definition in _found(block.text):
            kept.setdefault(definition.path[-1], []).append(definition)
        block.notes[_of_block] = kept
    return kept


def _found(text: bytes) -> Iterator[Definition]:
    # Most blocks define nothing, and looking for words costs a hundredth of the pattern.
    lower = text.lower()
    if not any(word in lower for word in _WORDS) and lower.count(b"into") == lower.count(b"insert into"):
        return
    for match in _DEFINES.finditer(text):
        group = match.lastgroup
        if group == "target":
            if match.group("before").lower() not in _CHANGES_ROWS:
                yield _definition("into", match.group(group), match.start(group))
        elif group == "renamed":
            if match.group(group).lower() not in _PARTS_OF_TABLE:
                yield _definition("rename", match.group(group), match.start(group))
        elif group == "pairs":
            for pair in _PAIR.finditer(text, *match.span(group)):
                yield _definition("drop", pair.group("old"), pair.start("old"))
                yield _definition("rename", pair.group("new"), pair.start("new"))
        else:
            kind = _kind(match)
            yield _definition(kind, match.group("name"), match.start("name"))
            for path in _ONE_PATH.finditer(text, *match.span("more")):
                yield _definition(kind, path.group(), path.start())


def _kind(match: "re.Match[bytes]") -> DefinitionKind:
    if match.group("create"):
        return "create"
    return "alter" if match.group("alter") else "drop"


def _definition(kind: DefinitionKind, path: bytes, start: int) -> Definition:
    """One of the path as it is written; BigQuery's may stand in one pair of quotes with its dots."""
    written = (part.group().decode("utf-8", "replace").strip('"`[]').lower() for part in _PART.finditer(path))
    parts = tuple(part for name in written for part in name.split(".") if part)
    return Definition(kind, parts or ("",), start)
